package storetest

import (
	"errors"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// webhookCases are the cases of webhooks and their outbox.
func webhookCases() []testCase {
	return []testCase{
		{"webhooks are changed in one transaction", webhookChange},
		{"refused change of webhooks leaves nothing", webhookRefused},
		{"webhooks belong to their owner", webhookOwners},
		{"a job's end writes its deliveries", webhookAnnounced},
		{"a refused end writes no delivery", webhookNotAnnounced},
		{"an address given with a job is called", webhookOwn},
		{"events are counted for each webhook", webhookSequence},
		{"events are counted without gaps under concurrency", webhookConcurrent},
		{"deliveries are claimed by one", webhookClaim},
		{"a lease that ends makes a delivery due again", webhookLease},
		{"targets are listed with their first due", webhookTargets},
		{"targets of owners take turns", webhookTurns},
		{"a target asks to be left alone", webhookPause},
		{"targets are forgotten", webhookForget},
		{"a delivery and its webhook change together", webhookOutcome},
		{"tests are deliveries too", webhookTest},
		{"deliveries are listed in pages", webhookPages},
		{"deliveries expire", webhookPurge},
		{"webhooks and deliveries are there after reopening", webhookReopen},
	}
}

// hook keeps a new webhook; without events it wants all of them.
func (w *world) hook(owner, id, url string, events ...job.Event) job.Webhook {
	w.t.Helper()
	if len(events) == 0 && url != "" {
		events = []job.Event{job.JobSucceeded, job.JobFailed}
	}
	h := job.Webhook{ID: id, Owner: owner, URL: url, Events: events, Secret: []byte("secret\x00of 32 bytes................"), Enabled: true, Created: w.now()}
	w.noError(w.ChangeWebhooks(w.ctx(), owner, func(list []job.Webhook) ([]job.Webhook, error) { return append(list, h), nil }))
	return h
}

func (w *world) hooks(owner string) []job.Webhook {
	w.t.Helper()
	list, err := w.Webhooks(w.ctx(), owner)
	w.noError(err)
	return append([]job.Webhook{}, list...)
}

func (w *world) deliveries(hook string) []job.Delivery {
	w.t.Helper()
	list, err := w.Deliveries(w.ctx(), hook, "", 1000)
	w.noError(err)
	return append([]job.Delivery{}, list...)
}

// announced is the delivery of a job's end as it must be written.
func announced(j *job.Job, h *job.Webhook, url string, sequence int64) job.Delivery {
	return job.Delivery{
		ID: job.DeliveryID(j.ID, h.ID), Webhook: h.ID, Owner: j.Owner, Target: job.TargetOf(h, url), URL: url, Event: job.EventOf(j.Status), Job: j.ID,
		Sequence: sequence, Created: j.Finished, Due: j.Finished, Expires: j.Finished.Add(job.DeliveryLife),
	}
}

func webhookChange(w *world) {
	w.equal("webhooks of a new owner", w.hooks("ann"), []job.Webhook{})
	a := w.hook("ann", "wh_a", "https://a.example/x?y=1", job.JobFailed)
	w.clock.advance(time.Second)
	own := w.hook("ann", "wh_o", "")
	w.equal("webhooks", w.hooks("ann"), []job.Webhook{a, own})

	w.noError(w.ChangeWebhooks(w.ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		w.equal("shown", list, []job.Webhook{a, own})
		list[0].OldSecret, list[0].Secret, list[0].OldUntil = list[0].Secret, []byte("new"), w.now().Add(time.Hour)
		list[0].Enabled, list[0].Reason, list[0].Events, list[0].Succeeded = false, "It answered 410.", []job.Event{job.JobSucceeded}, w.now()
		list[0].URL, list[0].Sequence, list[0].Created = "https://other.example/", 77, time.Time{} // not its to change
		return list[:1], nil
	}))
	a.OldSecret, a.Secret, a.OldUntil = a.Secret, []byte("new"), w.now().Add(time.Hour)
	a.Enabled, a.Reason, a.Events, a.Succeeded = false, "It answered 410.", []job.Event{job.JobSucceeded}, w.now()
	w.equal("changed", w.hooks("ann"), []job.Webhook{a})
}

func webhookRefused(w *world) {
	a := w.hook("ann", "wh_a", "https://a.example/")
	no := errors.New("no")
	err := w.ChangeWebhooks(w.ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[0].Enabled = false
		return nil, no
	})
	if !errors.Is(err, no) {
		w.t.Fatalf("got error %v, want the decision's", err)
	}
	add := func(h job.Webhook) error {
		return w.ChangeWebhooks(w.ctx(), "bob", func(list []job.Webhook) ([]job.Webhook, error) { return append(list, h), nil })
	}
	w.isKind(add(job.Webhook{ID: "wh_a", URL: "https://b.example/", Secret: []byte("s")}), fault.Conflict, "WEBHOOK_TAKEN")
	w.noError(add(job.Webhook{ID: "wh_b", Secret: []byte("s")}))
	w.isKind(add(job.Webhook{ID: "wh_c", Secret: []byte("s")}), fault.Conflict, "WEBHOOK_TAKEN")
	err = w.ChangeWebhooks(w.ctx(), "ann", func([]job.Webhook) ([]job.Webhook, error) { panic("in a decision") })
	if err == nil {
		w.t.Fatal("a panic is no error")
	}
	w.equal("webhooks", w.hooks("ann"), []job.Webhook{a})
	w.finished()
	w.equal("deliveries", len(w.deliveries("wh_a")), 1)
}

