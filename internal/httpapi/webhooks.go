package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"claimcheck/api"
	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
	"claimcheck/internal/webhook"
)

const (
	maxWebhookBytes  = 8 << 10 // of the body of POST /webhooks
	deliveriesOfPage = 20
	maxDeliveries    = 100 // of a page
)

// addWebhook answers POST /webhooks.
func (s *Server) addWebhook(c *Call) error {
	var body api.NewWebhook
	if err := c.ReadJSON(&body, maxWebhookBytes); err != nil {
		return err
	}
	w, err := s.Webhooks.Add(c.r.Context(), c.who.Key.Owner, body.URL, body.Events)
	if err != nil {
		return err
	}
	return c.encode(http.StatusCreated, wireWebhook(&w, true))
}

// listWebhooks answers GET /webhooks.
func (s *Server) listWebhooks(c *Call) error {
	list, err := s.Webhooks.List(c.r.Context(), c.who.Key.Owner)
	if err != nil {
		return err
	}
	body := api.Webhooks{Webhooks: make([]api.Webhook, len(list))}
	for i := range list {
		body.Webhooks[i] = wireWebhook(&list[i], false)
	}
	return c.encode(http.StatusOK, body)
}

// removeWebhook answers DELETE /webhooks/{id}.
func (s *Server) removeWebhook(c *Call) error {
	if err := s.Webhooks.Remove(c.r.Context(), c.who.Key.Owner, c.r.PathValue("id")); err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}

// rotateWebhook answers POST /webhooks/{id}/rotate.
func (s *Server) rotateWebhook(c *Call) error {
	w, err := s.Webhooks.Rotate(c.r.Context(), c.who.Key.Owner, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.encode(http.StatusOK, wireWebhook(&w, true))
}

// testWebhook answers POST /webhooks/{id}/test.
func (s *Server) testWebhook(c *Call) error {
	d, err := s.Webhooks.Test(c.r.Context(), c.who.Key.Owner, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.encode(http.StatusOK, wireDelivery(&d))
}

// webhookSecret answers GET /webhooks/secret.
func (s *Server) webhookSecret(c *Call) error {
	w, err := s.Webhooks.Own(c.r.Context(), c.who.Key.Owner)
	if err != nil {
		return err
	}
	return c.encode(http.StatusOK, api.WebhookSecret{ID: w.ID, Secret: webhook.SecretText(w.Secret)})
}

// listDeliveries answers GET /webhooks/{id}/deliveries.
func (s *Server) listDeliveries(c *Call) error {
	query, limit := c.r.URL.Query(), deliveriesOfPage
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxDeliveries {
			return fault.New(fault.Invalid, "INVALID_REQUEST", "limit must be a whole number from 1 to %d.", maxDeliveries)
		}
		limit = n
	}
	list, err := s.Webhooks.Deliveries(c.r.Context(), c.who.Key.Owner, c.r.PathValue("id"), query.Get("cursor"), limit+1)
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
	return c.encode(http.StatusOK, body)
}

// resendDelivery answers POST /webhooks/{id}/deliveries/{delivery_id}/resend.
func (s *Server) resendDelivery(c *Call) error {
	d, err := s.Webhooks.Resend(c.r.Context(), c.who.Key.Owner, c.r.PathValue("id"), c.r.PathValue("delivery_id"))
	if err != nil {
		return err
	}
	return c.encode(http.StatusOK, wireDelivery(&d))
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

// ReadJSON reads a request's body of one JSON object.
func (c *Call) ReadJSON(into any, most int64) error {
	b, err := c.Incoming().Whole(most)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body is not the JSON object that is described.").Because(err)
	}
	return nil
}

// encode answers with JSON.
func (c *Call) encode(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.sendJSON(status, body)
	return nil
}

// canCall makes sure that there is a secret to sign an owner's calls with.
func (s *Server) canCall(ctx context.Context, owner string) error {
	_, err := s.Webhooks.Own(ctx, owner)
	return err
}

// JobBody is the status body of a finished job as GET /jobs/{job_id} answers
// it, its links fresh; without result, the member result is left out, and of an
// error what somebody else's server said.
func (s *Server) JobBody(j *job.Job, result bool) []byte {
	if j.Status == job.Success && !result {
		return append(plain.Head(j, 0), '}')
	}
	shown := *j
	if j.Status == job.Failed && !result {
		if f, err := dialect.FaultOf(j); err == nil { // else it is shown as it is stored
			f.Details = slices.DeleteFunc(f.Details, func(d fault.Detail) bool { return d.Name == tool.Upstream })
			shown.Error = queue.ErrorJSON(f)
		}
	}
	return plain.Words{}.Status(s.viewOf(&shown, s.Now()))
}

// ResultURL is where a job's result is asked for.
func (s *Server) ResultURL(id job.ID) string { return plain.StatusURL(s.PublicURL, id) + "/result" }
