// Package onread has jobs go whose clients asked that nothing be kept once it was
// read: it notes, in the store, that an outcome has reached its owner. When that is
// so, say those who sent it; what is dated forward then is swept by package care like
// everything that has expired.
package onread

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Jobs is what is needed of the rules of jobs; *queue.Queue is one.
type Jobs interface {
	// ChangeAll makes one decision about each of some jobs and tells those who read
	// of them; each Change's Err says whether it was made.
	ChangeAll(ctx context.Context, ids []job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error)
}

// Marks notes which outcomes were read. It is safe for concurrent use.
type Marks struct {
	Jobs Jobs
	Log  *slog.Logger
	Read func() // is told of each job that goes sooner for it; nil: nobody is

	mu    sync.Mutex // guards the field below
	later map[job.ID]bool
}

// What cannot be noted is tried again until it can; of more than maxLater jobs the
// rest go when they are read again, or when their time is over.
const (
	again    = time.Second
	maxLater = 10_000
)

var errNothing = errors.New("nothing changes")

// Outcome notes that the outcome of some jobs has just reached their owner, whatever
// becomes of ctx. Of jobs that did not ask for it, or are gone, nothing is noted. While
// the store is away the note waits for [Marks.Run].
func (m *Marks) Outcome(ctx context.Context, ids ...job.ID) {
	left := m.note(context.WithoutCancel(ctx), ids)
	if len(left) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.later == nil {
		m.later = map[job.ID]bool{}
	}
	for _, id := range left {
		if len(m.later) < maxLater {
			m.later[id] = true
		}
	}
}

// note returns the jobs of which nothing could be noted.
func (m *Marks) note(ctx context.Context, ids []job.ID) (left []job.ID) {
	changes, err := m.Jobs.ChangeAll(ctx, ids, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if !j.Read(l.Now()) {
			return errNothing
		}
		return nil
	})
	if err != nil {
		m.Log.WarnContext(ctx, "that outcomes were read is noted later", "jobs", len(ids), "err", err)
		return ids
	}
	for _, c := range changes {
		switch {
		case c.Err == nil:
			if m.Read != nil {
				m.Read()
			}
		case !errors.Is(c.Err, errNothing) && !fault.Is(c.Err, fault.NotFound):
			left = append(left, c.ID)
		}
	}
	return left
}

// Run notes what could not be noted when it was read, until ctx is done.
func (m *Marks) Run(ctx context.Context) {
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		m.mu.Lock()
		ids := make([]job.ID, 0, len(m.later))
		for id := range m.later {
			ids = append(ids, id)
		}
		m.later = nil
		m.mu.Unlock()
		if len(ids) > 0 {
			m.Outcome(ctx, ids...)
		}
	}
}
