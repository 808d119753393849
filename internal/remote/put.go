package remote

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/words"
)

// A Deposit puts the output of an outcome where its job's caller wants it; kept is the
// output, nil for JSON of the program's own. deposit.Depositor.Outcome does.
type Deposit func(ctx context.Context, j *job.Job, out queue.Outcome, kept *job.Output) (queue.Outcome, error)

// puttings knows the attempts whose output is being put.
type puttings struct {
	mu sync.Mutex // guards the field below
	of map[job.ID]bool
}

func (p *puttings) enter(id job.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[job.ID]bool{}
	}
	if p.of[id] {
		return false
	}
	p.of[id] = true
	return true
}

func (p *puttings) leave(id job.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.of, id)
}

func (d *Desk) puts(j *job.Job) bool {
	return d.Deposit != nil && len(j.Terms) > 0 && j.Asked().OutputURL != ""
}

// put puts the output of an attempt whose program has said that it has succeeded, and
// renews its lease meanwhile. over is whether the job has failed for it, which is not
// the program's doing. Failures: LeaseLost, and Unavailable while another report of
// the same is under way: then the program may tell the same again.
func (d *Desk) put(ctx context.Context, c queue.Claimed, out queue.Outcome, kept *job.Output) (put queue.Outcome, over bool, err error) {
	if !d.puttings.enter(c.Job.ID) {
		return out, false, fault.New(fault.Unavailable, "UNAVAILABLE", "The output is still being delivered; tell the same again later.").After(patience)
	}
	defer d.puttings.leave(c.Job.ID)
	ctx, end := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { d.keepAlive(ctx, end, c) })
	put, err = d.Deposit(ctx, &c.Job, out, kept)
	end(nil)
	renewing.Wait()
	if err == nil || fault.Is(err, fault.LeaseLost) {
		return put, false, err
	}
	saving, cancel := recording(ctx)
	defer cancel()
	_, err = d.Queue.Fail(saving, c, err)
	return out, true, err
}

// keepAlive renews a lease until ctx is done, or ends it when that is lost or the
// client wants the job canceled.
func (d *Desk) keepAlive(ctx context.Context, end context.CancelCauseFunc, c queue.Claimed) {
	tick := time.NewTicker(d.Queue.LeaseLength() / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, cancel, err := d.Queue.Renew(ctx, c, words.Sign{})
		switch {
		case fault.Is(err, fault.LeaseLost):
			end(queue.ErrLeaseLost)
		case cancel:
			end(queue.ErrCanceled)
		}
	}
}
