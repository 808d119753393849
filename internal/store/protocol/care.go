package protocol

import (
	"context"
	"time"
)

// Care is how what is over is removed, and files are compared with rows.
type Care interface {
	// Sweep removes up to limit outputs of synchronous calls and idempotency
	// answers that have expired at the given time, and allowances of tools that were
	// whole an hour before it; it returns the blobs that
	// belonged to them and how many rows went.
	Sweep(ctx context.Context, now time.Time, limit int) (files []string, removed int, err error)
	// Named reports for each blob key (job.InputKey, job.OutputKey,
	// job.Upload.BlobKey) whether a row names it; a pending upload's does.
	Named(ctx context.Context, keys []string) ([]bool, error)
	// NamedKeys returns up to limit blob keys that rows name (of inputs, outputs
	// and uploads that are done), in an order of the store's own, those after the
	// given one; after "" means from the beginning. It may be slow.
	NamedKeys(ctx context.Context, after string, limit int) ([]string, error)
	// DropOutput removes an output that belongs to no job; NotFound NOT_FOUND.
	DropOutput(ctx context.Context, token string) error
	// Recall brings back what a clock dated far ahead that was put right since: it
	// makes outputs of synchronous calls, finished uploads without Jobs,
	// deliveries and answers that were made after a time as if they were made now,
	// kept for as long from now on; of each, those among the limit that are kept
	// longest. Each by itself.
	Recall(ctx context.Context, after time.Time, limit int) error
}
