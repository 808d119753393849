package webhook

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/job"
)

// MaxRecovered is how many deliveries one call of [Endpoints.Recover] sends again.
const MaxRecovered = 10_000

const recoverBatch = 100 // deliveries of one transaction

// Recover sends again what was not accepted of a webhook's events at or after since,
// in the order of the events, each alone, with the same webhook-id and by the whole
// schedule: what has failed for good, and what waits for another attempt after one
// that failed. It leaves out what is on its way, what waits for its first attempt,
// and what cannot be sent any more because its job is gone. It returns how many there
// are, at most [MaxRecovered], the oldest: the same call again goes on with the rest
// and sends nothing twice. It is done in small transactions; when one fails, those
// before it have been made. Failures: NotFound WEBHOOK_NOT_FOUND, Conflict
// WEBHOOK_DISABLED.
func (e *Endpoints) Recover(ctx context.Context, owner, id string, since time.Time) (count int, err error) {
	w, err := e.byID(ctx, owner, id)
	switch {
	case err != nil:
		return 0, err
	case !w.Enabled:
		return 0, errDisabled
	}
	begun, after := e.Now(), ""
	for count < MaxRecovered {
		page, err := e.Store.Undelivered(ctx, id, since, after, recoverBatch)
		if err != nil {
			return count, fmt.Errorf("look for deliveries: %w", err)
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].ID
		n, err := e.recover(ctx, owner, page[:min(len(page), MaxRecovered-count)], begun)
		if count += n; err != nil {
			return count, err
		}
	}
	return count, nil
}

// recover lets some deliveries be made again in one transaction.
func (e *Endpoints) recover(ctx context.Context, owner string, page []job.Delivery, begun time.Time) (count int, err error) {
	var ids []string
	for i := range page {
		if lost(&page[i], begun) {
			ids = append(ids, page[i].ID)
		}
	}
	if len(ids) == 0 {
		return 0, nil
	}
	done := map[string]bool{} // it may be asked again
	err = e.Store.ChangeDeliveries(ctx, owner, ids, func(d *job.Delivery, w *job.Webhook, now time.Time) error {
		switch {
		case w == nil:
			return notFound()
		case !w.Enabled:
			return errDisabled
		}
		if done[d.ID] = lost(d, now); done[d.ID] {
			d.State, d.Due, d.Attempts, d.Reason, d.Expires, d.Ordered = job.DeliveryPending, begun, 0, "", now.Add(job.DeliveryLife), true
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("recover deliveries: %w", err)
	}
	for _, is := range done {
		if is {
			count++
		}
	}
	if e.Recovered != nil {
		e.Recovered(count)
	}
	return count, nil
}

// lost reports whether a delivery is to be sent again when its receiver is back.
func lost(d *job.Delivery, now time.Time) bool {
	switch d.State {
	case job.DeliveryFailed:
		return d.Reason != reasonJobGone
	case job.DeliveryPending:
		return d.Attempts > 0 && (!d.Calling || !d.Due.After(now))
	default:
		return false
	}
}
