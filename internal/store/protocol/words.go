package protocol

import (
	"context"

	"claimcheck/internal/job"
)

// Words is what jobs say while they run, which a [Change] adds to: kept apart from
// them, gone with them.
type Words interface {
	// Words returns what is kept of what a job has said after a position; nothing of
	// one that has said nothing or is not there.
	Words(ctx context.Context, id job.ID, after int64) (job.Said, error)
	// LastWords returns, in one read, the position of the last word of those of the
	// jobs that have said something.
	LastWords(ctx context.Context, ids []job.ID) (map[job.ID]int64, error)
}
