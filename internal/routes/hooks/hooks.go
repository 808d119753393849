// Package hooks is how owners set up webhooks and look at their deliveries: the
// routes below /webhooks, and where receivers find the public keys of signatures.
package hooks

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/sign"
	"claimcheck/internal/webhook"
)

// Config is what the routes work with.
type Config struct {
	*webhook.Endpoints

	PublicURL string
	// Keys are those that sign an owner's calls, and for an empty owner those that
	// sign everybody's: see [webhook.Config].
	Keys func(owner string, now time.Time) []sign.WebhookKey
}

type hooks struct{ Config }

// Routes are the routes of webhooks.
func Routes(c Config) []httpapi.Route {
	h := hooks{c}
	return []httpapi.Route{
		{Method: "GET", Path: keysPath, Access: httpapi.Open, Handler: h.keys},
		{Method: "POST", Path: "/webhooks", Handler: h.add},
		{Method: "GET", Path: "/webhooks", Handler: h.list},
		{Method: "GET", Path: "/webhooks/secret", Handler: h.secret},
		{Method: "PATCH", Path: "/webhooks/{id}", Handler: h.change},
		{Method: "DELETE", Path: "/webhooks/{id}", Handler: h.remove},
		{Method: "POST", Path: "/webhooks/{id}/recover", Handler: h.recover},
		{Method: "POST", Path: "/webhooks/{id}/rotate", Handler: h.rotate},
		{Method: "POST", Path: "/webhooks/{id}/test", Handler: h.test},
		{Method: "GET", Path: "/webhooks/{id}/deliveries", Handler: h.deliveries},
		{Method: "POST", Path: "/webhooks/{id}/deliveries/{delivery_id}/resend", Handler: h.resend},
	}
}

const (
	maxRecoverBytes  = 1 << 10 // of the body of POST /webhooks/{id}/recover
	deliveriesOfPage = 20
	maxDeliveries    = 100     // of a page
	lastSecond       = 1 << 36 // that a clock can show
)

// add answers POST /webhooks.
func (h hooks) add(c *httpapi.Call) error {
	body, err := c.Body(maxWebhookBytes)
	if err != nil {
		return err
	}
	by, err := madeBy(c, body)
	if err != nil {
		return err
	}
	ask, err := newAsk(body)
	if err != nil {
		return err
	}
	w, replayed, err := h.Add(c.Request().Context(), c.Owner(), ask, by)
	if err != nil {
		return err
	}
	if replayed {
		c.Header()["Idempotent-Replayed"] = []string{"true"}
	}
	return c.AnswerJSON(http.StatusCreated, h.wire(&w, true))
}

// change answers PATCH /webhooks/{id}.
func (h hooks) change(c *httpapi.Call) error {
	body, err := c.Body(maxWebhookBytes)
	if err != nil {
		return err
	}
	ask, err := changeAsk(body)
	if err != nil {
		return err
	}
	w, err := h.Change(c.Request().Context(), c.Owner(), c.Request().PathValue("id"), ask)
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, h.wire(&w, false))
}

// recover answers POST /webhooks/{id}/recover.
func (h hooks) recover(c *httpapi.Call) error {
	var body api.RecoverWebhook
	if err := c.ReadJSON(&body, maxRecoverBytes); err != nil {
		return err
	}
	if body.Since == nil || *body.Since < 0 || *body.Since > lastSecond {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "since must be a time in Unix seconds: what was not accepted of the events since then is sent again.").With("member", "since")
	}
	n, err := h.Recover(c.Request().Context(), c.Owner(), c.Request().PathValue("id"), time.Unix(*body.Since, 0))
	if err != nil {
		return err
	}
	c.Header()["Retry-After"] = []string{"1"} // when the first of them have been called
	return c.AnswerJSON(http.StatusAccepted, api.Recovered{Count: n})
}

// list answers GET /webhooks.
func (h hooks) list(c *httpapi.Call) error {
	list, err := h.List(c.Request().Context(), c.Owner())
	if err != nil {
		return err
	}
	body := api.Webhooks{Webhooks: make([]api.Webhook, len(list))}
	for i := range list {
		body.Webhooks[i] = h.wire(&list[i], false)
	}
	return c.AnswerJSON(http.StatusOK, body)
}

