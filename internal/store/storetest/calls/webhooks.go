// Package calls has the cases of the suite about whom a job's end is told: webhooks,
// deliveries, and the targets that they wait for.
package calls

import (
	"errors"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// Cases are the cases of webhooks and their outbox.
func Cases() world.Cases {
	return world.Cases{
		"webhooks are changed in one transaction":           webhookChange,
		"refused change of webhooks leaves nothing":         webhookRefused,
		"webhooks belong to their owner":                    webhookOwners,
		"a job's end writes its deliveries":                 webhookAnnounced,
		"a refused end writes no delivery":                  webhookNotAnnounced,
		"an address given with a job is called":             webhookOwn,
		"events are counted for each webhook":               webhookSequence,
		"events are counted without gaps under concurrency": webhookConcurrent,
		"deliveries are claimed by one":                     webhookClaim,
		"a lease that ends makes a delivery due again":      webhookLease,
		"targets are listed with their first due":           webhookTargets,
		"targets of owners take turns":                      webhookTurns,
		"a target asks to be left alone":                    webhookPause,
		"targets are forgotten":                             webhookForget,
		"a delivery and its webhook change together":        webhookOutcome,
		"tests are deliveries too":                          webhookTest,
		"deliveries are listed in pages":                    webhookPages,
		"deliveries expire":                                 webhookSweep,
		"webhooks and deliveries are there after reopening": webhookReopen,
		"what is asked of a webhook is kept":                webhookTerms,
		"a webhook is called for the jobs that it is for":   webhookFilters,
		"a target keeps its pace":                           webhookPace,
		"a pace does not wait for a clock":                  webhookPaceClock,
		"a new address has a fresh start":                   webhookMoved,
		"an ordered delivery is made alone":                 webhookOrdered,
		"deliveries are changed together":                   webhookTogether,
	}
}

// announced is the delivery of a job's end as it must be written.
func announced(j *job.Job, h *job.Webhook, url string, sequence int64) job.Delivery {
	return job.Delivery{
		ID: job.DeliveryID(j.ID, h.ID), Webhook: h.ID, Owner: j.Owner, Target: job.TargetOf(h, url), URL: url, Event: job.EventOf(j.Status), Job: j.ID,
		Sequence: sequence, Created: j.Finished, Due: j.Finished, Expires: j.Finished.Add(job.DeliveryLife),
	}
}

func webhookChange(w *world.World) {
	w.Equal("webhooks of a new owner", w.Hooks("ann"), []job.Webhook{})
	a := w.Hook("ann", "wh_a", "https://a.example/x?y=1", job.JobFailed)
	w.Clock.Advance(time.Second)
	own := w.Hook("ann", "wh_o", "")
	w.Equal("webhooks", w.Hooks("ann"), []job.Webhook{a, own})

	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		w.Equal("shown", list, []job.Webhook{a, own})
		list[0].OldSecret, list[0].Secret, list[0].OldUntil = list[0].Secret, []byte("new"), w.Now().Add(time.Hour)
		list[0].Enabled, list[0].Reason, list[0].Events, list[0].Succeeded = false, "It answered 410.", []job.Event{job.JobSucceeded}, w.Now()
		list[0].URL = "https://other.example/"
		list[1].URL = "https://own.example/"
		list[0].Sequence, list[0].Created = 77, time.Time{} // not its to change
		return list, nil
	}))
	a.URL = "https://other.example/"
	a.OldSecret, a.Secret, a.OldUntil = a.Secret, []byte("new"), w.Now().Add(time.Hour)
	a.Enabled, a.Reason, a.Events, a.Succeeded = false, "It answered 410.", []job.Event{job.JobSucceeded}, w.Now()
	w.Equal("changed", w.Hooks("ann"), []job.Webhook{a, own})
	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[0].URL = "" // none becomes the owner's own
		return list[:1], nil
	}))
	w.Equal("changed again", w.Hooks("ann"), []job.Webhook{a})
}

func webhookRefused(w *world.World) {
	a := w.Hook("ann", "wh_a", "https://a.example/")
	no := errors.New("no")
	err := w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[0].Enabled = false
		return nil, no
	})
	if !errors.Is(err, no) {
		w.T.Fatalf("got error %v, want the decision's", err)
	}
	add := func(h job.Webhook) error {
		return w.ChangeWebhooks(w.Ctx(), "bob", func(list []job.Webhook) ([]job.Webhook, error) { return append(list, h), nil })
	}
	w.IsKind(add(job.Webhook{ID: "wh_a", URL: "https://b.example/", Secret: []byte("s")}), fault.Conflict, "WEBHOOK_TAKEN")
	w.NoError(add(job.Webhook{ID: "wh_b", Secret: []byte("s")}))
	w.IsKind(add(job.Webhook{ID: "wh_c", Secret: []byte("s")}), fault.Conflict, "WEBHOOK_TAKEN")
	err = w.ChangeWebhooks(w.Ctx(), "ann", func([]job.Webhook) ([]job.Webhook, error) { panic("in a decision") })
	if err == nil {
		w.T.Fatal("a panic is no error")
	}
	w.Equal("webhooks", w.Hooks("ann"), []job.Webhook{a})
	w.Finished()
	w.Equal("deliveries", len(w.DeliveriesOf("wh_a")), 1)
}

