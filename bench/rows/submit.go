package rows

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// submitAccepting compares durable submissions with a bare handler that reads
// the body and writes the same ticket; nothing is worked on meanwhile.
func submitAccepting(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	return submitRow(ctx, b, fmt.Sprintf("durable submit, %d connections", rig.Clients), noWorkers)
}

// submitWorking does the same while the workers run what was submitted.
func submitWorking(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	return submitRow(ctx, b, fmt.Sprintf("durable submit, %d connections, workers running", rig.Clients))
}

func submitRow(ctx context.Context, b *rig.Rig, what string, flags ...string) (_ []table.Line, err error) {
	s, err := b.ServeNew(ctx, flags...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	a, err := s.Submit(ctx)
	if err != nil {
		return nil, err
	}
	other, err := rig.StartBare(ctx, a)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.Stop()) }()
	l, err := b.SubmitLoad(s.Key)
	if err != nil {
		return nil, err
	}
	rounds, err := b.Alternate(ctx, rig.Target{Server: s.Process, Load: l}, rig.Target{Server: other, Load: l})
	if err != nil {
		return nil, err
	}
	return ratioLines(what, rounds, 0.25), nil
}
