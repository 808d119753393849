package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	answerColumns = "a.digest, a.job, a.status, a.link_at, a.output, a.expires, a.body, a.xmin"

	sqlAnswer = "SELECT a.owner, a.key, " + answerColumns + ` FROM claimcheck.answers a
		WHERE a.owner = $2 AND a.key = $3 AND a.expires > ` + pg.SQLMilli
)

// Answer returns the unexpired remembered answer of an idempotency key, or nil,
// once it is confirmed.
func (s *Store) Answer(ctx context.Context, owner, key string) (a *protocol.Idempotency, err error) {
	var tx uint32
	err = s.db.Read(ctx, s.db.Pool, "get answer", func(rows pgx.Rows) (err error) {
		var owner, key string
		a, err = scanAnswer(rows, &owner, &key, &tx)
		return err
	}, sqlAnswer, s.db.TestMilli(), pg.Enc(owner), pg.Enc(key))
	if err == nil && a != nil {
		err = s.db.Confirm(ctx, tx)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// scanAnswer reads a row of owner, key and answerColumns, and which transaction
// wrote it.
func scanAnswer(rows pgx.Rows, owner, key *string, tx *uint32) (*protocol.Idempotency, error) {
	var a protocol.Idempotency
	var digest []byte
	var id pgtype.UUID
	var expires int64
	err := rows.Scan(owner, key, &digest, &id, &a.Status, &a.LinkAt, &a.Output, &expires, &a.Body, tx)
	a.Key, a.Output, a.Expires = pg.Dec(*key), pg.Dec(a.Output), record.Time(expires)
	a.Body = pg.BytesOrNil(a.Body)
	copy(a.Digest[:], digest)
	if id.Valid {
		a.Job = id.Bytes
	}
	return &a, err
}
