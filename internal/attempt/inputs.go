package attempt

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/upload"
)

// Inputs opens the inputs of claimed jobs, wherever they are. It is safe for
// concurrent use.
type Inputs struct {
	Queue *queue.Queue
	Blobs blob.Store
	Fetch Fetcher
	Now   func() time.Time // for dates of Retry-After; nil means time.Now
}

// An Input is open; its size is -1 and its type empty if unknown.
type Input struct {
	io.ReadCloser
	Size int64
	Type string // Content-Type
}

// Open opens a job's input for one attempt. most and extensions are for inputs at
// URLs: reading more than most bytes fails (0: no limit), and the media type must
// be one of files with these extensions (none: any). Failures that are the client's:
// NotFound FILE_NOT_FOUND for an upload that is gone or has changed, and those of
// the fetch, which also come from reading.
func (o *Inputs) Open(ctx context.Context, c *queue.Claimed, extensions []string, most int64) (Input, error) {
	j := &c.Job
	if j.Input.Where == job.InFile {
		r, err := o.Blobs.Open(ctx, job.InputKey(j.ID))
		if err != nil {
			return Input{}, ourLoss(j, err)
		}
		return Input{r, r.Size(), j.Input.Type}, nil
	}
	stored := c.Input
	if stored == nil {
		var err error
		if stored, err = o.Queue.Input(ctx, j.ID); err != nil {
			return Input{}, ourLoss(j, err)
		}
	}
	if j.Input.Where == job.Inline {
		return Input{memory{bytes.NewReader(stored)}, int64(len(stored)), j.Input.Type}, nil
	}
	source, err := job.ParseSource(stored)
	if err != nil {
		return Input{}, fmt.Errorf("input of job %s: %w", j.ID, err)
	}
	if j.Input.Where == job.AtURL {
		in, err := o.fetch(ctx, source.URL, extensions, most)
		if err == nil && in.Type == "" {
			in.Type = j.Input.Type
		}
		return in, err
	}
	r, err := upload.Open(ctx, o.Blobs, source, j.Input.Size)
	if err != nil {
		return Input{}, err
	}
	return Input{r, r.Size(), j.Input.Type}, nil
}

// memory is an input that is in memory, which can be read from any offset.
type memory struct{ *bytes.Reader }

// Close does nothing: memory needs no closing.
func (memory) Close() error { return nil }

// ourLoss keeps a missing input from looking like the client's mistake.
func ourLoss(j *job.Job, err error) error {
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("input of job %s is missing: %v", j.ID, err) //nolint:errorlint // it must not look like the client's fault
	}
	return err
}
