// Package hooks is how owners set up webhooks and look at their deliveries: the
// routes below /webhooks.
package hooks

import (
	"net/http"
	"strconv"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/webhook"
)

type hooks struct{ *webhook.Endpoints }

// Routes are the routes of webhooks.
func Routes(e *webhook.Endpoints) []httpapi.Route {
	h := hooks{e}
	return []httpapi.Route{
		{Method: "POST", Path: "/webhooks", Handler: h.add},
		{Method: "GET", Path: "/webhooks", Handler: h.list},
		{Method: "GET", Path: "/webhooks/secret", Handler: h.secret},
		{Method: "DELETE", Path: "/webhooks/{id}", Handler: h.remove},
		{Method: "POST", Path: "/webhooks/{id}/rotate", Handler: h.rotate},
		{Method: "POST", Path: "/webhooks/{id}/test", Handler: h.test},
		{Method: "GET", Path: "/webhooks/{id}/deliveries", Handler: h.deliveries},
		{Method: "POST", Path: "/webhooks/{id}/deliveries/{delivery_id}/resend", Handler: h.resend},
	}
}

const (
	maxWebhookBytes  = 8 << 10 // of the body of POST /webhooks
	deliveriesOfPage = 20
	maxDeliveries    = 100 // of a page
)

// add answers POST /webhooks.
func (h hooks) add(c *httpapi.Call) error {
	var body api.NewWebhook
	if err := c.ReadJSON(&body, maxWebhookBytes); err != nil {
		return err
	}
	w, err := h.Add(c.Request().Context(), c.Owner(), body.URL, body.Events)
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusCreated, wireWebhook(&w, true))
}

// list answers GET /webhooks.
func (h hooks) list(c *httpapi.Call) error {
	list, err := h.List(c.Request().Context(), c.Owner())
	if err != nil {
		return err
	}
	body := api.Webhooks{Webhooks: make([]api.Webhook, len(list))}
	for i := range list {
		body.Webhooks[i] = wireWebhook(&list[i], false)
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
	return c.AnswerJSON(http.StatusOK, wireWebhook(&w, true))
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

func wireWebhook(w *job.Webhook, secret bool) api.Webhook {
	wire := api.Webhook{ID: w.ID, URL: w.URL, Events: make([]string, len(w.Events)), Enabled: w.Enabled, Reason: w.Reason}
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
