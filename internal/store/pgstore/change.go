package pgstore

import (
	"context"

	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// Change makes the changes, in one transaction where it can; see protocol.Core.
func (s *Store) Change(ctx context.Context, changes []*protocol.Change) error {
	if len(changes) == 0 {
		return nil
	}
	op := &changing{record.NewChanging(changes)}
	return op.Publish(s.queue.Do(ctx, op, record.Stopping()))
}

// changing is the operation of Change.
type changing struct{ record.Changing }

func (o *changing) want(w *unit.Wants) {
	for _, c := range o.Changes {
		w.Jobs = append(w.Jobs, c.ID)
		if c.WantInput {
			w.Inputs = append(w.Inputs, c.ID)
		}
	}
}

func (o *changing) apply(u *unit.Unit, i int) error { return u.Change(o.Changes[i], o.Result(i)) }
