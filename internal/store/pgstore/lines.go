package pgstore

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	candidateColumns = "id, owner, tool, priority, input_size, probation, input_sum, strand"

	sqlReadyFrom = "SELECT " + candidateColumns + ` FROM claimcheck.ready
		WHERE owner = $1 AND tool = $2 AND state = 0 AND probation = 0 AND priority < $3 ORDER BY priority DESC, id LIMIT $4`
	sqlReadyRest = "SELECT " + candidateColumns + ` FROM claimcheck.ready
		WHERE owner = $1 AND tool = $2 AND state = 0 AND probation = 0 AND priority = $3 AND id > $4 ORDER BY id LIMIT $5`
	// The same of one strand, and of the first jobs of some strands.
	ofStrand      = "WHERE owner = $1 AND tool = $2 AND strand = $3 AND state = 0 AND probation = 0 AND strand <> '' "
	sqlStrandFrom = "SELECT " + candidateColumns + " FROM claimcheck.ready " + ofStrand + "AND priority < $4 ORDER BY priority DESC, id LIMIT $5"
	sqlStrandRest = "SELECT " + candidateColumns + " FROM claimcheck.ready " + ofStrand + "AND priority = $4 AND id > $5 ORDER BY id LIMIT $6"
	nextStrand    = `(SELECT strand FROM claimcheck.ready WHERE owner = $1 AND tool = $2 AND state = 0 AND probation = 0 AND strand <> '' AND strand > `
	sqlFronts     = `WITH RECURSIVE s (strand, n) AS (
			SELECT ` + nextStrand + `$3 ORDER BY strand LIMIT 1), 1
			UNION ALL SELECT ` + nextStrand + `s.strand ORDER BY strand LIMIT 1), n + 1 FROM s WHERE s.strand IS NOT NULL AND n < $4)
		SELECT f.* FROM s, LATERAL (SELECT ` + candidateColumns + ` FROM claimcheck.ready WHERE owner = $1 AND tool = $2 AND strand = s.strand AND state = 0 AND probation = 0 AND strand <> '' ORDER BY priority DESC, id LIMIT $5) f WHERE s.strand IS NOT NULL ORDER BY s.n, f.priority DESC, f.id`

	sqlNextDue = `SELECT coalesce((SELECT run_at FROM claimcheck.ready WHERE state = 1 ORDER BY run_at LIMIT 1), 0),
		coalesce((SELECT since FROM claimcheck.ready WHERE state = 1 AND since > 0 ORDER BY since DESC LIMIT 1), 0)`
	sqlPromote = `UPDATE claimcheck.ready SET state = 0, run_at = 0, since = 0 WHERE id IN (SELECT id FROM claimcheck.ready
			WHERE state = 1 AND run_at <= ` + pg.SQLMilli + ` ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED)
		RETURNING ` + candidateColumns
	// sqlMisdated is the same for pauses given by a clock that was set back since.
	sqlMisdated = `UPDATE claimcheck.ready SET state = 0, run_at = 0, since = 0 WHERE id IN (SELECT id FROM claimcheck.ready
			WHERE state = 1 AND since > 0 AND since > $3 + ` + pg.SQLMilli + ` ORDER BY since DESC LIMIT $2 FOR UPDATE SKIP LOCKED)
		RETURNING ` + candidateColumns
	sqlBacklog = "SELECT owner, tool, queued, running FROM claimcheck.counts WHERE queued > 0 OR running > 0"
	sqlOldest  = "SELECT created FROM claimcheck.jobs WHERE id = (SELECT id FROM claimcheck.ready WHERE state = 0 ORDER BY id LIMIT 1)"
)

// scanCandidate reads a row of candidateColumns.
func scanCandidate(rows pgx.Rows) (job.Candidate, error) {
	var c job.Candidate
	var id pgtype.UUID
	err := rows.Scan(&id, &c.Owner, &c.Tool, &c.Priority, &c.InputSize, &c.Probation, &c.InputSum, &c.Strand)
	c.ID, c.Owner, c.Tool, c.Strand = id.Bytes, pg.Dec(c.Owner), pg.Dec(c.Tool), pg.Dec(c.Strand)
	return c, err
}

