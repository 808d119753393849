package rows

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// statusCold compares polls that each read the store with a bare handler.
func statusCold(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	full, err := b.StoredJobs(ctx, b.Stored)
	if err != nil {
		return nil, err
	}
	s, err := b.Serve(ctx, full.Data, tinyCache)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	what := fmt.Sprintf("status, cold: random ones of %d stored jobs, %d connections", b.Stored, pollers)
	return fileAgainstBare(ctx, b, s, what, full.IDFile, full.OneID, 0.50)
}
