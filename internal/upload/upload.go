// Package upload has the rules of files that clients hand in before the jobs
// that read them: an upload form is given out, the file arrives by it, here or in
// a bucket, and is kept until no job has it for input; or it arrives in parts, by
// several connections ([Uploads.Start]). Rows are behind [protocol.Uploads], files
// behind [blob.Store] and [blob.Grower]; what has expired is removed when
// package care says so.
package upload

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/store/protocol"
)

const (
	// grace is for how long a file may still arrive after its form has
	// expired, or after the last sign that it is arriving: a transfer that began
	// in time may end.
	grace         = 15 * time.Minute
	maxLookedAt   = 100 // pending uploads of an owner that are looked for at once
	retryAfter    = time.Minute
	codeNoFile    = "FILE_NOT_FOUND"
	defaultExpiry = time.Hour
)

var errNoFile = fault.New(fault.NotFound, codeNoFile, "There is no such upload, or it is not finished, or its time was over.")

// Config is what Uploads need.
type Config struct {
	Store  protocol.Uploads
	Blobs  blob.Store
	Log    *slog.Logger
	Now    func() time.Time // the store's clock
	Random io.Reader        // unpredictable: crypto/rand.Reader
	Expiry time.Duration    // within which the transfer of a new upload must begin; 0 means an hour

	Grower blob.Grower // of the same storage as Blobs
	Alone  bool        // no other process uses the store

	PlanOf      func(ctx context.Context, owner string) account.Plan
	RetentionOf func(account.Plan) time.Duration // how long a file is kept that no job has for input
}

// Uploads are the rules at work. They are safe for concurrent use.
type Uploads struct {
	config  Config
	writers writers
}

// New returns uploads.
func New(c Config) *Uploads {
	s := &Uploads{config: c}
	s.writers.process = rand.Text() + "-"
	return s
}

// A Form says where a client may put a file.
type Form struct {
	Upload   job.Upload
	Expires  time.Time // until when the transfer must begin
	MaxBytes int64     // 0 for no limit
}

// Begin begins an upload: it gives out a form for a file. Failures: Invalid
// INVALID_FILENAME, Limited TOO_MANY_UPLOADS and STORAGE_FULL.
func (s *Uploads) Begin(ctx context.Context, owner string, plan account.Plan, name string) (Form, error) {
	if err := checkName(name); err != nil {
		return Form{}, err
	}
	var random [16]byte
	if _, err := io.ReadFull(s.config.Random, random[:]); err != nil {
		return Form{}, fmt.Errorf("make upload id: %w", err)
	}
	f := Form{Upload: job.Upload{ID: job.NewUploadID(random), Owner: owner, Name: name}}
	err := s.addLooking(ctx, &f.Upload, plan, func(l protocol.Ledger) error {
		has, err := l.Counts(f.Upload.Owner)
		if err != nil {
			return err
		}
		f.Upload.Created = l.Now()
		f.Expires = l.Now().Add(s.expiry())
		f.Upload.Expires = f.Expires.Add(grace)
		f.MaxBytes, err = admit(has, plan)
		return err
	})
	return f, err
}

// addLooking keeps a new upload if admit admits it. While there are too many that
// are pending it looks whether some of them have arrived without our being told.
func (s *Uploads) addLooking(ctx context.Context, u *job.Upload, plan account.Plan, admit func(protocol.Ledger) error) error {
	err := s.config.Store.AddUpload(ctx, u, admit)
	if fault.IsCode(err, "TOO_MANY_UPLOADS") {
		if n, lookErr := s.lookForAll(ctx, u.Owner, plan); lookErr == nil && n > 0 {
			err = s.config.Store.AddUpload(ctx, u, admit)
		}
	}
	if err != nil {
		return fmt.Errorf("begin an upload: %w", err)
	}
	return nil
}

