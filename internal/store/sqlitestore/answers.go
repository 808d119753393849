package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlGetAnswer = `SELECT digest, job, status, link_at, output, expires, body FROM answers
		WHERE owner = ? AND key = ? AND expires > ?`
	sqlPutAnswer = `INSERT OR REPLACE INTO answers (owner, key, digest, job, status, link_at, output, expires, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// Answer returns the unexpired remembered answer of an idempotency key, or nil.
func (s *Store) Answer(ctx context.Context, owner, key string) (a *protocol.Idempotency, err error) {
	err = s.read(ctx, "get answer", func(c conn) error {
		a, err = c.answer(owner, key, s.o.Now())
		return err
	})
	return a, err
}

func (c conn) answer(owner, key string, now time.Time) (a *protocol.Idempotency, err error) {
	_, err = c.One(sqlGetAnswer, func(b *file.Binder) { b.Text(owner).Text(key).Time(now) }, func(st *sqlite.Stmt) {
		a = c.answerAt(st, key)
	})
	return a, err
}

func (c conn) answerAt(st *sqlite.Stmt, key string) *protocol.Idempotency {
	a := &protocol.Idempotency{
		Key: key, Status: st.ColumnInt(2), LinkAt: st.ColumnInt(3), Output: c.TextAt(st, 4),
		Expires: record.Time(st.ColumnInt64(5)), Body: file.BlobAt(st, 6),
	}
	st.ColumnBytes(0, a.Digest[:])
	st.ColumnBytes(1, a.Job[:])
	return a
}

// Answer returns the unexpired remembered answer of an idempotency key, or nil.
func (t *tx) Answer(owner, key string) (*protocol.Idempotency, error) {
	return t.c.answer(owner, key, t.now)
}

// PutAnswer remembers an answer, in place of an expired one of the same key.
func (t *tx) PutAnswer(owner string, a *protocol.Idempotency) error {
	return t.run(sqlPutAnswer, func(b *file.Binder) {
		b.Text(owner).Text(a.Key).Blob(a.Digest[:])
		if a.Job == (job.ID{}) {
			b.Null()
		} else {
			b.Blob(a.Job[:])
		}
		b.Int(int64(a.Status)).Int(int64(a.LinkAt)).Text(a.Output).Time(a.Expires).BlobOrNull(a.Body)
	})
}
