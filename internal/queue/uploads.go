package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/store/protocol"
)

const (
	// uploadGrace is for how long a file may still arrive after its form has
	// expired, or after the last sign that it is arriving: a transfer that began
	// in time may end.
	uploadGrace   = 15 * time.Minute
	maxLookedAt   = 100 // pending uploads of an owner that are looked for at once
	retryUploads  = time.Minute
	codeNoFile    = "FILE_NOT_FOUND"
	defaultUpload = time.Hour
)

var errNoFile = fault.New(fault.NotFound, codeNoFile, "There is no such upload, or it is not finished, or its time was over.")

// A Place is where a client may put a file.
type Place struct {
	Upload   job.Upload
	Expires  time.Time // until when the transfer must begin
	MaxBytes int64     // 0 for no limit
}

// NewUpload keeps a place for a file. Failures: Invalid INVALID_FILENAME,
// Limited TOO_MANY_UPLOADS and STORAGE_FULL.
func (q *Queue) NewUpload(ctx context.Context, owner string, plan account.Plan, name string) (Place, error) {
	if _, ok := job.FileExtension(name); !ok {
		return Place{}, fault.New(fault.Invalid, "INVALID_FILENAME",
			"filename must have at most 100 letters, digits, _ and -, and one point before an extension that is allowed.").With("allowed", media.UploadExtensions)
	}
	var random [16]byte
	if _, err := io.ReadFull(q.config.Random, random[:]); err != nil {
		return Place{}, fmt.Errorf("make upload id: %w", err)
	}
	p := Place{Upload: job.Upload{ID: job.NewUploadID(random), Owner: owner, Name: name}}
	err := q.addUpload(ctx, &p, plan)
	if fault.IsCode(err, "TOO_MANY_UPLOADS") { // some may have arrived without our being told
		if n, lookErr := q.lookForUploads(ctx, owner, plan); lookErr == nil && n > 0 {
			err = q.addUpload(ctx, &p, plan)
		}
	}
	return p, err
}

func (q *Queue) addUpload(ctx context.Context, p *Place, plan account.Plan) error {
	err := q.config.Store.AddUpload(ctx, &p.Upload, func(l protocol.Ledger) error {
		has, err := l.Counts(p.Upload.Owner)
		if err != nil {
			return err
		}
		p.Upload.Created = l.Now()
		p.Expires = l.Now().Add(q.uploadExpiry())
		p.Upload.Expires = p.Expires.Add(uploadGrace)
		p.MaxBytes, err = admitUpload(has, plan)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a place for an upload: %w", err)
	}
	return nil
}

func (q *Queue) uploadExpiry() time.Duration {
	if q.config.UploadExpiry <= 0 {
		return defaultUpload
	}
	return q.config.UploadExpiry
}

// admitUpload says how many bytes may be uploaded, 0 for any number.
func admitUpload(has account.Counts, plan account.Plan) (maxBytes int64, err error) {
	if plan.MaxPendingUploads > 0 && has.PendingUploads >= plan.MaxPendingUploads {
		return 0, fault.New(fault.Limited, "TOO_MANY_UPLOADS",
			"%d uploads are begun and not finished, as many as the plan allows.", has.PendingUploads).
			With("limit", plan.MaxPendingUploads).After(retryUploads)
	}
	maxBytes = plan.MaxInputBytes
	if plan.MaxStoredBytes > 0 {
		left := plan.MaxStoredBytes - has.StoredBytes
		if left <= 0 {
			return 0, storageFull(plan)
		}
		if maxBytes == 0 || left < maxBytes {
			maxBytes = left
		}
	}
	return maxBytes, nil
}

func storageFull(plan account.Plan) error {
	return fault.New(fault.Limited, "STORAGE_FULL",
		"The plan's %d bytes of storage are used up; delete jobs or wait until some expire.", plan.MaxStoredBytes).
		With("limit", plan.MaxStoredBytes).After(retryUploads)
}

// Upload returns an upload that may still arrive or is there; NotFound
// FILE_NOT_FOUND.
func (q *Queue) Upload(ctx context.Context, id string) (job.Upload, error) {
	u, err := q.config.Store.Upload(ctx, id)
	if err != nil {
		return job.Upload{}, fmt.Errorf("get upload: %w", err)
	}
	if !q.config.Now().Before(u.Expires) {
		return job.Upload{}, errNoFile
	}
	return u, nil
}

// An UploadedFile is the file of an upload that has arrived.
type UploadedFile struct {
	Size int64
	ETag string
	Type string // Content-Type that the client gave it; empty if unknown
}

// RenewUpload says that an upload's file is arriving, which is to be said again
// within [RenewUploadEvery]. Failures: Conflict UPLOAD_EXISTS, NotFound
// FILE_NOT_FOUND.
func (q *Queue) RenewUpload(ctx context.Context, id string) error {
	err := q.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
		if u.Done {
			return false, ErrUploadExists
		}
		if until := l.Now().Add(uploadGrace); until.After(u.Expires) {
			u.Expires = until
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("renew upload: %w", err)
	}
	return nil
}

// RenewUploadEvery is how often a transfer is to be renewed.
const RenewUploadEvery = uploadGrace / 3

// FinishUpload says that an upload's file is there; it is kept for the plan's
// retention, or as long as a job has it for input. Failures: Conflict
// UPLOAD_EXISTS if that was said before, Limited STORAGE_FULL, NotFound
// FILE_NOT_FOUND.
func (q *Queue) FinishUpload(ctx context.Context, id string, plan account.Plan, f UploadedFile) error {
	err := q.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
		if u.Done {
			return false, ErrUploadExists
		}
		has, err := l.Counts(u.Owner)
		if err != nil {
			return false, err
		}
		if plan.MaxStoredBytes > 0 && has.StoredBytes+f.Size > plan.MaxStoredBytes {
			return false, storageFull(plan)
		}
		u.Done, u.Size, u.ETag, u.Type, u.Expires = true, f.Size, f.ETag, f.Type, l.Now().Add(q.RetentionOf(plan))
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("finish upload: %w", err)
	}
	return nil
}

