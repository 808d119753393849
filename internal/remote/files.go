package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// Input opens the input of an attempt that runs elsewhere. Failures: LeaseLost.
func (d *Desk) Input(ctx context.Context, r Ref) (io.ReadSeeker, io.Closer, error) {
	c, err := d.held(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	if !c.Job.Input.File {
		b, err := d.Queue.Input(ctx, r.Job)
		if fault.Is(err, fault.NotFound) {
			return nil, nil, fmt.Errorf("input of job %s is missing: %v", r.Job, err) //nolint:errorlint // it is our loss
		}
		in := bytes.NewReader(b)
		return in, io.NopCloser(in), err
	}
	in, err := d.Blobs.Open(ctx, job.InputKey(r.Job))
	if err != nil {
		return nil, nil, fmt.Errorf("open input of job %s: %v", r.Job, err) //nolint:errorlint // it is our loss
	}
	return in, in, nil
}

// Put keeps the file that an attempt made; it is durable when Put returns, and
// takes the place of one that was put before. While it arrives the lease is
// renewed. Failures: LeaseLost, Invalid OUTPUT_TOO_LARGE, those of reading it.
func (d *Desk) Put(ctx context.Context, r Ref, contentType string, from io.Reader) error {
	c, err := d.held(ctx, r)
	if err != nil {
		return err
	}
	most := d.Queue.PlanOf(ctx, c.Job.Owner).MaxOutputBytes
	alive := &aliveReader{d: d, ctx: ctx, c: c, r: from, last: d.Now()}
	out, err := d.Runner.Keep(ctx, alive, most, fileType(c.Job.Tool, contentType), c.Job.RequestID)
	if err != nil {
		return err
	}
	if err = d.Queue.PutOutput(context.WithoutCancel(ctx), c, out.Output); err != nil && !unknown(err) {
		d.Runner.Discard(context.WithoutCancel(ctx), out)
	}
	return err
}

// unknown reports whether it could not be found out if a commit happened: then
// the file must stay.
func unknown(err error) bool { return fault.Is(err, fault.Unavailable) }

// An aliveReader is an upload that is a sign of life.
type aliveReader struct {
	d    *Desk
	ctx  context.Context //nolint:containedctx // io.Reader has no place for it, and it lives as long as one upload
	c    queue.Claimed
	r    io.Reader
	last time.Time
}

// Read reads, and fails with LeaseLost once the attempt is over.
func (a *aliveReader) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if now := a.d.Now(); now.Sub(a.last) > a.d.Queue.Lease/3 {
		a.last = now
		if _, _, err := a.d.Queue.Renew(a.ctx, a.c, 0); err != nil {
			return n, err
		}
	}
	return n, err
}
