package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"claimcheck/api"
)

// Webhooks are the addresses that the server calls when the owner's jobs end. It is
// safe for concurrent use. An *[Error] with the code WEBHOOK_NOT_FOUND says that there is no
// such webhook. Package webhook checks the calls where they arrive.
type Webhooks struct{ c *Client }

// Webhooks returns what deals with the owner's webhooks.
func (c *Client) Webhooks() Webhooks { return Webhooks{c} }

// List returns all, oldest first, without their secrets.
func (w Webhooks) List(ctx context.Context) ([]api.Webhook, error) {
	var all api.Webhooks
	if err := w.c.get(ctx, "/webhooks", &all); err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return all.Webhooks, nil
}

// Create has an https address called from now on, for events "job.succeeded",
// "job.failed" and "group.finished"; none is the first two. What it returns has the
// secret, which is told only here and by Rotate.
func (w Webhooks) Create(ctx context.Context, address string, events ...string) (api.Webhook, error) {
	return w.Make(ctx, api.NewWebhook{URL: address, Events: events})
}

// Make is Create of a webhook whose calls fit their receiver: with headers, for some
// jobs only, at a pace, or signed with ed25519 (see api.NewWebhook). No events are
// those of jobs. It carries an Idempotency-Key, so that one whose answer was lost is made once.
func (w Webhooks) Make(ctx context.Context, n api.NewWebhook) (api.Webhook, error) {
	var made api.Webhook
	if len(n.Events) == 0 {
		n.Events = []string{"job.succeeded", "job.failed"}
	}
	body, err := json.Marshal(n)
	if err == nil {
		err = w.send(ctx, &call{method: http.MethodPost, path: "/webhooks", header: http.Header{"Idempotency-Key": {rand.Text()}}}, body, &made)
	}
	if err != nil {
		return made, fmt.Errorf("create webhook: %w", err)
	}
	return made, nil
}

// Change changes what is not nil of a webhook, and returns it without its secret.
// With Enabled true it is called again after the server has disabled it.
func (w Webhooks) Change(ctx context.Context, id string, to api.WebhookChange) (api.Webhook, error) {
	var is api.Webhook
	body, err := json.Marshal(to)
	if err == nil {
		err = w.send(ctx, &call{method: http.MethodPatch, path: "/webhooks/" + url.PathEscape(id)}, body, &is)
	}
	if err != nil {
		return is, fmt.Errorf("change webhook %s: %w", id, err)
	}
	return is, nil
}

// Recover has everything sent again, in order and once each, that a webhook's receiver
// has not taken of the events since a time, which is cut to seconds, and returns how
// much that is. Of more than 10,000 it is the oldest: call it again. It may be
// repeated: nothing is sent twice.
func (w Webhooks) Recover(ctx context.Context, id string, since time.Time) (int, error) {
	var r api.Recovered
	seconds := since.Unix()
	body, err := json.Marshal(api.RecoverWebhook{Since: &seconds})
	if err == nil {
		err = w.send(ctx, &call{method: http.MethodPost, path: "/webhooks/" + url.PathEscape(id) + "/recover"}, body, &r)
	}
	if err != nil {
		return 0, fmt.Errorf("recover webhook %s: %w", id, err)
	}
	return r.Count, nil
}

// Keys returns the public keys that sign an owner's calls, where its webhooks ask for
// "v1a", and nobody else's; for an empty owner those that sign everybody's. They are
// for VerifyKeys of package webhook.
func (w Webhooks) Keys(ctx context.Context, owner string) ([]api.WebhookKey, error) {
	path := "/.well-known/webhook-keys"
	if owner != "" {
		path += "?owner=" + url.QueryEscape(owner)
	}
	var all api.WebhookKeys
	if err := w.c.get(ctx, path, &all); err != nil {
		return nil, fmt.Errorf("ask for the keys of webhooks: %w", err)
	}
	return all.Keys, nil
}

// Delete ends the calls to a webhook.
func (w Webhooks) Delete(ctx context.Context, id string) error {
	_, err := w.c.send(ctx, &call{method: http.MethodDelete, path: "/webhooks/" + url.PathEscape(id)})
	if err != nil {
		return fmt.Errorf("delete webhook %s: %w", id, err)
	}
	return nil
}

// Rotate gives a webhook a new secret and returns it; for 24 hours calls are signed
// with the old one too. It is not made again where its answer is lost.
func (w Webhooks) Rotate(ctx context.Context, id string) (api.Webhook, error) {
	var made api.Webhook
	if err := w.post(ctx, "/"+url.PathEscape(id)+"/rotate", true, &made); err != nil {
		return made, fmt.Errorf("rotate the secret of webhook %s: %w", id, err)
	}
	return made, nil
}

// Test has a webhook called with an event of type "webhook.test"; Deliveries tells
// what became of it.
func (w Webhooks) Test(ctx context.Context, id string) (api.Delivery, error) {
	var d api.Delivery
	if err := w.post(ctx, "/"+url.PathEscape(id)+"/test", true, &d); err != nil {
		return d, fmt.Errorf("test webhook %s: %w", id, err)
	}
	return d, nil
}

// Deliveries gives the calls of a webhook, newest first, with what became of them.
// Pages are asked for as they are needed.
func (w Webhooks) Deliveries(ctx context.Context, id string) iter.Seq2[api.Delivery, error] {
	return func(yield func(api.Delivery, error) bool) {
		q := url.Values{}
		for {
			var page api.Deliveries
			if err := w.c.get(ctx, "/webhooks/"+url.PathEscape(id)+"/deliveries?"+q.Encode(), &page); err != nil {
				yield(api.Delivery{}, fmt.Errorf("list deliveries of webhook %s: %w", id, err))
				return
			}
			for i := range page.Deliveries {
				if !yield(page.Deliveries[i], nil) {
					return
				}
			}
			if page.NextCursor == "" {
				return
			}
			q.Set("cursor", page.NextCursor)
		}
	}
}

// Resend has a call made again, with the id that it had, by which receivers know
// what they have seen.
func (w Webhooks) Resend(ctx context.Context, id, delivery string) (api.Delivery, error) {
	var d api.Delivery
	if err := w.post(ctx, "/"+url.PathEscape(id)+"/deliveries/"+url.PathEscape(delivery)+"/resend", false, &d); err != nil {
		return d, fmt.Errorf("resend delivery %s: %w", delivery, err)
	}
	return d, nil
}

// Secret returns the owner's own secret, which signs calls to the addresses of
// [Options.WebhookURL]; their deliveries are listed under its ID.
func (w Webhooks) Secret(ctx context.Context) (api.WebhookSecret, error) {
	var s api.WebhookSecret
	if err := w.c.get(ctx, "/webhooks/secret", &s); err != nil {
		return s, fmt.Errorf("ask for the webhook secret: %w", err)
	}
	return s, nil
}

func (w Webhooks) post(ctx context.Context, path string, once bool, into any) error {
	return w.send(ctx, &call{method: http.MethodPost, path: "/webhooks" + path, once: once}, nil, into)
}

func (w Webhooks) send(ctx context.Context, k *call, body []byte, into any) error {
	if body != nil {
		if k.header == nil {
			k.header = http.Header{}
		}
		k.header["Content-Type"] = []string{"application/json"}
		k.in = newInput(bytes.NewReader(body))
	}
	a, err := w.c.send(ctx, k)
	if err != nil {
		return err
	}
	return a.into(into)
}
