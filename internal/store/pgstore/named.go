package pgstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

const (
	sqlInputFiles  = "SELECT id FROM claimcheck.jobs WHERE id > $1 AND input_where = 1 ORDER BY id LIMIT $2"
	sqlOutputFiles = "SELECT token FROM claimcheck.outputs WHERE token > $1 AND file ORDER BY token LIMIT $2"
	sqlUploadFiles = "SELECT " + uploadColumns + " FROM claimcheck.uploads WHERE id > $1 AND done ORDER BY id LIMIT $2"
	sqlLoneOutput  = "SELECT id, owner, size FROM claimcheck.outputs WHERE token = $1 AND NOT has_job FOR UPDATE"
)

// NamedKeys returns blob keys that rows name: of inputs, then of outputs, then
// of uploads; see protocol.Care.
func (s *Store) NamedKeys(ctx context.Context, after string, limit int) (keys []string, err error) {
	const what = "list blobs"
	folder, name, _ := strings.Cut(after, "/")
	switch folder {
	case "", "inputs":
		var last job.ID
		if name != "" {
			if last, err = job.ParseID(name); err != nil {
				return nil, fmt.Errorf("%s after %q: %w", what, after, err)
			}
		}
		err = s.read(ctx, s.pool, what, func(rows pgx.Rows) error {
			var id pgtype.UUID
			err := rows.Scan(&id)
			keys = append(keys, job.InputKey(id.Bytes))
			return err
		}, sqlInputFiles, uuid(last), limit)
		if err != nil || len(keys) == limit {
			return keys, err
		}
		name = ""
		fallthrough
	case "outputs":
		err = s.read(ctx, s.pool, what, func(rows pgx.Rows) error {
			var token string
			err := rows.Scan(&token)
			keys = append(keys, job.OutputKey(dec(token)))
			return err
		}, sqlOutputFiles, enc(name), limit-len(keys))
		if err != nil || len(keys) == limit {
			return keys, err
		}
		after = ""
	}
	last, _ := job.ParseUploadKey(after)
	list, err := s.listUploads(ctx, sqlUploadFiles, enc(last.ID), limit-len(keys))
	for i := range list {
		keys = append(keys, list[i].BlobKey())
	}
	return keys, err
}

// DropOutput removes an output that belongs to no job; NotFound NOT_FOUND.
func (s *Store) DropOutput(ctx context.Context, token string) error {
	return s.task(ctx, "drop output", nil, func(u *unit) error {
		var id pgtype.UUID
		var owner string
		var size int64
		found := false
		b := u.start()
		b.Queue(sqlLoneOutput, enc(token)).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&id, &owner, &size}, func() error {
				found = true
				return nil
			})
			return err
		})
		if err := u.send(b); err != nil {
			return err
		}
		if !found {
			return record.FileNotFound()
		}
		o, err := u.owner(dec(owner))
		if err != nil {
			return err
		}
		o.keep(-size)
		b = u.start()
		must(b.Queue(sqlDropOutput, []pgtype.UUID{id}, []string{enc(token)}), 1)
		return u.send(b)
	})
}
