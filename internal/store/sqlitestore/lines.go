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

const (
	sqlNextDue = "SELECT run_at FROM ready WHERE state = 1 ORDER BY run_at LIMIT 1"
	sqlLatest  = "SELECT since FROM ready WHERE state = 1 AND since > 0 ORDER BY since DESC LIMIT 1"
	sqlPromote = "UPDATE ready SET state = 0, run_at = 0, since = 0 WHERE seq = ? AND state = 1"
)

// Ready returns claimable jobs of an owner and tool that are not on probation, by
// priority (highest first) then Seq, those after the given position.
func (s *Store) Ready(ctx context.Context, owner, tool string, after job.Candidate, limit int) (found []job.Candidate, err error) {
	err = s.read(ctx, "list ready jobs", func(c conn) error {
		found, err = waiting.Ready(c.Conn, owner, tool, after, limit)
		return err
	})
	return found, err
}

// Fronts returns what comes first of each strand of an owner and tool.
func (s *Store) Fronts(ctx context.Context, owner, tool, after string, strands, each int) (found []job.Candidate, err error) {
	err = s.read(ctx, "list the strands of ready jobs", func(c conn) error {
		found, err = waiting.Fronts(ctx, c.Conn, owner, tool, after, strands, each)
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
		due, err = waiting.All(t.c.Conn, waiting.SQLDue, func(b *file.Binder) { b.Time(t.now).Int(int64(limit)) })
		if err != nil {
			return err
		}
		misdated, err := waiting.All(t.c.Conn, waiting.SQLMisdated, func(b *file.Binder) { b.Time(t.now.Add(record.Slack)).Int(int64(limit - len(due))) })
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
		b.Counts, err = waiting.Backlog(c.Conn)
		return err
	})
	return b, err
}

// OldestWaiting returns when the oldest claimable job was created, the zero
// time if there is none.
func (s *Store) OldestWaiting(ctx context.Context) (created time.Time, err error) {
	err = s.read(ctx, "find the oldest waiting job", func(c conn) error {
		_, err := c.One(waiting.SQLOldest, func(*file.Binder) {}, func(st *sqlite.Stmt) { created = record.Time(st.ColumnInt64(0)) })
		return err
	})
	return created, err
}
