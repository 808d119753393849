package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlPendingUploads = "SELECT " + unit.UploadColumns + " FROM claimcheck.uploads WHERE owner = $1 AND NOT done ORDER BY created LIMIT $2"
)

func (s *Store) listUploads(ctx context.Context, sql string, args ...any) (list []job.Upload, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list uploads", func(rows pgx.Rows) error {
		u, err := unit.ScanUpload(rows)
		list = append(list, u)
		return err
	}, sql, args...)
	return list, err
}

// Upload returns an upload; NotFound FILE_NOT_FOUND.
func (s *Store) Upload(ctx context.Context, id string) (job.Upload, error) {
	list, err := s.listUploads(ctx, unit.SQLUpload, pg.Enc(id))
	if err == nil && len(list) == 0 {
		err = record.UploadNotFound()
	}
	if err != nil {
		return job.Upload{}, err
	}
	return list[0], nil
}

// PendingUploads returns an owner's pending uploads, oldest first.
func (s *Store) PendingUploads(ctx context.Context, owner string, limit int) ([]job.Upload, error) {
	return s.listUploads(ctx, sqlPendingUploads, pg.Enc(owner), limit)
}

// AddUpload keeps a new pending upload; see protocol.Uploads.
func (s *Store) AddUpload(ctx context.Context, up *job.Upload, admit func(protocol.Ledger) error) error {
	return s.task(ctx, "add upload", []string{up.Owner}, func(u *unit.Unit) error { return u.AddUpload(up, admit) })
}

// ChangeUpload lets decide change an upload; see protocol.Uploads.
func (s *Store) ChangeUpload(ctx context.Context, id string, decide func(*job.Upload, protocol.Ledger) (keep bool, err error)) error {
	seen, err := s.Upload(ctx, id)
	if err != nil {
		return err
	}
	return s.task(ctx, "change upload", []string{seen.Owner}, func(u *unit.Unit) error { return u.ChangeUpload(&seen, decide) })
}