// ErrUploadInUse refuses to remove an upload that jobs have for input.
var ErrUploadInUse = fault.New(fault.Conflict, "UPLOAD_IN_USE", "Jobs have this upload for input; it goes with the last of them. Delete them first.")

// DropUpload removes an owner's upload, begun or finished, and its file. Failures:
// NotFound FILE_NOT_FOUND, for another owner's as well; Conflict UPLOAD_IN_USE.
func (q *Queue) DropUpload(ctx context.Context, owner, id string) error {
	if !job.IsUploadID(id) {
		return errNoUpload
	}
	var was job.Upload
	err := q.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (keep bool, err error) {
		switch was = *u; {
		case u.Owner != owner, u.Jobs == 0 && !l.Now().Before(u.Expires):
			return false, errNoUpload
		case u.Jobs > 0:
			return false, ErrUploadInUse
		}
		return false, nil
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return errNoUpload
	case err != nil:
		return fmt.Errorf("remove upload: %w", err)
	}
	if err := q.config.Blobs.Remove(ctx, was.BlobKey()); err != nil {
		q.config.Log.WarnContext(ctx, "file of a removed upload left behind for the collector", "err", err)
	}
	return nil
}

var errNoUpload = fault.New(fault.NotFound, codeNoFile, "There is no such upload, or its time was over.")

// ErrUploadExists refuses a second file for one upload.
var ErrUploadExists = fault.New(fault.Conflict, "UPLOAD_EXISTS", "This upload has its file already; ask for another upload.")

// FindUpload returns an owner's finished upload by its key, as it is now; for
// every reason why there is none, NotFound FILE_NOT_FOUND.
func (q *Queue) FindUpload(ctx context.Context, owner string, plan account.Plan, key string) (job.Upload, error) {
	named, ok := job.ParseUploadKey(key)
	if !ok || named.Owner != owner || named.Key() != key {
		return job.Upload{}, errNoFile
	}
	u, err := q.Upload(ctx, named.ID)
	if err != nil {
		return job.Upload{}, err
	}
	if u.Key() != key {
		return job.Upload{}, errNoFile
	}
	there, err := q.lookForUpload(ctx, &u, plan)
	if err != nil {
		return job.Upload{}, err
	}
	if !there {
		return job.Upload{}, errNoFile
	}
	return q.Upload(ctx, u.ID)
}

