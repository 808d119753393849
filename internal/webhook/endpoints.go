package webhook

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

const (
	maxEndpoints = 20 // of an owner, its own aside
	idBytes      = 16
)

// Endpoints are the webhooks as their owners handle them. All fields must be
// set. It is safe for concurrent use.
type Endpoints struct {
	Store  Store
	Check  func(url string) error // refuses an address by its text: Invalid URL_NOT_ALLOWED
	Now    func() time.Time
	Random io.Reader // unpredictable: crypto/rand.Reader
}

func notFound() error { return fault.New(fault.NotFound, "WEBHOOK_NOT_FOUND", "Webhook not found") }

// Add makes a webhook. Failures: Invalid URL_NOT_ALLOWED and INVALID_REQUEST,
// Conflict TOO_MANY_WEBHOOKS.
func (e *Endpoints) Add(ctx context.Context, owner, url string, events []string) (job.Webhook, error) {
	if err := e.Check(url); err != nil {
		return job.Webhook{}, err
	}
	chosen, err := chosenEvents(events)
	if err != nil {
		return job.Webhook{}, err
	}
	w, err := e.make(owner, url, chosen)
	if err != nil {
		return job.Webhook{}, err
	}
	err = e.change(ctx, owner, "add webhook", func(list []job.Webhook) ([]job.Webhook, error) {
		if len(withoutOwn(list)) >= maxEndpoints {
			return nil, fault.New(fault.Conflict, "TOO_MANY_WEBHOOKS", "There are %d webhooks already; remove one first.", maxEndpoints).With("limit", maxEndpoints)
		}
		return append(list, w), nil
	})
	return w, err
}

// chosenEvents reads the events of a new webhook; each counts once.
func chosenEvents(words []string) ([]job.Event, error) {
	known := []job.Event{job.JobSucceeded, job.JobFailed, job.GroupFinished}
	var events []job.Event
	for _, word := range words {
		if !slices.Contains(known, job.Event(word)) {
			return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "events must be a list of job.succeeded, job.failed and group.finished.").
				With("allowed", []string{string(job.JobSucceeded), string(job.JobFailed), string(job.GroupFinished)})
		}
		if !slices.Contains(events, job.Event(word)) {
			events = append(events, job.Event(word))
		}
	}
	if len(events) == 0 {
		return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "events must name at least one of job.succeeded, job.failed and group.finished.")
	}
	return events, nil
}

func (e *Endpoints) make(owner, url string, events []job.Event) (job.Webhook, error) {
	b := make([]byte, idBytes+secretBytes)
	if _, err := io.ReadFull(e.Random, b); err != nil {
		return job.Webhook{}, fmt.Errorf("make webhook: %w", err)
	}
	return job.Webhook{
		ID: "wh_" + hex.EncodeToString(b[:idBytes]), Owner: owner, URL: url, Events: events,
		Secret: b[idBytes:], Enabled: true, Created: e.Now(),
	}, nil
}

