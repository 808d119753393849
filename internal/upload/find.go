package upload

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Find returns an owner's finished upload by its key, as it is now; for
// every reason why there is none, NotFound FILE_NOT_FOUND.
func (s *Uploads) Find(ctx context.Context, owner string, plan account.Plan, key string) (job.Upload, error) {
	named, ok := job.ParseUploadKey(key)
	if !ok || named.Owner != owner || named.Key() != key || named.Name == job.PartName {
		return job.Upload{}, errNoFile
	}
	u, err := s.Get(ctx, named.ID)
	if err != nil {
		return job.Upload{}, err
	}
	if u.Key() != key {
		return job.Upload{}, errNoFile
	}
	there, err := s.look(ctx, &u, plan)
	if err != nil {
		return job.Upload{}, err
	}
	if !there {
		return job.Upload{}, errNoFile
	}
	return s.Get(ctx, u.ID)
}

// putAgain says that an upload has another file now: a bucket takes a second
// post of the same form while that is good.
func (s *Uploads) putAgain(ctx context.Context, id string, plan account.Plan, size int64, etag string) error {
	err := s.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
		over, err := isMemory(u)
		switch {
		case err != nil:
			return false, err
		case over: // it was given up meanwhile
			return false, errNoFile
		}
		has, err := l.Counts(u.Owner)
		if err != nil {
			return false, err
		}
		if plan.MaxStoredBytes > 0 && has.StoredBytes-u.Size+size > plan.MaxStoredBytes {
			return false, storageFull(plan)
		}
		u.Size, u.ETag = size, etag
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("change upload: %w", err)
	}
	return nil
}

// look looks whether an upload's file is there, and as the row says it
// is. It finishes a pending upload whose file is there all the same: the client
// gave it to the storage itself, or the process that took it died before it could
// say so. Only what was to be joined is not finished so: if its process died, its client was
// not told of it.
func (s *Uploads) look(ctx context.Context, u *job.Upload, plan account.Plan) (there bool, err error) {
	if !u.Done && u.Resume != "" {
		state, err := job.ParseResume(u.Resume)
		if err != nil || state.Of != nil {
			return false, err
		}
	}
	r, err := s.config.Blobs.Open(ctx, u.BlobKey())
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for upload: %w", err)
	}
	size, etag := r.Size(), r.ETag()
	if err := r.Close(); err != nil {
		return false, fmt.Errorf("look for upload: %w", err)
	}
	switch {
	case !u.Done:
		err = s.Finish(ctx, u.ID, plan, File{Size: size, ETag: etag})
	case u.Size != size || u.ETag != etag:
		err = s.putAgain(ctx, u.ID, plan, size, etag)
	}
	if errors.Is(err, ErrExists) {
		err = nil // somebody else was quicker
	}
	return err == nil, err
}

// lookForAll looks for an owner's pending uploads and returns how many are
// there.
func (s *Uploads) lookForAll(ctx context.Context, owner string, plan account.Plan) (n int, err error) {
	list, err := s.config.Store.PendingUploads(ctx, owner, maxLookedAt)
	if err != nil {
		return 0, fmt.Errorf("list pending uploads: %w", err)
	}
	for i := range list {
		there, err := s.look(ctx, &list[i], plan)
		if err != nil {
			return n, err
		}
		if there {
			n++
		}
	}
	return n, nil
}
