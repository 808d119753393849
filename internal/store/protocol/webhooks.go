package protocol

import (
	"context"
	"time"

	"claimcheck/internal/job"
)

// Hooks is the store of webhooks, and of deliveries as their owners see them.
type Hooks interface {
	// Webhooks returns an owner's webhooks, oldest first.
	Webhooks(ctx context.Context, owner string) ([]job.Webhook, error)
	// ChangeWebhooks shows an owner's webhooks to decide in one transaction and
	// makes them what it returns: those that it leaves out are removed, new
	// ones added; of the others everything but ID, Owner, Created and Sequence
	// may differ, and the URL of one that has one; what is known of a receiver goes
	// with its address. decide may be called more than once and must not
	// change the slices inside the webhooks. Failures: decide's, after which
	// nothing is changed, and Conflict WEBHOOK_TAKEN for an id that is taken or
	// a second webhook without URL.
	ChangeWebhooks(ctx context.Context, owner string, decide func([]job.Webhook) ([]job.Webhook, error)) error
	// AddDelivery writes a delivery that no job's end leads to, as the next
	// event of its webhook, and returns it. NotFound WEBHOOK_NOT_FOUND if its
	// owner has no such webhook.
	AddDelivery(ctx context.Context, d job.Delivery) (job.Delivery, error)
	// Deliveries returns up to limit deliveries of a webhook, newest first,
	// those older than the one with the id before if that is not empty; none if
	// there is no such delivery.
	Deliveries(ctx context.Context, webhook, before string, limit int) ([]job.Delivery, error)
	// Undelivered returns up to limit deliveries of a webhook that were not
	// accepted, of events at or after since, oldest first, those newer than the
	// one with the id after if there is such a one.
	Undelivered(ctx context.Context, webhook string, since time.Time, after string, limit int) ([]job.Delivery, error)
	// ChangeDeliveries is ChangeDelivery of [Outbox] with some deliveries of one
	// owner in one transaction. What is gone, or not the owner's, is left out;
	// decide's failure ends it, and nothing is changed.
	ChangeDeliveries(ctx context.Context, owner string, ids []string, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) error
}

// Outbox is the store of deliveries as those who deliver see them. The end of a job
// writes its deliveries itself, with what else it writes ([job.Announce]).
type Outbox interface {
	// DueTargets returns the targets with a delivery that is due at now, the
	// longest due first, at most each of one owner and standing. A target that asked
	// to be left alone until later is not among them. One more target follows, if
	// there is any: that whose delivery becomes due next. It waits for no writer,
	// and how much it reads of one owner does not depend on the others.
	DueTargets(ctx context.Context, now time.Time, each int) ([]job.Target, error)
	// ClaimDeliveries returns due deliveries of each target, the longest due
	// first, and moves their Due on to lease from now: nobody else gets them
	// before that, and if nothing is recorded until then they are due again. A
	// target that asked to be left alone has none.
	ClaimDeliveries(ctx context.Context, wants []Want, lease time.Duration) ([]Dispatch, error)
	// ChangeDelivery lets decide change a delivery and its webhook in one
	// transaction: of the delivery State, Due, Attempts, Expires, Reason, Log, Ordered
	// and Heard, of the webhook what ChangeWebhooks may change; w is nil if the
	// webhook was removed. now is the store's clock. It returns the delivery
	// afterwards. Failures: decide's, after which nothing is changed, and
	// NotFound DELIVERY_NOT_FOUND. decide may be called more than once.
	ChangeDelivery(ctx context.Context, id string, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) (job.Delivery, error)
	// Redate reports whether pending deliveries were put off by a clock that was
	// set back by more than a second since, and makes up to limit of them due now;
	// 0 only looks.
	Redate(ctx context.Context, limit int) (some bool, err error)
	// SweepDeliveries removes up to limit deliveries that have expired at the given
	// time and returns how many went; and what is known of targets that were not
	// called for as long as deliveries are kept.
	SweepDeliveries(ctx context.Context, now time.Time, limit int) (int, error)
}
