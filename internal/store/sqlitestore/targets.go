package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// The rows of targets, but for what was heard of them, are kept by triggers on
// deliveries: see the schema.
const (
	sqlAnyDue      = "SELECT EXISTS (SELECT 1 FROM targets WHERE due > 0 AND due <= ?)"
	sqlNextDueOf   = "SELECT name, due, standing FROM targets WHERE due > ? ORDER BY due LIMIT 1"
	sqlNextTurnOf  = "SELECT name, turn, standing FROM targets WHERE turn > 0 AND turn > ? AND turn <= ? AND due > 0 ORDER BY turn LIMIT 1"
	sqlWaitingFrom = "SELECT owner FROM targets WHERE due > 0 AND owner > ? ORDER BY owner LIMIT 1"
	sqlDueTargets  = `SELECT name, due, standing FROM targets WHERE owner = ?1 AND standing = ?2 AND due > 0 AND due <= ?3
		AND NOT (until > ?3 AND heard <= ?4) AND NOT (turn > ?6 AND turn <= ?7) ORDER BY due LIMIT ?5`
	sqlHear          = "UPDATE targets SET standing = ?, heard = ?, until = ? WHERE name = ?"
	sqlTurnOf        = "SELECT turn FROM targets WHERE name = ?"
	sqlSetTurn       = "UPDATE targets SET turn = ? WHERE name = ?"
	sqlForgetTarget  = "UPDATE targets SET standing = 0, until = 0, turn = 0 WHERE name = ?"
	sqlForgetTargets = "DELETE FROM targets WHERE name IN (SELECT name FROM targets WHERE due = 0 AND heard <= ? ORDER BY heard LIMIT ?)"
	sqlHasIdle       = "SELECT EXISTS (SELECT 1 FROM targets WHERE due = 0 AND heard <= ?)"
)

// DueTargets returns targets that have a delivery due at a time, of each owner
// and standing up to each, and the next one that will have; see protocol.Outbox.
func (s *Store) DueTargets(ctx context.Context, now time.Time, each int) (list []job.Target, err error) {
	err = s.read(ctx, "list targets", func(c conn) error {
		list = nil
		add := func(st *sqlite.Stmt) {
			list = append(list, job.Target{Name: c.TextAt(st, 0), Due: record.Time(st.ColumnInt64(1)), Standing: job.TargetStanding(st.ColumnInt64(2))}) //nolint:gosec // as written
		}
		some := false
		if _, err := c.One(sqlAnyDue, func(b *file.Binder) { b.Time(now) }, func(st *sqlite.Stmt) { some = st.ColumnInt64(0) != 0 }); err != nil {
			return err
		}
		for owner := ""; some; {
			if some, err = c.One(sqlWaitingFrom, func(b *file.Binder) { b.Text(owner) }, func(st *sqlite.Stmt) { owner = c.NameAt(st, 0) }); err != nil || !some {
				break
			}
			for _, standing := range [...]job.TargetStanding{job.Unproven, job.Proven, job.Failing} {
				err := c.Each(sqlDueTargets, func(b *file.Binder) {
					b.Text(owner).Int(int64(standing)).Time(now).Time(now.Add(record.Slack)).Int(int64(each))
					b.Int(now.UnixMicro()).Int(now.Add(job.LongestTurn).UnixMicro())
				}, add)
				if err != nil {
					return err
				}
			}
		}
		if err != nil {
			return err
		}
		return c.next(now, &list)
	})
	return list, err
}

// next adds the target that is due next, or whose turn comes next.
func (c conn) next(now time.Time, list *[]job.Target) error {
	var due, turn job.Target
	at := func(t *job.Target, when func(int64) time.Time) func(st *sqlite.Stmt) {
		return func(st *sqlite.Stmt) {
			*t = job.Target{Name: c.TextAt(st, 0), Due: when(st.ColumnInt64(1)), Standing: job.TargetStanding(st.ColumnInt64(2))} //nolint:gosec // as written
		}
	}
	later, err := c.One(sqlNextDueOf, func(b *file.Binder) { b.Time(now) }, at(&due, record.Time))
	if err != nil {
		return err
	}
	bind := func(b *file.Binder) { b.Int(now.UnixMicro()).Int(now.Add(job.LongestTurn).UnixMicro()) }
	turns, err := c.One(sqlNextTurnOf, bind, at(&turn, record.Micros))
	switch {
	case err != nil:
		return err
	case turns && (!later || turn.Due.Before(due.Due)):
		*list = append(*list, turn)
	case later:
		*list = append(*list, due)
	}
	return nil
}

// turnOf returns a target's turn.
func (t *tx) turnOf(target string) (turn int64, err error) {
	_, err = t.c.One(sqlTurnOf, func(b *file.Binder) { b.Text(target) }, func(st *sqlite.Stmt) { turn = st.ColumnInt64(0) })
	return turn, err
}

func (t *tx) setTurn(target string, turn int64) error {
	return t.run(sqlSetTurn, func(b *file.Binder) { b.Int(turn).Text(target) })
}

// hear keeps what a call told of its target.
func (t *tx) hear(d *job.Delivery) error {
	h := d.Heard
	if d.Heard = (job.Heard{}); h == (job.Heard{}) {
		return nil
	}
	return t.run(sqlHear, func(b *file.Binder) { b.Int(int64(h.Standing)).Time(t.now).Time(h.Until).Text(d.Target) })
}

// forgetTargets removes what is known of targets that were not called for as
// long as deliveries are kept.
func (s *Store) forgetTargets(ctx context.Context, now time.Time, limit int) error {
	old, some := now.Add(-job.DeliveryLife), false
	err := s.read(ctx, "look for idle targets", func(c conn) error {
		_, err := c.One(sqlHasIdle, func(b *file.Binder) { b.Time(old) }, func(st *sqlite.Stmt) { some = st.ColumnInt64(0) != 0 })
		return err
	})
	if err != nil || !some {
		return err
	}
	return s.write(ctx, "forget targets", false, func(t *tx) error {
		return t.run(sqlForgetTargets, func(b *file.Binder) { b.Time(old).Int(int64(limit)) })
	})
}