func (e *Endpoints) change(ctx context.Context, owner, what string, decide func([]job.Webhook) ([]job.Webhook, error)) error {
	if err := e.Store.ChangeWebhooks(ctx, owner, decide); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func withoutOwn(list []job.Webhook) []job.Webhook {
	return slices.DeleteFunc(slices.Clone(list), func(w job.Webhook) bool { return w.Own() })
}

// List returns an owner's webhooks, oldest first, its own left out.
func (e *Endpoints) List(ctx context.Context, owner string) ([]job.Webhook, error) {
	list, err := e.Store.Webhooks(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return withoutOwn(list), nil
}

// Remove removes a webhook; what is on its way to it fails. NotFound
// WEBHOOK_NOT_FOUND for one that is not the owner's.
func (e *Endpoints) Remove(ctx context.Context, owner, id string) error {
	return e.change(ctx, owner, "remove webhook", func(list []job.Webhook) ([]job.Webhook, error) {
		i := slices.IndexFunc(list, func(w job.Webhook) bool { return w.ID == id && !w.Own() })
		if i < 0 {
			return nil, notFound()
		}
		return slices.Delete(list, i, i+1), nil
	})
}

// Rotate gives a webhook a new secret; the old one signs too for a day. The
// owner's own is rotated like the others. NotFound WEBHOOK_NOT_FOUND.
func (e *Endpoints) Rotate(ctx context.Context, owner, id string) (job.Webhook, error) {
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(e.Random, secret); err != nil {
		return job.Webhook{}, fmt.Errorf("rotate secret: %w", err)
	}
	now := e.Now()
	var rotated job.Webhook
	err := e.change(ctx, owner, "rotate secret", func(list []job.Webhook) ([]job.Webhook, error) {
		i := slices.IndexFunc(list, func(w job.Webhook) bool { return w.ID == id })
		if i < 0 {
			return nil, notFound()
		}
		list[i].OldSecret, list[i].OldUntil, list[i].Secret = list[i].Secret, now.Add(overlap), secret
		rotated = list[i]
		return list, nil
	})
	return rotated, err
}

// Own returns the owner's own webhook, which signs calls to addresses given
// with single jobs; it is made when it is first asked for.
func (e *Endpoints) Own(ctx context.Context, owner string) (job.Webhook, error) {
	for range 2 {
		w, err := e.find(ctx, owner, func(w *job.Webhook) bool { return w.Own() })
		if !fault.Is(err, fault.NotFound) {
			return w, err
		}
		fresh, err := e.make(owner, "", nil)
		if err != nil {
			return job.Webhook{}, err
		}
		err = e.change(ctx, owner, "make own webhook", func(list []job.Webhook) ([]job.Webhook, error) { return append(list, fresh), nil })
		if err == nil {
			return fresh, nil
		}
		if !fault.Is(err, fault.Conflict) { // another call was first
			return job.Webhook{}, err
		}
	}
	return job.Webhook{}, errors.New("the owner's own webhook is neither there nor can it be made")
}

func (e *Endpoints) find(ctx context.Context, owner string, which func(*job.Webhook) bool) (job.Webhook, error) {
	list, err := e.Store.Webhooks(ctx, owner)
	if err != nil {
		return job.Webhook{}, fmt.Errorf("find webhook: %w", err)
	}
	for i := range list {
		if which(&list[i]) {
			return list[i], nil
		}
	}
	return job.Webhook{}, notFound()
}

func (e *Endpoints) byID(ctx context.Context, owner, id string) (job.Webhook, error) {
	return e.find(ctx, owner, func(w *job.Webhook) bool { return w.ID == id })
}

var errDisabled = fault.New(fault.Conflict, "WEBHOOK_DISABLED", "The webhook is disabled; make a new one for the address when it works again.")

// Test lets a webhook be called with an event of its own kind. Failures:
// NotFound WEBHOOK_NOT_FOUND, Conflict WEBHOOK_DISABLED.
func (e *Endpoints) Test(ctx context.Context, owner, id string) (job.Delivery, error) {
	w, err := e.byID(ctx, owner, id)
	switch {
	case err != nil:
		return job.Delivery{}, err
	case w.Own():
		return job.Delivery{}, notFound()
	case !w.Enabled:
		return job.Delivery{}, errDisabled
	}
	name := make([]byte, idBytes)
	if _, err := io.ReadFull(e.Random, name); err != nil {
		return job.Delivery{}, fmt.Errorf("name test: %w", err)
	}
	now := e.Now()
	d, err := e.Store.AddDelivery(ctx, job.Delivery{
		ID: "msg_" + hex.EncodeToString(name), Webhook: w.ID, Owner: owner, Target: job.TargetOf(&w, ""), Event: job.WebhookTest,
		Created: now, Due: now, Expires: now.Add(job.DeliveryLife),
	})
	if err != nil {
		return job.Delivery{}, fmt.Errorf("test webhook: %w", err)
	}
	return d, nil
}

// Deliveries returns up to limit deliveries of a webhook, newest first, those
// older than the one with the id before if that is not empty. NotFound
// WEBHOOK_NOT_FOUND.
func (e *Endpoints) Deliveries(ctx context.Context, owner, id, before string, limit int) ([]job.Delivery, error) {
	if _, err := e.byID(ctx, owner, id); err != nil {
		return nil, err
	}
	list, err := e.Store.Deliveries(ctx, id, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// Resend lets a delivery be made again, at once and by the whole schedule, with
// the same webhook-id. Failures: NotFound WEBHOOK_NOT_FOUND and
// DELIVERY_NOT_FOUND, Conflict WEBHOOK_DISABLED.
func (e *Endpoints) Resend(ctx context.Context, owner, id, delivery string) (job.Delivery, error) {
	if _, err := e.byID(ctx, owner, id); err != nil {
		return job.Delivery{}, err
	}
	d, err := e.Store.ChangeDelivery(ctx, delivery, func(d *job.Delivery, w *job.Webhook, now time.Time) error {
		switch {
		case d.Webhook != id || d.Owner != owner:
			return fault.New(fault.NotFound, "DELIVERY_NOT_FOUND", "Delivery not found")
		case w == nil:
			return notFound()
		case !w.Enabled:
			return errDisabled
		}
		d.State, d.Due, d.Attempts, d.Reason, d.Expires = job.DeliveryPending, now, 0, "", now.Add(job.DeliveryLife)
		return nil
	})
	if err != nil {
		return job.Delivery{}, fmt.Errorf("resend delivery: %w", err)
	}
	return d, nil
}