func webhookOwners(w *world) {
	a, b := w.hook("ann", "wh_a", "https://a.example/"), w.hook("bob", "wh_b", "https://b.example/")
	w.noError(w.ChangeWebhooks(w.ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		w.equal("ann is shown", list, []job.Webhook{a})
		return nil, nil
	}))
	w.equal("ann's", w.hooks("ann"), []job.Webhook{})
	w.equal("bob's", w.hooks("bob"), []job.Webhook{b})
	w.finished() // ann's
	w.equal("bob's deliveries", w.deliveries("wh_b"), []job.Delivery{})
	w.equal("ann's deliveries", w.deliveries("wh_a"), []job.Delivery{})
}

func webhookAnnounced(w *world) {
	both := w.hook("ann", "wh_a", "https://a.example/")
	w.hook("ann", "wh_f", "https://f.example/", job.JobFailed)
	w.hook("ann", "wh_o", "")
	off := w.hook("ann", "wh_x", "https://x.example/")
	w.noError(w.ChangeWebhooks(w.ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[3].Enabled = false
		return list, nil
	}))
	won := w.finished()
	w.clock.advance(time.Second)
	lost := w.must(w.submit("ann").ID, giveUp)
	w.equal("of both events", w.deliveries("wh_a"), []job.Delivery{announced(&lost, &both, "", 2), announced(&won, &both, "", 1)})
	w.equal("of failures", len(w.deliveries("wh_f")), 1)
	w.equal("of the owner's own", len(w.deliveries("wh_o")), 0)
	w.equal("of a disabled one", len(w.deliveries(off.ID)), 0)
	w.submit("ann")
	w.must(w.submit("ann").ID, remove) // it did not end, it is gone
	w.equal("of unfinished and removed jobs", len(w.deliveries("wh_a")), 2)
	w.must(won.ID, remove)
	w.equal("after the job went", len(w.deliveries("wh_a")), 2)
}

func webhookNotAnnounced(w *world) {
	w.hook("ann", "wh_a", "https://a.example/")
	j := w.submit("ann")
	_, err := w.change(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		w.noError(giveUp(c, j, l))
		return errBusy
	})
	if !errors.Is(err, errBusy) {
		w.t.Fatalf("got %v", err)
	}
	w.equal("deliveries", len(w.deliveries("wh_a")), 0)
	w.must(j.ID, giveUp)
	w.equal("sequence", w.deliveries("wh_a")[0].Sequence, int64(1))
}

func webhookOwn(w *world) {
	const url = "HTTPS://Hooks.example:443/job?x=1"
	own := w.hook("ann", "wh_o", "")
	with := func(j *job.Job) { j.Ready.WebhookURL = url }
	j := w.submit("ann", with)
	lease := w.must(j.ID, claim("w")).Ready.Lease
	w.must(j.ID, requeue(time.Time{}, job.Clear))
	w.reopen()
	lease.Attempt++
	again := w.must(j.ID, claim("w"))
	w.equal("address while it runs", again.Ready.WebhookURL, url)
	won := w.must(j.ID, finish(again.Ready.Lease, nil))
	d := announced(&won, &own, url, 1)
	w.equal("target", d.Target, "ann wh_o https://hooks.example:443")
	w.equal("deliveries", w.deliveries("wh_o"), []job.Delivery{d})
	w.finished()
	w.equal("without an address", len(w.deliveries("wh_o")), 1)
	w.must(w.submit("bob", with).ID, giveUp) // he has no webhook of his own: nothing can be signed
	w.equal("sequence", w.hooks("ann")[0].Sequence, int64(1))
}

func webhookSequence(w *world) {
	w.hook("ann", "wh_a", "https://a.example/")
	w.hook("ann", "wh_b", "https://b.example/", job.JobFailed)
	w.finished()
	w.must(w.submit("ann").ID, giveUp)
	w.reopen()
	w.finished()
	w.noError(w.ChangeWebhooks(w.ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[0].Enabled = false
		return list, nil
	}))
	w.must(w.submit("ann").ID, giveUp)
	list := w.hooks("ann")
	w.equal("sequences", []int64{list[0].Sequence, list[1].Sequence}, []int64{3, 2})
}

func webhookConcurrent(w *world) {
	w.hook("ann", "wh_a", "https://a.example/")
	const n = 60
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range n / 6 {
				s := submission(w.job("ann"))
				c := &protocol.Change{ID: s.Job.ID, Decide: giveUp}
				if err := errors.Join(w.Submit(w.ctx(), s), w.Change(w.ctx(), []*protocol.Change{c}), c.Err); err != nil {
					w.t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var got, want []int64
	for i, d := range w.deliveries("wh_a") {
		got, want = append(got, d.Sequence), append(want, int64(n-i))
	}
	w.equal("sequences, newest first", got, want)
}

func webhookReopen(w *world) {
	h := w.hook("ann", "wh_a", "https://a.example/")
	won := w.finished()
	w.reopen()
	d := announced(&won, &h, "", 1)
	w.equal("deliveries", w.deliveries("wh_a"), []job.Delivery{d})
	h.Sequence = 1
	got := w.claimed(protocol.Want{Target: d.Target, Most: 10})
	d.Due = w.now().Add(time.Minute)
	w.equal("claimed", got, []protocol.Dispatch{{Delivery: d, Webhook: &h}})
}
