package webhook

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Store is what endpoints need of a store: webhooks, and deliveries as their owners
// see and repeat them. Every method is safe for concurrent use; a store in trouble is
// Unavailable, as protocol.Store has it.
type Store interface {
	protocol.Hooks
	// ChangeDelivery is that of [protocol.Outbox].
	ChangeDelivery(ctx context.Context, id string, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) (job.Delivery, error)
}

// Jobs is where the job of a delivery is read; a protocol.Core is one.
type Jobs interface {
	// Get returns a job without Ready, or NotFound JOB_NOT_FOUND.
	Get(ctx context.Context, id job.ID) (job.Job, error)
}
