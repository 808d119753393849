package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
)

const (
	sqlAnswer = "SELECT a.owner, a.key, " + unit.AnswerColumns + ` FROM claimcheck.answers a
		WHERE a.owner = $2 AND a.key = $3 AND a.expires > ` + pg.SQLMilli
)

// Answer returns the unexpired remembered answer of an idempotency key, or nil,
// once it is confirmed.
func (s *Store) Answer(ctx context.Context, owner, key string) (a *protocol.Idempotency, err error) {
	var tx uint32
	err = s.db.Read(ctx, s.db.Pool, "get answer", func(rows pgx.Rows) (err error) {
		var owner, key string
		a, err = unit.ScanAnswer(rows, &owner, &key, &tx)
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
