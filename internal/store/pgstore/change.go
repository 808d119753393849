package pgstore

import (
	"context"
	"fmt"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// Change makes the changes, in one transaction where it can; see protocol.Core.
func (s *Store) Change(ctx context.Context, changes []*protocol.Change) error {
	if len(changes) == 0 {
		return nil
	}
	op := &changing{changes: changes, results: make([]changed, len(changes))}
	if err := s.queue.Do(ctx, op, record.Stopping()); err != nil {
		err = fmt.Errorf("change: %w", err)
		for _, c := range changes {
			c.Err = err
		}
		return err
	}
	return op.publish()
}

// changing is the operation of Change.
type changing struct {
	changes []*protocol.Change
	results []changed
}

// changed is what one change has led to.
type changed struct {
	job     job.Job
	input   []byte // if it was wanted
	files   []string
	err     error
	refused bool // by its decision: err is not the store's trouble
}

// Parts is how many changes there are.
func (o *changing) Parts() int { return len(o.changes) }

// Bytes counts the rows; what the decisions will add is not known.
func (o *changing) Bytes() int { return 1024 * len(o.changes) }

func (o *changing) want(w *wants) {
	for _, c := range o.changes {
		w.jobs = append(w.jobs, c.ID)
		if c.WantInput {
			w.inputs = append(w.inputs, c.ID)
		}
	}
}

func (o *changing) apply(u *unit, i int) error {
	o.results[i] = changed{}
	return u.change(o.changes[i], &o.results[i])
}

func (o *changing) settle(i int, err error, refused bool) {
	o.results[i].err, o.results[i].refused = err, refused
}

// publish hands out the results. Trouble of the store is returned too if
// nothing has happened.
func (o *changing) publish() error {
	var trouble error
	happened := false
	for i, c := range o.changes {
		r := &o.results[i]
		if c.Err = r.err; r.err == nil {
			c.Job, c.Files, c.Input = r.job, r.files, nil
			if c.WantInput {
				c.Input = r.input
			}
			happened = true
			continue
		}
		c.Output, c.Delete, c.DropOutputs = nil, false, false
		if !r.refused && trouble == nil {
			trouble = r.err
		}
	}
	if happened || trouble == nil {
		return nil
	}
	return fmt.Errorf("change: %w", trouble)
}