// putAgain says that an upload has another file now: a bucket takes a second
// post of the same form while that is good.
func (q *Queue) putAgain(ctx context.Context, id string, plan account.Plan, size int64, etag string) error {
	err := q.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
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

// lookForUpload looks whether an upload's file is there, and as the row says it
// is. It finishes a pending upload whose file is there all the same: the client
// gave it to the storage itself, or the process that took it died before it could
// say so.
func (q *Queue) lookForUpload(ctx context.Context, u *job.Upload, plan account.Plan) (there bool, err error) {
	r, err := q.config.Blobs.Open(ctx, u.BlobKey())
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
		err = q.FinishUpload(ctx, u.ID, plan, UploadedFile{Size: size, ETag: etag})
	case u.Size != size || u.ETag != etag:
		err = q.putAgain(ctx, u.ID, plan, size, etag)
	}
	if errors.Is(err, ErrUploadExists) {
		err = nil // somebody else was quicker
	}
	return err == nil, err
}

// lookForUploads looks for an owner's pending uploads and returns how many are
// there.
func (q *Queue) lookForUploads(ctx context.Context, owner string, plan account.Plan) (n int, err error) {
	list, err := q.config.Store.PendingUploads(ctx, owner, maxLookedAt)
	if err != nil {
		return 0, fmt.Errorf("list pending uploads: %w", err)
	}
	for i := range list {
		there, err := q.lookForUpload(ctx, &list[i], plan)
		if err != nil {
			return n, err
		}
		if there {
			n++
		}
	}
	return n, nil
}

// someUploads removes uploads that expired without ever having had a job, and
// finishes those whose file has arrived without our being told. While the storage
// of files is away it tries only a few.
func (s *sweep) someUploads(ctx context.Context, now time.Time) (n int, more bool) {
	list, err := protocol.ExpiredUploads(ctx, s.q.config.Store, now, sweepBatch+len(s.uploads))
	if err != nil {
		s.fail("find expired uploads", err)
		return 0, false
	}
	list = slices.DeleteFunc(list, func(u job.Upload) bool { return s.uploads[u.ID] })
	list = list[:min(len(list), sweepBatch)]
	away, stuck := 0, len(s.uploads)
	for i := range list {
		swept, err := s.q.sweepUpload(ctx, &list[i], now)
		if err != nil {
			s.fail("remove expired upload "+list[i].ID, err)
		}
		if swept {
			n++
		} else if err != nil && ctx.Err() == nil {
			s.uploads[list[i].ID] = true
		}
		if away++; !fault.Is(err, fault.Unavailable) {
			away = 0
		}
		if away == maxAway || ctx.Err() != nil {
			return n, false
		}
	}
	return n, len(list) == sweepBatch && n+len(s.uploads) > stuck && len(s.uploads) < maxStuck
}

// sweepUpload reports whether an upload has not expired any more: it is gone, or
// its file was found.
func (q *Queue) sweepUpload(ctx context.Context, u *job.Upload, now time.Time) (swept bool, err error) {
	if !u.Done {
		there, err := q.lookForUpload(ctx, u, q.PlanOf(ctx, u.Owner))
		if there || err != nil && !fault.IsCode(err, "STORAGE_FULL") {
			return there, err
		}
	}
	gone := false
	err = q.config.Store.ChangeUpload(ctx, u.ID, func(u *job.Upload, l protocol.Ledger) (keep bool, err error) {
		gone = u.Jobs == 0 && !now.Before(u.Expires) && !l.Now().Before(u.Expires)
		return !gone, nil
	})
	if fault.Is(err, fault.NotFound) {
		gone, err = true, nil
	}
	if err != nil || !gone {
		return false, err
	}
	return true, q.config.Blobs.Remove(ctx, u.BlobKey())
}

// OpenUpload opens the upload that a job is bound to. One that is gone or has
// changed is NotFound FILE_NOT_FOUND.
func (q *Queue) OpenUpload(ctx context.Context, s job.Source, size int64) (blob.Reader, error) {
	r, err := q.config.Blobs.Open(ctx, s.Key)
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
