package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// Of all these $1 is the limit, and $2 the time where one is asked for.
const (
	sqlLeases         = "SELECT id, worker, attempt, lease_until, since FROM claimcheck.ready WHERE state = 2 AND lease_until <= $2 ORDER BY lease_until LIMIT $1"
	sqlSuspects       = "SELECT " + candidateColumns + " FROM claimcheck.ready WHERE state = 0 AND probation > 0 ORDER BY id LIMIT $1"
	sqlExpiredJobs    = "SELECT id FROM claimcheck.jobs WHERE expires > 0 AND expires <= $2 ORDER BY expires LIMIT $1"
	sqlExpiredInputs  = "SELECT id FROM claimcheck.jobs WHERE input_until IS NOT NULL AND input_until <= $2 ORDER BY input_until LIMIT $1"
	sqlExpiredUploads = "SELECT " + unit.UploadColumns + " FROM claimcheck.uploads WHERE jobs = 0 AND expires <= $2 ORDER BY expires LIMIT $1"
	sqlEndedAfter     = "SELECT id FROM (SELECT id, finished FROM claimcheck.jobs WHERE expires > 0 ORDER BY expires DESC LIMIT $1) j WHERE finished > $2"
	sqlDeadlines      = "SELECT r.id, r.owner, r.end_by, j.created FROM claimcheck.ready r JOIN claimcheck.jobs j ON j.id = r.id WHERE r.end_by > 0 AND r.end_by <= $2 ORDER BY r.end_by LIMIT $1"
	sqlUploadsAfter   = "SELECT " + unit.UploadColumns + " FROM claimcheck.uploads WHERE NOT done AND created > $2 ORDER BY created DESC LIMIT $1"
)

// timers says of each kind how its entries are found and read.
var timers = [...]struct {
	what   string
	sql    string
	always bool // no time is asked for
	scan   func(pgx.Rows) (protocol.Timed, error)
}{
	protocol.LeaseEnds:      {what: "list leases", sql: sqlLeases, scan: scanLease},
	protocol.Trials:         {what: "list suspects", sql: sqlSuspects, scan: scanTrial, always: true},
	protocol.JobExpiries:    {what: "list expired jobs", sql: sqlExpiredJobs, scan: scanID},
	protocol.InputExpiries:  {what: "list inputs that go before their jobs", sql: sqlExpiredInputs, scan: scanID},
	protocol.UploadExpiries: {what: "list expired uploads", sql: sqlExpiredUploads, scan: scanDueUpload},
	protocol.JobsAhead:      {what: "look for jobs that ended in the future", sql: sqlEndedAfter, scan: scanID},
	protocol.Deadlines:      {what: "list deadlines", sql: sqlDeadlines, scan: scanDeadline},
	protocol.UploadsAhead:   {what: "look for uploads from the future", sql: sqlUploadsAfter, scan: scanDueUpload},
}

// Due returns what is to be looked at because of its time; see protocol.Timers.
func (s *Store) Due(ctx context.Context, of protocol.Timer, at time.Time, limit int) (list []protocol.Timed, err error) {
	t := &timers[of]
	args := []any{limit}
	if !t.always {
		args = append(args, record.MilliOrEnd(at))
	}
	err = s.db.Read(ctx, s.db.Pool, t.what, func(rows pgx.Rows) error {
		is, err := t.scan(rows)
		list = append(list, is)
		return err
	}, t.sql, args...)
	return list, err
}

func scanLease(rows pgx.Rows) (t protocol.Timed, err error) {
	var l job.Lease
	var id pgtype.UUID
	var until, since int64
	err = rows.Scan(&id, &l.Worker, &l.Attempt, &until, &since)
	l.ID, l.Worker, l.Until, l.Since = id.Bytes, pg.Dec(l.Worker), record.Time(until), record.Time(since)
	return protocol.Timed{ID: l.ID, Lease: l}, err
}

func scanTrial(rows pgx.Rows) (protocol.Timed, error) {
	c, err := scanCandidate(rows)
	return protocol.Timed{ID: c.ID, Candidate: &c}, err
}

func scanID(rows pgx.Rows) (protocol.Timed, error) {
	var id pgtype.UUID
	err := rows.Scan(&id)
	return protocol.Timed{ID: id.Bytes}, err
}

func scanDeadline(rows pgx.Rows) (protocol.Timed, error) {
	var id pgtype.UUID
	var owner string
	var at, created int64
	err := rows.Scan(&id, &owner, &at, &created)
	return protocol.Timed{ID: id.Bytes, Owner: pg.Dec(owner), At: record.Time(at), Created: record.Time(created)}, err
}

func scanDueUpload(rows pgx.Rows) (protocol.Timed, error) {
	u, err := unit.ScanUpload(rows)
	return protocol.Timed{Upload: &u}, err
}
