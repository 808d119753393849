package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

const (
	sqlInputFiles  = "SELECT id FROM claimcheck.jobs WHERE id > $1 AND input_where = 1 ORDER BY id LIMIT $2"
	sqlOutputFiles = "SELECT token FROM claimcheck.outputs WHERE token > $1 AND file ORDER BY token LIMIT $2"
	sqlUploadFiles = "SELECT " + unit.UploadColumns + " FROM claimcheck.uploads WHERE id > $1 AND done AND etag <> '' ORDER BY id LIMIT $2"
	sqlLoneOutput  = "SELECT id, owner, size FROM claimcheck.outputs WHERE token = $1 AND NOT has_job FOR UPDATE"
)

// NamedKeys returns blob keys that rows name: of inputs, then of outputs, then
// of uploads; see protocol.Care.
func (s *Store) NamedKeys(ctx context.Context, after string, limit int) (keys []string, err error) {
	return record.NamedKeys(after, limit, namer{ctx, s})
}

// A namer lists the blobs that rows name.
type namer struct {
	ctx context.Context //nolint:containedctx // of one call
	s   *Store
}

func (n namer) list(sql string, key func(pgx.Rows) (string, error), after any, limit int) (keys []string, err error) {
	err = n.s.db.Read(n.ctx, n.s.db.Pool, "list blobs", func(rows pgx.Rows) error {
		k, err := key(rows)
		keys = append(keys, k)
		return err
	}, sql, after, limit)
	return keys, err
}

// NamedInputs lists inputs that are files.
func (n namer) NamedInputs(after job.ID, limit int) ([]string, error) {
	return n.list(sqlInputFiles, func(rows pgx.Rows) (string, error) {
		var id pgtype.UUID
		err := rows.Scan(&id)
		return job.InputKey(id.Bytes), err
	}, pg.UUID(after), limit)
}

// NamedOutputs lists outputs that are files.
func (n namer) NamedOutputs(after string, limit int) ([]string, error) {
	return n.list(sqlOutputFiles, func(rows pgx.Rows) (string, error) {
		var token string
		err := rows.Scan(&token)
		return job.OutputKey(pg.Dec(token)), err
	}, pg.Enc(after), limit)
}

// NamedUploads lists finished uploads.
func (n namer) NamedUploads(after string, limit int) ([]string, error) {
	return n.list(sqlUploadFiles, func(rows pgx.Rows) (string, error) {
		u, err := unit.ScanUpload(rows)
		return u.BlobKey(), err
	}, pg.Enc(after), limit)
}

// DropOutput removes an output that belongs to no job; NotFound NOT_FOUND.
func (s *Store) DropOutput(ctx context.Context, token string) error {
	return s.task(ctx, "drop output", nil, func(u *unit.Unit) error {
		var id pgtype.UUID
		var owner string
		var size int64
		found := false
		b := u.Start()
		b.Queue(sqlLoneOutput, pg.Enc(token)).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&id, &owner, &size}, func() error {
				found = true
				return nil
			})
			return err
		})
		if err := u.Send(b); err != nil {
			return err
		}
		if !found {
			return record.FileNotFound()
		}
		o, err := u.Owner(pg.Dec(owner))
		if err != nil {
			return err
		}
		o.Keep(-size)
		b = u.Start()
		pg.Must(b.Queue(sqlDropOutput, []pgtype.UUID{id}, []string{pg.Enc(token)}), 1)
		return u.Send(b)
	})
}
