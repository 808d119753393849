package care

import (
	"context"
	"errors"
	"slices"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

var errInputGone = errors.New("the job's input is gone already")

// someInputs removes inputs that their owners' plans keep for less long than jobs, except
// those that could not be removed before.
func (s *sweep) someInputs(ctx context.Context, now time.Time) (more bool) {
	ids, err := protocol.ExpiredInputs(ctx, s.k.config.Store, now, sweepBatch+len(s.jobs))
	if err != nil {
		s.fail("find inputs to remove", err)
		return false
	}
	ids = slices.DeleteFunc(ids, func(id job.ID) bool { return s.jobs[id] })
	ids = ids[:min(len(ids), sweepBatch)]
	if len(ids) == 0 {
		return false
	}
	changes, err := s.k.config.Jobs.ChangeAll(ctx, ids, func(c *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		if j.Input.Where == job.Gone {
			return errInputGone
		}
		c.DropInput = true
		return nil
	})
	if err != nil {
		s.fail("remove inputs", err)
		if fault.Is(err, fault.Unavailable) {
			return false
		}
	}
	removed := 0
	for _, c := range changes {
		switch {
		case c.Err == nil:
			removed++
		case !errors.Is(c.Err, errInputGone) && !fault.Is(c.Err, fault.NotFound):
			s.jobs[c.ID] = true
			s.fail("remove the input of job "+c.ID.String(), c.Err)
		}
	}
	return len(ids) == sweepBatch && removed > 0
}
