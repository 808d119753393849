package protocol

import (
	"context"

	"claimcheck/internal/job"
)

// Notes is what was learned of tools and inputs, so that restarts and other
// servers know it too.
type Notes interface {
	// Runtimes returns what SaveRuntimes kept, by tool.
	Runtimes(ctx context.Context) (map[string][]byte, error)
	// SaveRuntimes keeps how long the given tools run, in the queue's own
	// encoding; others stay.
	SaveRuntimes(ctx context.Context, all map[string][]byte) error
	// Poisons returns the inputs that took their workers with them and whose
	// Until has not passed by the store's clock.
	Poisons(ctx context.Context) ([]job.Poison, error)
	// AddPoison keeps one, in place of an older one of the same mark, and
	// forgets those whose Until has passed.
	AddPoison(ctx context.Context, p job.Poison) error
}
