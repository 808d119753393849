package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// A Doctor compares rows with files. It needs no running queue.
type Doctor struct {
	Store Store
	Blobs blob.Store
	// Change makes changes; a running queue's tells its readers of them. Nil
	// means the store's.
	Change func(ctx context.Context, changes ...*job.Change) error
}

// Doctor returns a doctor of a running queue.
func (q *Queue) Doctor() *Doctor { return &Doctor{Store: q.Store, Blobs: q.Blobs, Change: q.change} }

// maxFindings bounds each list of a report; the numbers go on.
const maxFindings = 1000

// A Report is what a doctor found. Lists have the first thousand.
type Report struct {
	Files   int      `json:"files"`   // that rows name
	Orphans int      `json:"orphans"` // files that no row names
	Missing int      `json:"missing"` // files that rows name and that are not there
	Removed int      `json:"removed"` // orphans removed
	Dropped int      `json:"dropped"` // rows removed because their file is missing
	Orphan  []string `json:"orphan_files"`
	Lost    []string `json:"missing_files"`
}

// Healthy reports whether there was nothing to find, or all of it was mended.
func (r *Report) Healthy() bool { return r.Orphans == r.Removed && r.Missing == r.Dropped }

// Examine looks for files without rows, among those last modified before the
// given time, and for rows without files. With repair it removes these files, and
// what cannot be had without its file: jobs whose output is missing, uploads
// that no job has. Inputs that are missing stay in the report: an unfinished job
// fails by itself, a finished one has its result.
func (d *Doctor) Examine(ctx context.Context, before time.Time, repair bool) (Report, error) {
	var r Report
	if err := d.orphans(ctx, &r, before, repair); err != nil {
		return r, err
	}
	return r, d.missing(ctx, &r, repair)
}

func (d *Doctor) orphans(ctx context.Context, r *Report, before time.Time, repair bool) error {
	return eachOrphan(ctx, d.Store, d.Blobs, before, func(keys []string) error {
		r.Orphans += len(keys)
		r.Orphan = append(r.Orphan, keys[:min(len(keys), maxFindings-len(r.Orphan))]...)
		if !repair {
			return nil
		}
		err := d.Blobs.Remove(ctx, keys...)
		if err == nil {
			r.Removed += len(keys)
		}
		return err
	})
}

func (d *Doctor) missing(ctx context.Context, r *Report, repair bool) error {
	after := ""
	for {
		keys, err := d.Store.NamedKeys(ctx, after, sweepBatch)
		if err != nil {
			return fmt.Errorf("list files that rows name: %w", err)
		}
		if len(keys) == 0 {
			return nil
		}
		after = keys[len(keys)-1]
		for _, key := range keys {
			r.Files++
			if err := d.look(ctx, r, key, repair); err != nil {
				return err
			}
		}
	}
}

// look looks for one file that a row names.
func (d *Doctor) look(ctx context.Context, r *Report, key string, repair bool) error {
	f, err := d.Blobs.Open(ctx, key)
	if err == nil {
		return f.Close()
	}
	if !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("look for file: %w", err)
	}
	named, err := d.Store.Named(ctx, []string{key}) // it may have gone with its row meanwhile
	if err != nil || !named[0] {
		return err
	}
	r.Missing++
	if len(r.Lost) < maxFindings {
		r.Lost = append(r.Lost, key)
	}
	if !repair {
		return nil
	}
	dropped, err := d.drop(ctx, key)
	if dropped {
		r.Dropped++
	}
	return err
}

var errInUse = errors.New("jobs have the upload for input")

// drop removes what cannot be had without its file.
func (d *Doctor) drop(ctx context.Context, key string) (dropped bool, err error) {
	if token, ok := strings.CutPrefix(key, job.OutputKey("")); ok {
		return d.dropOutput(ctx, token)
	}
	u, ok := job.ParseUploadKey(key)
	if !ok {
		return false, nil
	}
	err = d.Store.ChangeUpload(ctx, u.ID, func(u *job.Upload, _ job.Ledger) (bool, error) {
		if u.Jobs > 0 {
			return false, errInUse
		}
		return false, nil
	})
	if errors.Is(err, errInUse) {
		return false, nil
	}
	return err == nil, err
}

func (d *Doctor) dropOutput(ctx context.Context, token string) (bool, error) {
	o, err := d.Store.Output(ctx, token)
	if err != nil {
		return false, fmt.Errorf("drop output: %w", err)
	}
	if o.Job == (job.ID{}) {
		err := d.Store.DropOutput(ctx, token)
		return err == nil, err
	}
	c := &job.Change{ID: o.Job, Decide: func(c *job.Change, j *job.Job, _ job.Ledger) error {
		c.Delete = j.Status.Final()
		return nil
	}}
	if d.Change != nil {
		err = d.Change(ctx, c)
	} else {
		err = d.Store.Change(ctx, []*job.Change{c})
	}
	if err = errors.Join(err, c.Err); err != nil {
		return false, fmt.Errorf("drop job without its output: %w", err)
	}
	return c.Delete, d.Blobs.Remove(ctx, c.Files...)
}