// remove answers DELETE /webhooks/{id}.
func (h hooks) remove(c *httpapi.Call) error {
	if err := h.Remove(c.Request().Context(), c.Owner(), c.Request().PathValue("id")); err != nil {
		return err
	}
	c.NoContent()
	return nil
}

// rotate answers POST /webhooks/{id}/rotate.
func (h hooks) rotate(c *httpapi.Call) error {
	w, err := h.Rotate(c.Request().Context(), c.Owner(), c.Request().PathValue("id"))
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, h.wire(&w, true))
}

// test answers POST /webhooks/{id}/test.
func (h hooks) test(c *httpapi.Call) error {
	d, err := h.Test(c.Request().Context(), c.Owner(), c.Request().PathValue("id"))
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, wireDelivery(&d))
}

// secret answers GET /webhooks/secret.
func (h hooks) secret(c *httpapi.Call) error {
	w, err := h.Own(c.Request().Context(), c.Owner())
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, api.WebhookSecret{ID: w.ID, Secret: webhook.SecretText(w.Secret)})
}

// deliveries answers GET /webhooks/{id}/deliveries.
func (h hooks) deliveries(c *httpapi.Call) error {
	query, limit := c.Request().URL.Query(), deliveriesOfPage
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxDeliveries {
			return fault.New(fault.Invalid, "INVALID_REQUEST", "limit must be a whole number from 1 to %d.", maxDeliveries)
		}
		limit = n
	}
	list, err := h.Deliveries(c.Request().Context(), c.Owner(), c.Request().PathValue("id"), query.Get("cursor"), limit+1)
	if err != nil {
		return err
	}
	var body api.Deliveries
	if len(list) > limit {
		list = list[:limit]
		body.NextCursor = list[limit-1].ID
	}
	body.Deliveries = make([]api.Delivery, len(list))
	for i := range list {
		body.Deliveries[i] = wireDelivery(&list[i])
	}
	return c.AnswerJSON(http.StatusOK, body)
}

// resend answers POST /webhooks/{id}/deliveries/{delivery_id}/resend.
func (h hooks) resend(c *httpapi.Call) error {
	d, err := h.Resend(c.Request().Context(), c.Owner(), c.Request().PathValue("id"), c.Request().PathValue("delivery_id"))
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, wireDelivery(&d))
}

// wire is a webhook as its owner sees it; the values of its headers are never shown.
func (h hooks) wire(w *job.Webhook, secret bool) api.Webhook {
	wire := api.Webhook{ID: w.ID, URL: w.URL, Events: make([]string, len(w.Events)), Enabled: w.Enabled, Reason: w.Reason, Signature: webhook.SignedV1}
	if w.Keyed() {
		wire.Signature, wire.KeysURL = webhook.SignedV1a, h.PublicURL+keysPath+"?owner="+url.QueryEscape(w.Owner)
	}
	if t := w.Terms; t != nil {
		wire.Tools, wire.Metadata, wire.MaxPerSecond = t.Tools, t.Metadata, t.MaxPerSecond
	}
	for _, own := range w.Headers() {
		wire.HeaderNames = append(wire.HeaderNames, own.Name)
	}
	for i, e := range w.Events {
		wire.Events[i] = string(e)
	}
	if secret {
		wire.Secret = webhook.SecretText(w.Secret)
	}
	return wire
}

func wireDelivery(d *job.Delivery) api.Delivery {
	wire := api.Delivery{
		ID: d.ID, Type: string(d.Event), Sequence: d.Sequence, Status: d.State.String(), CreatedAt: d.Created.Unix(), Reason: d.Reason,
		Attempts: []api.DeliveryAttempt{},
	}
	if d.Job != (job.ID{}) {
		wire.JobID = d.Job.String()
	}
	if d.State == job.DeliveryPending {
		wire.NextAttemptAt = d.Due.Unix()
	}
	for _, a := range webhook.Attempts(d.Log) {
		wire.Attempts = append(wire.Attempts, api.DeliveryAttempt(a))
	}
	return wire
}
