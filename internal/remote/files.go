package remote

import (
	"cmp"
	"context"
	"io"
	"time"

	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/filename"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
	"claimcheck/internal/words"
)

// Input opens the input of a remote attempt; what is at a URL is
// fetched now. One that does not fit the tool's input schema ends the job, and
// with it the lease. Failures: LeaseLost, and those of attempt.Inputs.
func (d *Desk) Input(ctx context.Context, r Ref) (attempt.Input, error) {
	c, err := d.current(ctx, r)
	if err != nil {
		return attempt.Input{}, err
	}
	var spec tool.Spec // of a tool that is gone since: any input will do, the attempt goes on
	if t, ok := d.Tools.Get(c.Job.Tool); ok {
		spec = t.Spec()
	}
	ctx = d.Trace.Within(ctx, &c.Job, c.Lease.Attempt)
	in, err := d.Inputs.Open(ctx, &c, spec.Extensions, d.Queue.PlanOf(ctx, c.Job.Owner).MaxInputBytes)
	if err != nil {
		return attempt.Input{}, err
	}
	in, err = attempt.Check(ctx, &spec, c.Job.Input.Where, in)
	if spec.CheckInput == nil || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
		return in, err
	}
	ctx, cancel := recording(ctx)
	defer cancel()
	code := fault.Of(err).Code
	_, err = d.Queue.Fail(ctx, c, err)
	d.ended(&c, code, err)
	if err != nil {
		return attempt.Input{}, err
	}
	return attempt.Input{}, queue.ErrLeaseLost
}

// Said is what a program says of its file, in header fields.
type Said struct {
	ContentType string
	Disposition string // Content-Disposition: the file's name
}

// Put keeps the file that an attempt made; it is durable when Put returns, and
// replaces one that was put before. While it arrives the lease is
// renewed. Failures: LeaseLost, Invalid OUTPUT_TOO_LARGE, those of reading it.
func (d *Desk) Put(ctx context.Context, r Ref, said Said, from io.Reader) error {
	c, err := d.current(ctx, r)
	if err != nil {
		return err
	}
	most := d.Queue.PlanOf(ctx, c.Job.Owner).MaxOutputBytes
	about := fileType(c.Job.Tool, said.ContentType)
	about.Name = cmp.Or(c.Job.Asked().OutputName, filename.Of(said.Disposition))
	alive := &aliveReader{d: d, ctx: ctx, c: c, r: from, last: d.Now()}
	out, err := d.Runner.Keep(ctx, alive, most, about, c.Job.RequestID)
	if err != nil {
		return err
	}
	put, cancel := recording(ctx)
	defer cancel()
	if err = d.Queue.PutOutput(put, c, out.Output); err != nil && !unknown(err) {
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
	ctx  context.Context //nolint:containedctx // io.Reader takes none, and it lives as long as one upload
	c    queue.Claimed
	r    io.Reader
	last time.Time
}

// Read implements [io.Reader] and renews the lease from time to time. It fails with
// LeaseLost once the attempt is over. It goes on while the store is unavailable: Put
// asks again whether the lease is good when the file is there.
func (a *aliveReader) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if now := a.d.Now(); now.Sub(a.last) > a.d.Queue.LeaseLength()/3 {
		a.last = now
		if _, _, err := a.d.Queue.Renew(a.ctx, a.c, words.Sign{}); err != nil && !fault.Is(err, fault.Unavailable) {
			return n, err
		}
	}
	return n, err
}