func (s *Store) candidates(ctx context.Context, what, sql string, args ...any) (found []job.Candidate, err error) {
	err = s.db.Read(ctx, s.db.Pool, what, func(rows pgx.Rows) error {
		c, err := scanCandidate(rows)
		found = append(found, c)
		return err
	}, sql, args...)
	return found, err
}

// Ready returns claimable jobs of an owner and tool that are not on probation, by
// priority (highest first) then id, those after the given position.
func (s *Store) Ready(ctx context.Context, owner, tool string, after job.Candidate, limit int) (found []job.Candidate, err error) {
	const what = "list ready jobs"
	from, rest, of, below := sqlReadyFrom, sqlReadyRest, []any{pg.Enc(owner), pg.Enc(tool)}, math.MaxInt16
	if after.Strand != "" {
		from, rest, of = sqlStrandFrom, sqlStrandRest, append(of, pg.Enc(after.Strand))
	}
	if after.ID != (job.ID{}) {
		below = after.Priority
		found, err = s.candidates(ctx, what, rest, slices.Concat(of, []any{below, pg.UUID(after.ID), limit})...)
		if err != nil || len(found) >= limit {
			return found, err
		}
	}
	more, err := s.candidates(ctx, what, from, slices.Concat(of, []any{below, limit - len(found)})...)
	return append(found, more...), err
}

// Fronts returns what comes first of each strand of an owner and tool.
func (s *Store) Fronts(ctx context.Context, owner, tool, after string, strands, each int) ([]job.Candidate, error) {
	return s.candidates(ctx, "list the strands of ready jobs", sqlFronts, pg.Enc(owner), pg.Enc(tool), pg.Enc(after), strands, each)
}

// Promote makes claimable up to limit jobs whose RunAt has come, or whose pause
// was given by a clock that was set back since, and returns them, and the next
// RunAt still to come. While none is due it only reads. Jobs that another server
// is promoting are left to it.
func (s *Store) Promote(ctx context.Context, limit int) (due []job.Candidate, next time.Time, err error) {
	next, latest, err := s.nextDue(ctx)
	now := s.Now()
	misdated := latest.After(now.Add(record.Slack))
	if err != nil || next.IsZero() || next.After(now) && !misdated {
		return nil, next, err
	}
	err = s.task(ctx, "promote", nil, func(u *unit.Unit) error {
		due = due[:0]
		collect := func(rows pgx.Rows) error {
			for rows.Next() {
				c, err := scanCandidate(rows)
				if err != nil {
					return err
				}
				due = append(due, c)
			}
			return rows.Err()
		}
		b := u.Start()
		b.Queue(sqlPromote, s.db.TestMilli(), limit).Query(collect)
		if err := u.Send(b); err != nil || !misdated || len(due) == limit {
			return err
		}
		b = u.Start()
		b.Queue(sqlMisdated, s.db.TestMilli(), limit-len(due), record.Slack.Milliseconds()).Query(collect)
		return u.Send(b)
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	next, _, err = s.nextDue(ctx)
	return due, next, err
}

// nextDue returns when the next delayed job is due, and when the pause that began
// last did.
func (s *Store) nextDue(ctx context.Context) (next, latest time.Time, err error) {
	var at, since int64
	_, err = s.db.One(ctx, "look for delayed jobs", []any{&at, &since}, sqlNextDue)
	return record.Time(at), record.Time(since), err
}

// Backlog returns the unfinished jobs of every owner and tool that has any: that is
// one read of a small table.
func (s *Store) Backlog(ctx context.Context, _ protocol.Mark) (b protocol.Backlog, err error) {
	b.All = true
	err = s.db.Read(ctx, s.db.Pool, "read backlog", func(rows pgx.Rows) error {
		var c account.ToolCount
		err := rows.Scan(&c.Owner, &c.Tool, &c.Queued, &c.Running)
		c.Owner, c.Tool = pg.Dec(c.Owner), pg.Dec(c.Tool)
		b.Counts = append(b.Counts, c)
		return err
	}, sqlBacklog)
	return b, err
}

// OldestWaiting returns when the oldest claimable job was created, the zero
// time if there is none.
func (s *Store) OldestWaiting(ctx context.Context) (time.Time, error) {
	var ms int64
	_, err := s.db.One(ctx, "find the oldest waiting job", []any{&ms}, sqlOldest)
	return record.Time(ms), err
}
