package webhook

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

const (
	maxEndpoints = 20             // of an owner, its own aside
	sameFor      = 24 * time.Hour // for how long the same request makes no second webhook
	idBytes      = 16
)

// Endpoints are the webhooks as their owners handle them. All fields but
// Recovered must be set. It is safe for concurrent use.
type Endpoints struct {
	Store  Store
	Check  func(url string) error // refuses an address by its text: Invalid URL_NOT_ALLOWED
	Tool   func(name string) bool // whether there is such a tool
	Now    func() time.Time
	Random io.Reader // unpredictable: crypto/rand.Reader

	// Recovered is told how many deliveries are sent again by [Endpoints.Recover]; nil
	// for nobody.
	Recovered func(n int)
}

func notFound() error { return fault.New(fault.NotFound, "WEBHOOK_NOT_FOUND", "Webhook not found") }

// Add makes a webhook; ask names an address and events. The same request again,
// which by is not nil to tell, makes no second one within a day but returns the
// first as it is now, and replayed. Failures: Invalid URL_NOT_ALLOWED and
// INVALID_REQUEST, Conflict TOO_MANY_WEBHOOKS, Mismatch IDEMPOTENCY_CONFLICT.
func (e *Endpoints) Add(ctx context.Context, owner string, ask *Ask, by *job.WebhookMade) (w job.Webhook, replayed bool, err error) {
	fresh, err := e.make(owner, "", nil)
	if err != nil {
		return w, false, err
	}
	if ask.URL == nil {
		return w, false, wrong("url", "url is missing; it is the address that is to be called.")
	}
	if ask.Events == nil {
		return w, false, wrong("events", "events is missing; it names at least one of job.succeeded, job.failed and group.finished.").With("allowed", eventWords)
	}
	if err := e.apply(&fresh, ask); err != nil {
		return w, false, err
	}
	fresh.Terms.Made = by
	err = e.change(ctx, owner, "add webhook", func(list []job.Webhook) ([]job.Webhook, error) {
		replayed = false
		if i := slices.IndexFunc(list, func(w job.Webhook) bool { return e.madeBy(&w, by) }); i >= 0 {
			w, replayed = list[i], true
			return list, conflicting(w.Terms.Made, by)
		}
		if len(withoutOwn(list)) >= maxEndpoints {
			return nil, fault.New(fault.Conflict, "TOO_MANY_WEBHOOKS", "There are %d webhooks already; remove one first.", maxEndpoints).With("limit", maxEndpoints)
		}
		w = fresh
		return append(list, w), nil
	})
	return w, replayed, err
}

// madeBy reports whether a webhook was made with the same key not long ago.
func (e *Endpoints) madeBy(w *job.Webhook, by *job.WebhookMade) bool {
	return by != nil && w.Terms != nil && w.Terms.Made != nil && bytes.Equal(w.Terms.Made.Key, by.Key) && e.Now().Before(w.Created.Add(sameFor))
}

func conflicting(was, is *job.WebhookMade) error {
	if bytes.Equal(was.Request, is.Request) {
		return nil
	}
	return fault.New(fault.Mismatch, "IDEMPOTENCY_CONFLICT", "This Idempotency-Key was used for a different request; use a new key for a new request.")
}

// Change makes a webhook what is asked for, and returns it. Failures: NotFound
// WEBHOOK_NOT_FOUND, Invalid URL_NOT_ALLOWED and INVALID_REQUEST.
func (e *Endpoints) Change(ctx context.Context, owner, id string, ask *Ask) (w job.Webhook, err error) {
	err = e.change(ctx, owner, "change webhook", func(list []job.Webhook) ([]job.Webhook, error) {
		i := slices.IndexFunc(list, func(w job.Webhook) bool { return w.ID == id && !w.Own() })
		if i < 0 {
			return nil, notFound()
		}
		if err := e.apply(&list[i], ask); err != nil {
			return nil, err
		}
		w = list[i]
		return list, nil
	})
	return w, err
}

var eventWords = []string{string(job.JobSucceeded), string(job.JobFailed), string(job.GroupFinished)}

// chosenEvents reads the events of a new webhook; each counts once.
func chosenEvents(words []string) ([]job.Event, error) {
	var events []job.Event
	for _, word := range words {
		if !slices.Contains(eventWords, word) {
			return nil, wrong("events", "events must be a list of job.succeeded, job.failed and group.finished.").With("allowed", eventWords)
		}
		if !slices.Contains(events, job.Event(word)) {
			events = append(events, job.Event(word))
		}
	}
	if len(events) == 0 {
		return nil, wrong("events", "events must name at least one of job.succeeded, job.failed and group.finished.").With("allowed", eventWords)
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

var errDisabled = fault.New(fault.Conflict, "WEBHOOK_DISABLED", "The webhook is disabled; enable it when its address works again.")

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
		ID: "msg_" + hex.EncodeToString(name) + "_" + strings.TrimPrefix(w.ID, "wh_"), Webhook: w.ID, Owner: owner, Target: job.TargetOf(&w, ""), Event: job.WebhookTest,
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
