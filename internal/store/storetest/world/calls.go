package world

import (
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Claimed claims for a minute.
func (w *World) Claimed(wants ...protocol.Want) []protocol.Dispatch {
	w.T.Helper()
	list, err := w.ClaimDeliveries(w.Ctx(), wants, time.Minute)
	w.NoError(err)
	return append([]protocol.Dispatch{}, list...)
}

// AllTargets are those that are due now and the next one.
func (w *World) AllTargets(each int) []job.Target {
	w.T.Helper()
	list, err := w.DueTargets(w.Ctx(), w.Now(), each)
	w.NoError(err)
	return append([]job.Target{}, list...)
}

// FailedTo ends a job of an owner, whose address is called for it.
func (w *World) FailedTo(owner, url string) {
	w.T.Helper()
	w.Must(w.SubmitJob(owner, func(j *job.Job) { j.Ready.WebhookURL = url }).ID, GiveUp)
}

// Called claims the first delivery of a target and records a call.
func (w *World) Called(target string, heard job.Heard, is func(d *job.Delivery, now time.Time)) {
	w.T.Helper()
	list := w.Claimed(protocol.Want{Target: target, Most: 1})
	if len(list) != 1 {
		w.T.Fatalf("claimed %d of %s, want 1", len(list), target)
	}
	d, err := w.ChangeDelivery(w.Ctx(), list[0].Delivery.ID, func(d *job.Delivery, _ *job.Webhook, now time.Time) error {
		d.Heard = heard
		is(d, now)
		return nil
	})
	w.NoError(err)
	w.Equal("heard", d.Heard, job.Heard{})
}

// Hook keeps a new webhook; without events it wants all of them.
func (w *World) Hook(owner, id, url string, events ...job.Event) job.Webhook {
	w.T.Helper()
	if len(events) == 0 && url != "" {
		events = []job.Event{job.JobSucceeded, job.JobFailed}
	}
	h := job.Webhook{ID: id, Owner: owner, URL: url, Events: events, Secret: []byte("secret\x00of 32 bytes................"), Enabled: true, Created: w.Now()}
	w.NoError(w.ChangeWebhooks(w.Ctx(), owner, func(list []job.Webhook) ([]job.Webhook, error) { return append(list, h), nil }))
	return h
}

// Hooks lists an owner's webhooks.
func (w *World) Hooks(owner string) []job.Webhook {
	w.T.Helper()
	list, err := w.Webhooks(w.Ctx(), owner)
	w.NoError(err)
	return append([]job.Webhook{}, list...)
}

// DeliveriesOf lists a webhook's deliveries.
func (w *World) DeliveriesOf(hook string) []job.Delivery {
	w.T.Helper()
	list, err := w.Deliveries(w.Ctx(), hook, "", 1000)
	w.NoError(err)
	return append([]job.Delivery{}, list...)
}
