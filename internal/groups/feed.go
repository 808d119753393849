package groups

import (
	"context"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Page is a part of a feed: jobs in the order of their ends, and where to go on.
type Page struct {
	Jobs []job.Job
	Next int64 // the FinishNo of the last job that was looked at
}

var errStrange = fault.New(fault.Invalid, "INVALID_REQUEST",
	"cursor is of no feed that this server has told you; leave it out to begin anew, and look for what ended meanwhile with finished_after.").With("parameter", "cursor")

// Feed returns the jobs of the filter's owner that ended after the one that
// f.Before.Finish names and pass the filter, as many as one look finds. With begin
// set it begins now instead, and the owner's ends are numbered from then on, so that
// none after it is missed. Invalid INVALID_REQUEST for a position that was never told.
func (g *Groups) Feed(ctx context.Context, f protocol.Filter, begin bool) (Page, error) {
	f.Feed = true
	if !begin && f.Before.Finish < 1 {
		return Page{}, errStrange
	}
	if begin {
		last, err := g.Store.Finishes(ctx, f.Owner, true)
		if err != nil {
			return Page{}, err
		}
		f.Before.Finish = last
	}
	jobs, next, err := g.Queue.List(ctx, f)
	if err != nil {
		return Page{}, err
	}
	if len(jobs) > 0 || next.Finish > f.Before.Finish {
		return Page{jobs, next.Finish}, nil
	}
	last, err := g.Store.Finishes(ctx, f.Owner, false)
	switch {
	case err != nil:
		return Page{}, err
	case f.Before.Finish > last:
		return Page{}, errStrange
	}
	return Page{Next: f.Before.Finish}, nil
}

// AwaitFeed is Feed that goes on until there is a job that passes, or ctx is done.
func (g *Groups) AwaitFeed(ctx context.Context, f protocol.Filter, begin bool) (Page, error) {
	follow := g.Queue.Follow(f.Owner)
	defer follow.Close()
	for {
		p, err := g.Feed(context.WithoutCancel(ctx), f, begin)
		if err != nil || len(p.Jobs) > 0 || ctx.Err() != nil {
			return p, err
		}
		more := p.Next > f.Before.Finish && !begin // it looked at as many as it may
		f.Before.Finish, begin = p.Next, false
		if more {
			continue
		}
		g.pause(ctx, follow.C)
	}
}
