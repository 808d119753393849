package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

const (
	answerColumns = "a.digest, a.job, a.status, a.link_at, a.output, a.expires, a.body"

	sqlAnswer = "SELECT a.owner, a.key, " + answerColumns + ` FROM claimcheck.answers a
		WHERE a.owner = $2 AND a.key = $3 AND a.expires > ` + sqlMilli
)

// Answer returns the unexpired remembered answer of an idempotency key, or nil.
func (s *Store) Answer(ctx context.Context, owner, key string) (a *job.Idempotency, err error) {
	err = s.read(ctx, s.pool, "get answer", func(rows pgx.Rows) (err error) {
		var owner, key string
		a, err = scanAnswer(rows, &owner, &key)
		return err
	}, sqlAnswer, s.testMilli(), enc(owner), enc(key))
	return a, err
}

// scanAnswer reads a row of owner, key and answerColumns.
func scanAnswer(rows pgx.Rows, owner, key *string) (*job.Idempotency, error) {
	var a job.Idempotency
	var digest []byte
	var id pgtype.UUID
	var expires int64
	err := rows.Scan(owner, key, &digest, &id, &a.Status, &a.LinkAt, &a.Output, &expires, &a.Body)
	a.Key, a.Output, a.Expires = dec(*key), dec(a.Output), record.Time(expires)
	a.Body = bytesOrNil(a.Body)
	copy(a.Digest[:], digest)
	if id.Valid {
		a.Job = id.Bytes
	}
	return &a, err
}
