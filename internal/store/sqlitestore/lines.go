package sqlitestore

import (
	"context"
	"math"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	candidateColumns = "id, owner, tool, priority, input_size, probation, input_sum"

	sqlReadyFrom = "SELECT " + candidateColumns + ` FROM ready
		WHERE owner = ? AND tool = ? AND state = 0 AND probation = 0 AND priority < ? ORDER BY priority DESC, seq LIMIT ?`
	sqlReadyRest = "SELECT " + candidateColumns + ` FROM ready
		WHERE owner = ? AND tool = ? AND state = 0 AND probation = 0 AND priority = ? AND seq > ? ORDER BY seq LIMIT ?`
	sqlDue      = "SELECT " + candidateColumns + " FROM ready WHERE state = 1 AND run_at <= ? ORDER BY run_at LIMIT ?"
	sqlMisdated = "SELECT " + candidateColumns + " FROM ready WHERE state = 1 AND since > ? AND since > 0 ORDER BY since DESC LIMIT ?"
	sqlNextDue  = "SELECT run_at FROM ready WHERE state = 1 ORDER BY run_at LIMIT 1"
	sqlLatest   = "SELECT since FROM ready WHERE state = 1 AND since > 0 ORDER BY since DESC LIMIT 1"
	sqlPromote  = "UPDATE ready SET state = 0, run_at = 0, since = 0 WHERE seq = ? AND state = 1"
	sqlBacklog  = "SELECT owner, tool, queued, running FROM counts"
)

// candidates runs a query of candidateColumns.
func (c conn) candidates(sql string, params func(*file.Binder)) (found []job.Candidate, err error) {
	err = c.Each(sql, params, func(st *sqlite.Stmt) {
		found = append(found, c.candidateAt(st))
	})
	return found, err
}

func (c conn) candidateAt(st *sqlite.Stmt) job.Candidate {
	is := job.Candidate{
		Owner: c.NameAt(st, 1), Tool: c.NameAt(st, 2), Priority: st.ColumnInt(3), InputSize: st.ColumnInt64(4),
		Probation: job.Probation(st.ColumnInt64(5)), //nolint:gosec // as written
		InputSum:  st.ColumnInt64(6),
	}
	st.ColumnBytes(0, is.ID[:])
	return is
}

// Ready returns claimable jobs of an owner and tool that are not on probation, by
// priority (highest first) then Seq, those after the given position.
func (s *Store) Ready(ctx context.Context, owner, tool string, after job.Candidate, limit int) (found []job.Candidate, err error) {
	err = s.read(ctx, "list ready jobs", func(c conn) error {
		below := int64(math.MaxInt64)
		if after.ID != (job.ID{}) {
			below = int64(after.Priority)
			found, err = c.candidates(sqlReadyRest, func(b *file.Binder) {
				b.Text(owner).Text(tool).Int(below).Int(after.ID.Seq()).Int(int64(limit))
			})
			if err != nil || len(found) >= limit {
				return err
			}
		}
		more, err := c.candidates(sqlReadyFrom, func(b *file.Binder) {
			b.Text(owner).Text(tool).Int(below).Int(int64(limit - len(found)))
		})
		found = append(found, more...)
		return err
	})
	return found, err
}

// Promote makes claimable up to limit jobs whose RunAt has come, or whose pause
// was given by a clock that was set back since, and returns them, and the next
// RunAt still to come. While none is due it only reads.
func (s *Store) Promote(ctx context.Context, limit int) (due []job.Candidate, next time.Time, err error) {
	var latest time.Time
	err = s.read(ctx, "look for delayed jobs", func(c conn) error {
		if next, err = c.nextDue(); err != nil {
			return err
		}
		ms, err := c.Number(sqlLatest)
		latest = record.Time(ms)
		return err
	})
	if now := s.o.Now(); err != nil || next.IsZero() || next.After(now) && !latest.After(now.Add(record.Slack)) {
		return nil, next, err
	}
	err = s.write(ctx, "promote", false, func(t *tx) error {
		due, err = t.c.candidates(sqlDue, func(b *file.Binder) { b.Time(t.now).Int(int64(limit)) })
		if err != nil {
			return err
		}
		misdated, err := t.c.candidates(sqlMisdated, func(b *file.Binder) { b.Time(t.now.Add(record.Slack)).Int(int64(limit - len(due))) })
		if err != nil {
			return err
		}
		due = append(due, misdated...)
		for i := range due {
			if err := t.runFenced(sqlPromote, func(b *file.Binder) { b.Int(due[i].ID.Seq()) }); err != nil {
				return err
			}
		}
		next, err = t.c.nextDue()
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	return due, next, nil
}

func (c conn) nextDue() (time.Time, error) {
	ms, err := c.Number(sqlNextDue)
	return record.Time(ms), err
}

// Backlog returns the unfinished jobs of every owner and tool that has any: that is
// one read of a small table.
func (s *Store) Backlog(ctx context.Context, _ protocol.Mark) (b protocol.Backlog, err error) {
	b.All = true
	err = s.read(ctx, "read backlog", func(c conn) error {
		return c.Each(sqlBacklog, nil, func(st *sqlite.Stmt) {
			b.Counts = append(b.Counts, account.ToolCount{
				Owner: c.NameAt(st, 0), Tool: c.NameAt(st, 1), Queued: st.ColumnInt64(2), Running: st.ColumnInt64(3),
			})
		})
	})
	return b, err
}

// sqlOldest walks the primary key past what is older and not claimable: leased
// jobs, of which there are few, and delayed ones.
const sqlOldest = "SELECT created FROM jobs WHERE seq = (SELECT seq FROM ready WHERE state = 0 ORDER BY seq LIMIT 1)"

// OldestWaiting returns when the oldest claimable job was created, the zero
// time if there is none.
func (s *Store) OldestWaiting(ctx context.Context) (created time.Time, err error) {
	err = s.read(ctx, "find the oldest waiting job", func(c conn) error {
		_, err := c.One(sqlOldest, func(*file.Binder) {}, func(st *sqlite.Stmt) { created = record.Time(st.ColumnInt64(0)) })
		return err
	})
	return created, err
}
