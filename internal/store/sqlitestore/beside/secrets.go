package beside

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlSecrets       = "SELECT id, bytes, created, retired FROM secrets ORDER BY created, rowid" //nolint:gosec // a statement, no credential
	sqlPutSecret     = "INSERT INTO secrets (id, bytes, created, retired) VALUES (?, ?, ?, ?)"   //nolint:gosec // a statement, no credential
	sqlRetireSecrets = "UPDATE secrets SET retired = ? WHERE retired = 0 AND id <> ?"
	sqlDropSecrets   = "DELETE FROM secrets WHERE retired > 0 AND retired < ?" //nolint:gosec // a statement, no credential
)

// Secrets returns all secrets, the newest last.
func (r *Rows) Secrets(ctx context.Context) (secrets []account.Secret, err error) {
	err = r.read(ctx, "list secrets", func(c *file.Conn) error {
		return c.Each(sqlSecrets, nil, func(st *sqlite.Stmt) {
			secrets = append(secrets, account.Secret{
				ID: c.TextAt(st, 0), Bytes: file.BlobAt(st, 1),
				Created: record.Time(st.ColumnInt64(2)), Retired: record.Time(st.ColumnInt64(3)),
			})
		})
	})
	return secrets, err
}

// AddSecret keeps a secret and retires every other one at its Created; those
// retired before drop are removed. A secret whose id is taken is Conflict
// SECRET_TAKEN.
func (r *Rows) AddSecret(ctx context.Context, sec account.Secret, drop time.Time) error {
	return r.write(ctx, "add secret", true, func(t Tx) error {
		err := t.Run(sqlPutSecret, func(b *file.Binder) { b.Text(sec.ID).Blob(sec.Bytes).Time(sec.Created).Time(sec.Retired) })
		if file.Constraint(err) && !t.Wrote() {
			return record.SecretTaken(err)
		}
		if err != nil {
			return err
		}
		if err := t.Run(sqlRetireSecrets, func(b *file.Binder) { b.Time(sec.Created).Text(sec.ID) }); err != nil {
			return err
		}
		return t.Run(sqlDropSecrets, func(b *file.Binder) { b.Time(drop) })
	})
}
