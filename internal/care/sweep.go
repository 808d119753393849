package care

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

const sweepBatch = 200

var errNotExpired = errors.New("the job has not expired")

// Sweep removes expired jobs with all that belongs to them, expired outputs and
// answers of synchronous calls, uploads that no job ever had, and old audit, in small
// batches. What cannot be removed holds up nothing else: it is told, and tried
// again an hour later. Rows go before files: a crash between the two leaves
// files that the orphan collector finds.
//
// After a leap of the clock (see package clock) it removes nothing until that was
// steady for an hour: a clock that is wrong by years for a moment would have
// everything expire.
func (k *Keeper) Sweep(ctx context.Context) error {
	s := &k.sweeping
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin(k)
	for ctx.Err() == nil {
		now, ok := k.config.Clock.Believed()
		if k.sweepRefused.Swap(!ok) == ok {
			k.tellSweep(ctx, ok)
		}
		if !ok {
			return nil
		}
		if more := s.batch(ctx, now); !more {
			break // else the rest is for the next turn
		}
	}
	return s.trouble()
}

// Limits of what cannot be removed.
const (
	maxStuck   = 10_000 // jobs or uploads that are passed over
	retryStuck = time.Hour
	maxAway    = 5 // files in a row that the storage could not tell of, after which it is taken for away
)

// A sweep is what the sweeper keeps from one turn to the next.
type sweep struct {
	mu      sync.Mutex // guards all fields: one turn at a time
	k       *Keeper
	began   time.Time       // when those below were last forgotten
	jobs    map[job.ID]bool // that are still there although they were to go
	uploads map[string]bool // likewise
	first   error           // of those in this turn
	failed  int             // how many there were
}

// begin begins a turn. What could not be removed is tried again after an hour.
func (s *sweep) begin(k *Keeper) {
	s.k, s.first, s.failed = k, nil, 0
	if now := k.config.Clock.Steady(); s.jobs == nil || now.Sub(s.began) >= retryStuck {
		s.began, s.jobs, s.uploads = now, map[job.ID]bool{}, map[string]bool{}
	}
}

// fail counts a failure of this turn and keeps the first one, for trouble. The
// turn goes on with what can be removed.
func (s *sweep) fail(what string, err error) {
	if s.failed++; s.first == nil {
		s.first = fmt.Errorf("%s: %w", what, err)
	}
}

func (s *sweep) trouble() error {
	if s.failed > 1 {
		return fmt.Errorf("%w (and %d more)", s.first, s.failed-1)
	}
	return s.first
}

// batch removes some of each kind; more is whether there may be others.
func (s *sweep) batch(ctx context.Context, now time.Time) (more bool) {
	jobs, moreJobs := s.someJobs(ctx, now)
	moreInputs := s.someInputs(ctx, now)
	rows, moreRows := s.someRows(ctx, now)
	uploads, moreUploads := s.someUploads(ctx, now)
	moreAudit := s.someAudit(ctx, now)
	if n := jobs + rows + uploads; n > 0 {
		s.k.config.Observer.Swept(n, 0)
	}
	moreMinutes := s.someMinutes(ctx, now)
	return moreJobs || moreInputs || moreRows || moreUploads || moreAudit || moreMinutes
}

// remove removes files whose rows are gone.
func (s *sweep) remove(ctx context.Context, files []string) {
	if err := s.k.config.Blobs.Remove(ctx, files...); err != nil {
		s.fail("remove expired files", err)
	}
}

// someRows removes outputs and answers of synchronous calls.
func (s *sweep) someRows(ctx context.Context, now time.Time) (n int, more bool) {
	files, n, err := s.k.config.Store.Sweep(ctx, now, sweepBatch)
	if err != nil {
		s.fail("sweep", err)
		return 0, false
	}
	s.remove(ctx, files)
	return n, n >= sweepBatch
}

// someAudit removes old rows of the audit.
func (s *sweep) someAudit(ctx context.Context, now time.Time) (more bool) {
	if s.k.config.AuditRetention == 0 {
		return false
	}
	n, err := s.k.config.Store.DropAudit(ctx, now.Add(-s.k.config.AuditRetention), sweepBatch)
	if err != nil {
		s.fail("remove old audit", err)
		return false
	}
	return n >= sweepBatch
}

// someJobs removes jobs whose retention is over and their files, except those
// that could not be removed before.
func (s *sweep) someJobs(ctx context.Context, now time.Time) (n int, more bool) {
	ids, err := protocol.ExpiredJobs(ctx, s.k.config.Store, now, sweepBatch+len(s.jobs))
	if err != nil {
		s.fail("find expired jobs", err)
		return 0, false
	}
	ids = slices.DeleteFunc(ids, func(id job.ID) bool { return s.jobs[id] })
	ids = ids[:min(len(ids), sweepBatch)]
	if len(ids) == 0 {
		return 0, false
	}
	changes, err := s.k.config.Jobs.ChangeAll(ctx, ids, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Expires.IsZero() || j.Expires.After(now) || j.Expires.After(l.Now()) {
			return errNotExpired
		}
		c.Delete = true
		return nil
	})
	if err != nil {
		s.fail("remove expired jobs", err)
		if fault.Is(err, fault.Unavailable) {
			return 0, false
		}
	}
	var files []string
	stuck := len(s.jobs)
	for _, c := range changes {
		switch {
		case c.Err == nil:
			n++
			files = append(files, c.Files...)
		case !errors.Is(c.Err, errNotExpired) && !fault.Is(c.Err, fault.NotFound):
			s.jobs[c.ID] = true
			s.fail("remove expired job "+c.ID.String(), c.Err)
		}
	}
	s.remove(ctx, files)
	return n, len(ids) == sweepBatch && n+len(s.jobs) > stuck && len(s.jobs) < maxStuck
}

// tellSweep says that nothing is removed any more, or that what expired is.
func (k *Keeper) tellSweep(ctx context.Context, ok bool) {
	if ok {
		k.config.Log.InfoContext(ctx, "the store's clock has been steady for an hour: what has expired is removed again")
		return
	}
	k.config.Log.WarnContext(ctx, "the store's clock has leapt by more than a day: what has expired is kept until it has been steady for an hour")
}