// checkName refuses what an upload cannot be called: Invalid INVALID_FILENAME.
func checkName(name string) error {
	if _, ok := job.FileExtension(name); !ok {
		return fault.New(fault.Invalid, "INVALID_FILENAME",
			"filename must have at most 100 letters, digits, _ and -, and one point before an extension that is allowed.").With("allowed", media.UploadExtensions)
	}
	return nil
}

// Life is for how long a new upload's file is waited for.
func (s *Uploads) Life() time.Duration { return s.expiry() + grace }

func (s *Uploads) expiry() time.Duration {
	if s.config.Expiry <= 0 {
		return defaultExpiry
	}
	return s.config.Expiry
}

// admit says how many bytes may be uploaded, 0 for any number.
func admit(has account.Counts, plan account.Plan) (maxBytes int64, err error) {
	if plan.MaxPendingUploads > 0 && has.PendingUploads >= plan.MaxPendingUploads {
		return 0, fault.New(fault.Limited, "TOO_MANY_UPLOADS",
			"%d uploads are begun and not finished, as many as the plan allows.", has.PendingUploads).
			With("limit", plan.MaxPendingUploads).After(retryAfter)
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
		With("limit", plan.MaxStoredBytes).After(retryAfter)
}

// Get returns an upload that may still arrive or is there; NotFound
// FILE_NOT_FOUND.
func (s *Uploads) Get(ctx context.Context, id string) (job.Upload, error) {
	u, err := s.config.Store.Upload(ctx, id)
	if err != nil {
		return job.Upload{}, fmt.Errorf("get upload: %w", err)
	}
	over, err := isMemory(&u)
	switch {
	case err != nil:
		return job.Upload{}, err
	case over, !s.config.Now().Before(u.Expires):
		return job.Upload{}, errNoFile
	}
	return u, nil
}

// A File is the file of an upload that has arrived.
type File struct {
	Size int64
	ETag string
	Type string // Content-Type that the client gave it; empty if unknown
}

// Renew says that an upload's file is arriving, which is to be said again
// within [RenewEvery]. Failures: Conflict UPLOAD_EXISTS, NotFound
// FILE_NOT_FOUND.
func (s *Uploads) Renew(ctx context.Context, id string) error {
	err := s.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
		if u.Done {
			return false, ErrExists
		}
		if until := l.Now().Add(grace); until.After(u.Expires) {
			u.Expires = until
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("renew upload: %w", err)
	}
	return nil
}

// RenewEvery is how often a transfer is to be renewed.
const RenewEvery = grace / 3

// Finish says that an upload's file is there; it is kept for the plan's
// retention, or as long as a job has it for input. Failures: Conflict
// UPLOAD_EXISTS if that was said before, Limited STORAGE_FULL, NotFound
// FILE_NOT_FOUND.
func (s *Uploads) Finish(ctx context.Context, id string, plan account.Plan, f File) error {
	err := s.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
		if u.Done {
			return false, ErrExists
		}
		has, err := l.Counts(u.Owner)
		if err != nil {
			return false, err
		}
		if plan.MaxStoredBytes > 0 && has.StoredBytes-u.Size+f.Size > plan.MaxStoredBytes {
			return false, storageFull(plan)
		}
		life := s.config.RetentionOf(plan)
		if u.Resume != "" {
			state, err := job.ParseResume(u.Resume)
			if err != nil {
				return false, err
			}
			if f.Type = state.Type; state.Part {
				life = s.expiry()
			}
		}
		u.Done, u.Size, u.ETag, u.Type, u.Expires = true, f.Size, f.ETag, f.Type, l.Now().Add(life)
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("finish upload: %w", err)
	}
	return nil
}

// ErrExists refuses a second file for one upload.
var ErrExists = fault.New(fault.Conflict, "UPLOAD_EXISTS", "This upload has its file already; ask for another upload.")

var errGone = fault.New(fault.NotFound, codeNoFile, "There is no such upload, or its time was over.")
