package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/account"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

const (
	sqlSecrets       = "SELECT id, bytes, created, retired FROM claimcheck.secrets ORDER BY created, n"       //nolint:gosec // a statement, no credential
	sqlPutSecret     = "INSERT INTO claimcheck.secrets (id, bytes, created, retired) VALUES ($1, $2, $3, $4)" //nolint:gosec // a statement, no credential
	sqlRetireSecrets = "UPDATE claimcheck.secrets SET retired = $1 WHERE retired = 0 AND id <> $2"            //nolint:gosec // a statement, no credential
	sqlDropSecrets   = "DELETE FROM claimcheck.secrets WHERE retired > 0 AND retired < $1"                    //nolint:gosec // a statement, no credential
)

// Secrets returns all secrets, the newest last.
func (s *Store) Secrets(ctx context.Context) (secrets []account.Secret, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list secrets", func(rows pgx.Rows) error {
		var one account.Secret
		var created, retired int64
		err := rows.Scan(&one.ID, &one.Bytes, &created, &retired)
		one.ID, one.Created, one.Retired = pg.Dec(one.ID), record.Time(created), record.Time(retired)
		secrets = append(secrets, one)
		return err
	}, sqlSecrets)
	return secrets, err
}

// AddSecret keeps a secret and retires every other one at its Created; those
// retired before drop are removed. A secret whose id is taken is Conflict
// SECRET_TAKEN.
func (s *Store) AddSecret(ctx context.Context, sec account.Secret, drop time.Time) error {
	return s.task(ctx, "add secret", nil, func(u *unit.Unit) error {
		b := u.Start()
		b.Queue(sqlPutSecret, pg.Enc(sec.ID), sec.Bytes, record.Milli(sec.Created), record.Milli(sec.Retired))
		b.Queue(sqlRetireSecrets, record.Milli(sec.Created), pg.Enc(sec.ID))
		b.Queue(sqlDropSecrets, record.Milli(drop))
		err := u.Send(b)
		if pg.Unique(err) {
			return record.SecretTaken(err)
		}
		return err
	})
}
