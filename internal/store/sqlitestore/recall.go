package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlLatestOff = "SELECT since FROM deliveries WHERE state = 0 AND since > 0 ORDER BY since DESC LIMIT 1"
	sqlRedate    = `UPDATE deliveries SET due = ?1, since = 0 WHERE n IN
		(SELECT n FROM deliveries WHERE state = 0 AND since > 0 AND since > ?2 ORDER BY since DESC LIMIT ?3)`
	sqlAhead = `SELECT EXISTS (SELECT 1 FROM answers WHERE expires > ?3)
		OR EXISTS (SELECT 1 FROM (SELECT created FROM outputs WHERE seq IS NULL AND expires > 0 ORDER BY expires DESC LIMIT ?2) WHERE created > ?1)
		OR EXISTS (SELECT 1 FROM (SELECT created FROM uploads WHERE jobs = 0 AND done = 1 ORDER BY expires DESC LIMIT ?2) WHERE created > ?1)
		OR EXISTS (SELECT 1 FROM (SELECT created FROM deliveries ORDER BY expires DESC LIMIT ?2) WHERE created > ?1)`
	sqlRecallOutputs = `UPDATE outputs SET expires = expires - created + ?3, created = ?3 WHERE token IN (SELECT token FROM
		(SELECT token, created FROM outputs WHERE seq IS NULL AND expires > 0 ORDER BY expires DESC LIMIT ?2) WHERE created > ?1)`
	sqlRecallUploads = `UPDATE uploads SET expires = expires - created + ?3, created = ?3 WHERE id IN (SELECT id FROM
		(SELECT id, created FROM uploads WHERE jobs = 0 AND done = 1 ORDER BY expires DESC LIMIT ?2) WHERE created > ?1)`
	sqlRecallDeliveries = `UPDATE deliveries SET expires = expires - created + ?3, created = ?3 WHERE n IN (SELECT n FROM
		(SELECT n, created FROM deliveries ORDER BY expires DESC LIMIT ?2) WHERE created > ?1)`
	sqlRecallAnswers = `UPDATE answers SET expires = ?3 WHERE (owner, key) IN (SELECT owner, key FROM answers WHERE expires > ?1 ORDER BY expires DESC LIMIT ?2)`
)

// Redate reports whether pending deliveries were put off by a clock that was set
// back since, and makes up to limit of them due now.
func (s *Store) Redate(ctx context.Context, limit int) (some bool, err error) {
	err = s.read(ctx, "look for deliveries from the future", func(c conn) error {
		latest, err := c.Number(sqlLatestOff)
		some = record.Time(latest).After(s.o.Now().Add(record.Slack))
		return err
	})
	if err != nil || !some || limit == 0 {
		return some, err
	}
	return some, s.write(ctx, "make deliveries due", false, func(t *tx) error {
		t.due = true
		return t.run(sqlRedate, func(b *file.Binder) { b.Time(t.now).Time(t.now.Add(record.Slack)).Int(int64(limit)) })
	})
}

// Recall makes outputs of synchronous calls, finished uploads that no job has,
// deliveries and answers that were made after a time as if they were made now.
// While there are none it only reads.
func (s *Store) Recall(ctx context.Context, after time.Time, limit int) error {
	some, answers := false, after.Add(protocol.AnswerLife)
	err := s.read(ctx, "look for what is dated ahead", func(c conn) error {
		_, err := c.One(sqlAhead, func(b *file.Binder) { b.Time(after).Int(int64(limit)).Time(answers) }, func(st *sqlite.Stmt) { some = st.ColumnInt64(0) != 0 })
		return err
	})
	if err != nil || !some {
		return err
	}
	return s.write(ctx, "bring back what is dated ahead", false, func(t *tx) error {
		for _, sql := range []string{sqlRecallOutputs, sqlRecallUploads, sqlRecallDeliveries} {
			if err := t.run(sql, func(b *file.Binder) { b.Time(after).Int(int64(limit)).Time(t.now) }); err != nil {
				return err
			}
		}
		return t.run(sqlRecallAnswers, func(b *file.Binder) { b.Time(answers).Int(int64(limit)).Time(t.now.Add(protocol.AnswerLife)) })
	})
}
