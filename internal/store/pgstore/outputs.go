package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	sqlOutput = `SELECT id, owner, has_job, name, content_type, size, sha256, file, created, expires, data, filename, on_read
		FROM claimcheck.outputs WHERE token = $1`
	sqlNamed = `SELECT 'o' || token FROM claimcheck.outputs WHERE token = ANY($1) AND file
		UNION ALL SELECT 'i' || id::text FROM claimcheck.jobs WHERE id = ANY($2) AND input_where = 1
		UNION ALL SELECT 'u' || owner || '/' || id || '/' || name FROM claimcheck.uploads WHERE id = ANY($3)`
)

// Output returns an output with its inline data, expired or not; NotFound with
// code NOT_FOUND.
func (s *Store) Output(ctx context.Context, token string) (job.Output, error) {
	o := job.Output{Token: token}
	var id pgtype.UUID
	var hasJob bool
	var sum []byte
	var created, expires int64
	found, err := s.db.One(ctx, "get output", []any{
		&id, &o.Owner, &hasJob, &o.Name, &o.ContentType, &o.Size, &sum, &o.File, &created, &expires, &o.Data, &o.Filename, &o.OnRead,
	}, sqlOutput, pg.Enc(token))
	if err == nil && !found {
		err = record.FileNotFound()
	}
	if err != nil {
		return job.Output{}, err
	}
	if hasJob {
		o.Job = id.Bytes
	}
	copy(o.SHA256[:], sum)
	o.Owner, o.Name, o.ContentType, o.Filename = pg.Dec(o.Owner), pg.Dec(o.Name), pg.Dec(o.ContentType), pg.Dec(o.Filename)
	o.Created, o.Expires = record.Time(created), record.Time(expires)
	if o.File {
		o.Data = nil
	}
	return o, nil
}

// Named reports for each blob key whether a row names it.
func (s *Store) Named(ctx context.Context, keys []string) ([]bool, error) {
	var tokens, uploads []string
	var ids []pgtype.UUID
	rows := make([]string, len(keys)) // what the query returns for a key that is named
	for i, key := range keys {
		switch b := record.ParseBlob(key); {
		case b.Output != "":
			tokens = append(tokens, pg.Enc(b.Output))
			rows[i] = "o" + pg.Enc(b.Output)
		case b.Upload.ID != "":
			uploads = append(uploads, b.Upload.ID)
			rows[i] = "u" + b.Upload.Key()
		case b.Input != job.ID{}:
			ids = append(ids, pg.UUID(b.Input))
			rows[i] = "i" + b.Input.String()
		}
	}
	found := map[string]bool{}
	err := s.db.Read(ctx, s.db.Pool, "look up blobs", func(r pgx.Rows) error {
		var row string
		err := r.Scan(&row)
		found[row] = true
		return err
	}, sqlNamed, tokens, ids, uploads)
	if err != nil {
		return nil, err
	}
	named := make([]bool, len(keys))
	for i, row := range rows {
		named[i] = found[row]
	}
	return named, nil
}
