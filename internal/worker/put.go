package worker

import (
	"context"

	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// A Deposit puts the output of an outcome where its job's caller wants it; kept is the
// output, nil for JSON of the tool's own. deposit.Depositor.Outcome does.
type Deposit func(ctx context.Context, j *job.Job, out queue.Outcome, kept *job.Output) (queue.Outcome, error)

// maxPuttings is how many outputs are put at once. They need no worker; while there are
// as many, the next ones keep theirs.
const maxPuttings = 64

// puts reports whether an output is to be put before its job has succeeded. If so, it
// has a place among those that are; see put.
func (p *Pool) puts(j *job.Job) bool {
	if p.Deposit == nil || len(j.Terms) == 0 || j.Asked().OutputURL == "" {
		return false
	}
	p.puttings <- struct{}{}
	return true
}

// put puts an output as long as the attempt's lease is good. What was not taken is
// removed.
func (p *Pool) put(ctx context.Context, j *job.Job, out queue.Outcome) (queue.Outcome, error) {
	defer func() { <-p.puttings }()
	put, err := p.Deposit(ctx, j, out, out.Output)
	if err != nil {
		p.Runner.Discard(context.WithoutCancel(ctx), out)
		return queue.Outcome{}, err
	}
	return put, nil
}