func webhookOwners(w *world.World) {
	a, b := w.Hook("ann", "wh_a", "https://a.example/"), w.Hook("bob", "wh_b", "https://b.example/")
	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		w.Equal("ann is shown", list, []job.Webhook{a})
		return nil, nil
	}))
	w.Equal("ann's", w.Hooks("ann"), []job.Webhook{})
	w.Equal("bob's", w.Hooks("bob"), []job.Webhook{b})
	w.Finished() // ann's
	w.Equal("bob's deliveries", w.DeliveriesOf("wh_b"), []job.Delivery{})
	w.Equal("ann's deliveries", w.DeliveriesOf("wh_a"), []job.Delivery{})
}

func webhookAnnounced(w *world.World) {
	both := w.Hook("ann", "wh_a", "https://a.example/")
	w.Hook("ann", "wh_f", "https://f.example/", job.JobFailed)
	w.Hook("ann", "wh_o", "")
	off := w.Hook("ann", "wh_x", "https://x.example/")
	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[3].Enabled = false
		return list, nil
	}))
	won := w.Finished()
	w.Clock.Advance(time.Second)
	lost := w.Must(w.SubmitJob("ann").ID, world.GiveUp)
	w.Equal("of both events", w.DeliveriesOf("wh_a"), []job.Delivery{announced(&lost, &both, "", 2), announced(&won, &both, "", 1)})
	w.Equal("of failures", len(w.DeliveriesOf("wh_f")), 1)
	w.Equal("of the owner's own", len(w.DeliveriesOf("wh_o")), 0)
	w.Equal("of a disabled one", len(w.DeliveriesOf(off.ID)), 0)
	w.SubmitJob("ann")
	w.Must(w.SubmitJob("ann").ID, world.Remove) // it did not end, it is gone
	w.Equal("of unfinished and removed jobs", len(w.DeliveriesOf("wh_a")), 2)
	w.Must(won.ID, world.Remove)
	w.Equal("after the job went", len(w.DeliveriesOf("wh_a")), 2)
}

func webhookNotAnnounced(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/")
	j := w.SubmitJob("ann")
	_, err := w.ChangeJob(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		w.NoError(world.GiveUp(c, j, l))
		return world.ErrBusy
	})
	if !errors.Is(err, world.ErrBusy) {
		w.T.Fatalf("got %v", err)
	}
	w.Equal("deliveries", len(w.DeliveriesOf("wh_a")), 0)
	w.Must(j.ID, world.GiveUp)
	w.Equal("sequence", w.DeliveriesOf("wh_a")[0].Sequence, int64(1))
}

func webhookOwn(w *world.World) {
	const url = "HTTPS://Hooks.example:443/job?x=1"
	own := w.Hook("ann", "wh_o", "")
	with := func(j *job.Job) { j.Ready.WebhookURL = url }
	j := w.SubmitJob("ann", with)
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	w.Must(j.ID, world.Requeue(time.Time{}, job.Clear))
	w.Reopen()
	lease.Attempt++
	again := w.Must(j.ID, world.Claim("w"))
	w.Equal("address while it runs", again.Ready.WebhookURL, url)
	won := w.Must(j.ID, world.Finish(again.Ready.Lease, nil))
	d := announced(&won, &own, url, 1)
	w.Equal("target", d.Target, "ann wh_o https://hooks.example:443")
	w.Equal("deliveries", w.DeliveriesOf("wh_o"), []job.Delivery{d})
	w.Finished()
	w.Equal("without an address", len(w.DeliveriesOf("wh_o")), 1)
	w.Must(w.SubmitJob("bob", with).ID, world.GiveUp) // he has no webhook of his own: nothing can be signed
	w.Equal("sequence", w.Hooks("ann")[0].Sequence, int64(1))
}

func webhookSequence(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/")
	w.Hook("ann", "wh_b", "https://b.example/", job.JobFailed)
	w.Finished()
	w.Must(w.SubmitJob("ann").ID, world.GiveUp)
	w.Reopen()
	w.Finished()
	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[0].Enabled = false
		return list, nil
	}))
	w.Must(w.SubmitJob("ann").ID, world.GiveUp)
	list := w.Hooks("ann")
	w.Equal("sequences", []int64{list[0].Sequence, list[1].Sequence}, []int64{3, 2})
}

func webhookConcurrent(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/")
	const n = 60
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range n / 6 {
				s := world.Submission(w.Job("ann"))
				c := &protocol.Change{ID: s.Job.ID, Decide: world.GiveUp}
				if err := errors.Join(w.Submit(w.Ctx(), s), w.Change(w.Ctx(), []*protocol.Change{c}), c.Err); err != nil {
					w.T.Error(err)
				}
			}
		})
	}
	all.Wait()
	var got, want []int64
	for i, d := range w.DeliveriesOf("wh_a") {
		got, want = append(got, d.Sequence), append(want, int64(n-i))
	}
	w.Equal("sequences, newest first", got, want)
}

func webhookReopen(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	won := w.Finished()
	w.Reopen()
	d := announced(&won, &h, "", 1)
	w.Equal("deliveries", w.DeliveriesOf("wh_a"), []job.Delivery{d})
	h.Sequence = 1
	got := w.Claimed(protocol.Want{Target: d.Target, Most: 10})
	d.Due, d.Calling = w.Now().Add(time.Minute), true
	w.Equal("claimed", got, []protocol.Dispatch{{Delivery: d, Webhook: &h}})
}
