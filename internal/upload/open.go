package upload

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// Open opens the upload that a job is bound to, whose input has a size. One that
// is gone or has changed is NotFound FILE_NOT_FOUND.
func Open(ctx context.Context, blobs blob.Store, s job.Source, size int64) (blob.Reader, error) {
	r, err := blobs.Open(ctx, s.Key)
	if fault.Is(err, fault.NotFound) {
		return nil, errNoFile
	}
	if err != nil {
		return nil, fmt.Errorf("open upload: %w", err)
	}
	if r.Size() != size || r.ETag() != s.ETag {
		return nil, errors.Join(errNoFile, r.Close())
	}
	return r, nil
}
