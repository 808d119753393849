package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
	"claimcheck/internal/store/sqlitestore/waiting"
)

const (
	sqlHasExpired = `SELECT EXISTS (SELECT 1 FROM outputs WHERE seq IS NULL AND expires > 0 AND expires <= ?1)
		OR EXISTS (SELECT 1 FROM answers WHERE expires <= ?1)
		OR EXISTS (SELECT 1 FROM meters WHERE whole <= ?2)`
	sqlExpiredOutputs = `SELECT token, owner, size, file FROM outputs
		WHERE seq IS NULL AND expires > 0 AND expires <= ? ORDER BY expires LIMIT ?`
	sqlDropOutput     = "DELETE FROM outputs WHERE token = ?"
	sqlExpiredAnswers = "SELECT owner, key FROM answers WHERE expires <= ? ORDER BY expires LIMIT ?"
	sqlDropAnswer     = "DELETE FROM answers WHERE owner = ? AND key = ?"
)

// Sweep removes up to limit outputs of synchronous calls and idempotency answers
// that have expired at a time; it returns the blobs that belonged to them and how
// many rows went. While there are none it only reads.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (files []string, removed int, err error) {
	any := false
	err = s.read(ctx, "look for expired outputs", func(c conn) error {
		_, err := c.One(sqlHasExpired, func(b *file.Binder) { b.Time(now).Int(record.WholeBefore(now)) }, func(st *sqlite.Stmt) { any = st.ColumnInt64(0) != 0 })
		return err
	})
	if err != nil || !any {
		return nil, 0, err
	}
	err = s.write(ctx, "sweep", false, func(t *tx) error {
		var outputs, answers int
		if files, outputs, err = t.sweepOutputs(now, limit); err != nil {
			return err
		}
		if answers, err = t.sweepAnswers(now, limit-outputs); err != nil {
			return err
		}
		err = t.run(waiting.SQLDropMeters, func(b *file.Binder) { b.Int(record.WholeBefore(now)).Int(int64(limit - outputs - answers)) })
		removed = outputs + answers + t.c.Changes()
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return files, removed, nil
}

func (t *tx) sweepOutputs(now time.Time, limit int) (files []string, n int, err error) {
	type output struct {
		token, owner string
		size         int64
	}
	var expired []output
	err = t.c.Each(sqlExpiredOutputs, func(b *file.Binder) { b.Time(now).Int(int64(limit)) }, func(st *sqlite.Stmt) {
		o := output{t.c.TextAt(st, 0), t.c.NameAt(st, 1), st.ColumnInt64(2)}
		expired = append(expired, o)
		if st.ColumnInt64(3) != 0 {
			files = append(files, job.OutputKey(o.token))
		}
	})
	if err != nil {
		return nil, 0, err
	}
	for _, o := range expired {
		if err := t.runFenced(sqlDropOutput, func(b *file.Binder) { b.Text(o.token) }); err != nil {
			return nil, 0, err
		}
		if err := t.store(o.owner, -o.size); err != nil {
			return nil, 0, err
		}
	}
	return files, len(expired), nil
}

func (t *tx) sweepAnswers(now time.Time, limit int) (int, error) {
	var expired [][2]string // owner and key
	err := t.c.Each(sqlExpiredAnswers, func(b *file.Binder) { b.Time(now).Int(int64(limit)) }, func(st *sqlite.Stmt) {
		expired = append(expired, [2]string{t.c.NameAt(st, 0), t.c.TextAt(st, 1)})
	})
	if err != nil {
		return 0, err
	}
	for _, a := range expired {
		if err := t.runFenced(sqlDropAnswer, func(b *file.Binder) { b.Text(a[0]).Text(a[1]) }); err != nil {
			return 0, err
		}
	}
	return len(expired), nil
}
