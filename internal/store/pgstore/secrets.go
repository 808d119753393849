package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/account"
	"claimcheck/internal/store/record"
)

const (
	sqlSecrets       = "SELECT id, bytes, created, retired FROM claimcheck.secrets ORDER BY created, n"       //nolint:gosec // a statement, no credential
	sqlPutSecret     = "INSERT INTO claimcheck.secrets (id, bytes, created, retired) VALUES ($1, $2, $3, $4)" //nolint:gosec // a statement, no credential
	sqlRetireSecrets = "UPDATE claimcheck.secrets SET retired = $1 WHERE retired = 0 AND id <> $2"            //nolint:gosec // a statement, no credential
	sqlDropSecrets   = "DELETE FROM claimcheck.secrets WHERE retired > 0 AND retired < $1"                    //nolint:gosec // a statement, no credential
	sqlRuntimes      = "SELECT tool, data FROM claimcheck.runtimes"
	sqlSaveRuntimes  = `INSERT INTO claimcheck.runtimes (tool, data) SELECT * FROM unnest($1::text[], $2::bytea[])
		ON CONFLICT (tool) DO UPDATE SET data = excluded.data`
)

// Secrets returns all secrets, the newest last.
func (s *Store) Secrets(ctx context.Context) (secrets []account.Secret, err error) {
	err = s.read(ctx, s.pool, "list secrets", func(rows pgx.Rows) error {
		var one account.Secret
		var created, retired int64
		err := rows.Scan(&one.ID, &one.Bytes, &created, &retired)
		one.ID, one.Created, one.Retired = dec(one.ID), record.Time(created), record.Time(retired)
		secrets = append(secrets, one)
		return err
	}, sqlSecrets)
	return secrets, err
}

// AddSecret keeps a secret and retires every other one at its Created; those
// retired before drop are removed. A secret whose id is taken is Conflict
// SECRET_TAKEN.
func (s *Store) AddSecret(ctx context.Context, sec account.Secret, drop time.Time) error {
	return s.task(ctx, "add secret", nil, func(u *unit) error {
		b := u.start()
		b.Queue(sqlPutSecret, enc(sec.ID), sec.Bytes, record.Milli(sec.Created), record.Milli(sec.Retired))
		b.Queue(sqlRetireSecrets, record.Milli(sec.Created), enc(sec.ID))
		b.Queue(sqlDropSecrets, record.Milli(drop))
		err := u.send(b)
		if unique(err) {
			return record.SecretTaken(err)
		}
		return err
	})
}

// Runtimes returns what SaveRuntimes kept, by tool.
func (s *Store) Runtimes(ctx context.Context) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := s.read(ctx, s.pool, "read run times", func(rows pgx.Rows) error {
		var tool string
		var data []byte
		err := rows.Scan(&tool, &data)
		all[dec(tool)] = data
		return err
	}, sqlRuntimes)
	return all, err
}

// SaveRuntimes keeps what is known of how long tools run.
func (s *Store) SaveRuntimes(ctx context.Context, all map[string][]byte) error {
	var tools []string
	var data [][]byte
	for tool, b := range all {
		tools, data = append(tools, enc(tool)), append(data, blob(b))
	}
	return s.task(ctx, "save run times", nil, func(u *unit) error {
		_, err := u.exec(sqlSaveRuntimes, tools, data)
		return err
	})
}
