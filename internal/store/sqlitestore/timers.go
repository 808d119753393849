package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
	"claimcheck/internal/store/sqlitestore/waiting"
)

// Of all these ?1 is the time and ?2 the limit.
const (
	sqlLeases         = "SELECT id, worker, attempt, lease_until, since FROM ready WHERE state = 2 AND lease_until <= ?1 ORDER BY lease_until LIMIT ?2"
	sqlSuspects       = "SELECT " + waiting.Columns + " FROM ready WHERE state = 0 AND probation > 0 ORDER BY seq LIMIT ?2"
	sqlExpiredJobs    = "SELECT id FROM jobs WHERE expires > 0 AND expires <= ?1 ORDER BY expires LIMIT ?2"
	sqlExpiredInputs  = "SELECT id FROM jobs WHERE input_until IS NOT NULL AND input_until <= ?1 ORDER BY input_until LIMIT ?2"
	sqlExpiredUploads = "SELECT " + uploadColumns + " FROM uploads WHERE jobs = 0 AND expires <= ?1 ORDER BY expires LIMIT ?2"
	sqlEndedAfter     = "SELECT id FROM (SELECT id, finished FROM jobs WHERE expires > 0 ORDER BY expires DESC LIMIT ?2) WHERE finished > ?1"
	sqlDeadlines      = "SELECT r.id, r.owner, r.end_by, j.created FROM ready r JOIN jobs j ON j.seq = r.seq WHERE r.end_by > 0 AND r.end_by <= ?1 ORDER BY r.end_by LIMIT ?2"
	sqlUploadsAfter   = "SELECT " + uploadColumns + " FROM uploads WHERE done = 0 AND created > ?1 ORDER BY created DESC LIMIT ?2"
)

// timers says of each kind how its entries are found and read.
var timers = [...]struct {
	what string
	sql  string
	at   func(conn, *sqlite.Stmt) protocol.Timed
}{
	protocol.LeaseEnds:      {"list leases", sqlLeases, conn.leaseAt},
	protocol.Trials:         {"list suspects", sqlSuspects, conn.trialAt},
	protocol.JobExpiries:    {"list expired jobs", sqlExpiredJobs, conn.idAt},
	protocol.InputExpiries:  {"list inputs that go before their jobs", sqlExpiredInputs, conn.idAt},
	protocol.UploadExpiries: {"list expired uploads", sqlExpiredUploads, conn.dueUploadAt},
	protocol.JobsAhead:      {"look for jobs that ended in the future", sqlEndedAfter, conn.idAt},
	protocol.Deadlines:      {"list deadlines", sqlDeadlines, conn.deadlineAt},
	protocol.UploadsAhead:   {"look for uploads from the future", sqlUploadsAfter, conn.dueUploadAt},
}

// Due returns what is to be looked at because of its time; see protocol.Timers.
func (s *Store) Due(ctx context.Context, of protocol.Timer, at time.Time, limit int) (list []protocol.Timed, err error) {
	t := &timers[of]
	err = s.read(ctx, t.what, func(c conn) error {
		return c.Each(t.sql, func(b *file.Binder) { b.Int(record.MilliOrEnd(at)).Int(int64(limit)) }, func(st *sqlite.Stmt) {
			list = append(list, t.at(c, st))
		})
	})
	return list, err
}

func (c conn) leaseAt(st *sqlite.Stmt) (t protocol.Timed) {
	t = c.idAt(st)
	t.Lease = job.Lease{ID: t.ID, Worker: c.NameAt(st, 1), Attempt: st.ColumnInt(2), Until: record.Time(st.ColumnInt64(3)), Since: record.Time(st.ColumnInt64(4))}
	return t
}

func (c conn) trialAt(st *sqlite.Stmt) protocol.Timed {
	is := waiting.At(c.Conn, st)
	return protocol.Timed{ID: is.ID, Candidate: &is}
}

func (c conn) idAt(st *sqlite.Stmt) (t protocol.Timed) {
	st.ColumnBytes(0, t.ID[:])
	return t
}

func (c conn) deadlineAt(st *sqlite.Stmt) protocol.Timed {
	return protocol.Timed{ID: c.idAt(st).ID, Owner: c.NameAt(st, 1), At: record.Time(st.ColumnInt64(2)), Created: record.Time(st.ColumnInt64(3))}
}

func (c conn) dueUploadAt(st *sqlite.Stmt) protocol.Timed {
	u := c.uploadAt(st)
	return protocol.Timed{Upload: &u}
}
