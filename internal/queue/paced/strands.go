package paced

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/meter"
	"claimcheck/internal/store/protocol"
)

const (
	// sortEvery is how often it is looked whether waiting jobs have the strands that the
	// limits ask for, beside when the limits change here.
	sortEvery = time.Minute
	// sortedAtOnce is how many waiting jobs are looked at together, and changed at most.
	sortedAtOnce = 1024
)

var errNotWaiting = errors.New("the job does not wait")

// Strands has waiting jobs have the strands that the limits of their tools ask for,
// where they were accepted, or put back, when the limits went by something else.
type Strands struct {
	store   Store
	backlog *protocol.Counts
	limits  func(tool string) *meter.Limits
	again   func(context.Context, *job.Job)
	asked   chan struct{} // has room for one: somebody asks for a look
}

// Store is what strands need of a store; see package protocol.
type Store interface {
	protocol.Lines
	Change(ctx context.Context, changes []*protocol.Change) error
}

// NewStrands returns strands that are to be looked at at once, because the limits may
// have changed since jobs were accepted. again is told of each waiting job that has
// its strand now; limits may return nil.
func NewStrands(s Store, backlog *protocol.Counts, limits func(tool string) *meter.Limits, again func(context.Context, *job.Job)) *Strands {
	is := &Strands{store: s, backlog: backlog, limits: limits, again: again, asked: make(chan struct{}, 1)}
	is.Ask()
	return is
}

// Of is the strand of a job.
func (s *Strands) Of(j *job.Job) string { return s.limits(j.Tool).Strand(j.Owner, j.Metadata) }

// Ask has them looked at soon.
func (s *Strands) Ask() {
	select {
	case s.asked <- struct{}{}:
	default:
	}
}

// Strayed reports whether a waiting job has not the strand that its tool's limits ask
// for: it gets it, and is told of again.
func (s *Strands) Strayed(c *job.Candidate) bool {
	limits := s.limits(c.Tool)
	if !limits.Stranded() {
		return false
	}
	_, _, ok := limits.KeysOf(c.Owner, c.Strand)
	if !ok {
		s.Ask()
	}
	return !ok
}

// Run looks by step every so often, and when it is asked to, until ctx is done.
func (s *Strands) Run(ctx context.Context, step func(look func(context.Context) error)) {
	tick := time.NewTicker(sortEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.asked:
		}
		step(s.sort)
	}
}

func (s *Strands) sort(ctx context.Context) error {
	backlog, err := s.backlog.Look(ctx, s.store)
	if err != nil {
		return fmt.Errorf("read backlog: %w", err)
	}
	for _, c := range backlog {
		if limits := s.limits(c.Tool); c.Queued > 0 && limits.Stranded() {
			if err := s.sortLine(ctx, c.Owner, c.Tool, limits); err != nil {
				return fmt.Errorf("sort waiting jobs of %s: %w", c.Owner, err)
			}
		}
	}
	return nil
}

func (s *Strands) sortLine(ctx context.Context, owner, tool string, limits *meter.Limits) error {
	var after job.Candidate
	for {
		found, err := s.store.Ready(ctx, owner, tool, after, sortedAtOnce)
		if err != nil {
			return err
		}
		var changes []*protocol.Change
		for _, c := range found {
			if _, _, ok := limits.KeysOf(owner, c.Strand); !ok {
				changes = append(changes, &protocol.Change{ID: c.ID, Decide: s.set})
			}
		}
		if len(changes) > 0 {
			if err := s.store.Change(ctx, changes); err != nil {
				return err
			}
		}
		for _, c := range changes {
			if c.Err == nil {
				s.again(ctx, &c.Job)
			}
		}
		if len(found) < sortedAtOnce {
			return nil
		}
		after = found[len(found)-1]
		after.Strand = "" // those of all strands
	}
}

func (s *Strands) set(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
	if j.Ready == nil || j.Ready.Lease.Taken() {
		return errNotWaiting
	}
	j.Ready.Strand = s.Of(j)
	return nil
}
