package protocol

import (
	"context"

	"claimcheck/internal/job"
)

// Uploads is the store of uploads. account.Counts has the pending ones, and
// their sizes are in StoredBytes. When a job is deleted its upload's Jobs is
// one less, and at 0 the upload is deleted with it, its blob being among the
// change's Files.
type Uploads interface {
	// Upload returns an upload; NotFound FILE_NOT_FOUND.
	Upload(ctx context.Context, id string) (job.Upload, error)
	// AddUpload asks admit in its transaction and keeps a new pending upload of no bytes; on
	// admit's error nothing is written. An id that is taken is Conflict ID_TAKEN.
	AddUpload(ctx context.Context, u *job.Upload, admit func(Ledger) error) error
	// ChangeUpload shows an upload to decide in its transaction: Done, Size, ETag,
	// Expires and Resume may be changed, or, if it has no Jobs, it is removed where
	// decide does not keep it. decide may be called more than once; on its error
	// nothing is written. NotFound FILE_NOT_FOUND.
	ChangeUpload(ctx context.Context, id string, decide func(*job.Upload, Ledger) (keep bool, err error)) error
	// PendingUploads returns an owner's pending uploads, oldest first.
	PendingUploads(ctx context.Context, owner string, limit int) ([]job.Upload, error)
}
