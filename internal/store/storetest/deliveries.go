package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// claimed claims for a minute.
func (w *world) claimed(wants ...protocol.Want) []protocol.Dispatch {
	w.t.Helper()
	list, err := w.ClaimDeliveries(w.ctx(), wants, time.Minute)
	w.noError(err)
	return append([]protocol.Dispatch{}, list...)
}

func webhookClaim(w *world) {
	a, b := w.hook("ann", "wh_a", "https://a.example/"), w.hook("ann", "wh_b", "https://b.example/")
	const n = 20
	for range n {
		w.finished()
		w.clock.advance(time.Millisecond)
	}
	wants := []protocol.Want{{Target: job.TargetOf(&a, ""), Most: 3}, {Target: job.TargetOf(&b, ""), Most: 1}, {Target: "nobody wh_x", Most: 5}}
	var mu sync.Mutex
	seen := map[string]int{}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			list, err := w.ClaimDeliveries(w.ctx(), wants, time.Minute)
			if err != nil {
				w.t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, d := range list {
				seen[d.Delivery.ID]++
			}
		})
	}
	all.Wait()
	for id, times := range seen {
		w.equal("claims of "+id, times, 1)
	}
	w.equal("claimed", len(seen), n+10) // all of a, ten times one of b
	rest := w.claimed(protocol.Want{Target: job.TargetOf(&b, ""), Most: 100})
	var order []int64
	for _, d := range rest {
		order = append(order, d.Delivery.Sequence)
	}
	w.equal("the longest due first", order, slices.Sorted(slices.Values(order)))
	w.equal("the rest", len(rest), n-10)
}

func webhookLease(w *world) {
	h := w.hook("ann", "wh_a", "https://a.example/")
	w.finished()
	want := protocol.Want{Target: job.TargetOf(&h, ""), Most: 10}
	first := w.claimed(want)
	w.equal("claimed", len(first), 1)
	w.clock.advance(time.Minute - time.Millisecond)
	w.equal("during the lease", len(w.claimed(want)), 0)
	w.clock.advance(time.Millisecond)
	second := w.claimed(want)
	w.equal("after the lease", second[0].Delivery.ID, first[0].Delivery.ID)
	w.equal("its time", second[0].Delivery.Due, w.now().Add(time.Minute))
}

func webhookOutcome(w *world) {
	h := w.hook("ann", "wh_a", "https://a.example/")
	won := w.finished()
	id := job.DeliveryID(won.ID, h.ID)
	log := []byte(`[{"status":500}]`)
	want := announced(&won, &h, "", 1)
	want.State, want.Attempts, want.Log, want.Reason, want.Expires, want.Due = job.DeliveryFailed, 10, log, "It is over.", w.now().Add(time.Hour), w.now().Add(time.Second)
	h.Enabled, h.Reason, h.Succeeded, h.Sequence = false, "It answered 410.", w.now(), 1
	got, err := w.ChangeDelivery(w.ctx(), id, func(d *job.Delivery, hook *job.Webhook, now time.Time) error {
		d.State, d.Attempts, d.Log, d.Reason, d.Expires, d.Due = job.DeliveryFailed, 10, log, "It is over.", now.Add(time.Hour), now.Add(time.Second)
		hook.Enabled, hook.Reason, hook.Succeeded = false, "It answered 410.", now
		return nil
	})
	w.noError(err)
	w.equal("returned", got, want)
	w.equal("delivery", w.deliveries("wh_a"), []job.Delivery{want})
	w.equal("webhook", w.hooks("ann"), []job.Webhook{h})
	_, err = w.ChangeDelivery(w.ctx(), id, func(d *job.Delivery, hook *job.Webhook, _ time.Time) error {
		d.State, hook.Enabled = job.DeliveryPending, true
		return errBusy
	})
	if !errors.Is(err, errBusy) {
		w.t.Fatalf("got %v", err)
	}
	w.equal("after a refusal", w.deliveries("wh_a"), []job.Delivery{want})
	w.noError(w.ChangeWebhooks(w.ctx(), "ann", func([]job.Webhook) ([]job.Webhook, error) { return nil, nil }))
	_, err = w.ChangeDelivery(w.ctx(), id, func(_ *job.Delivery, hook *job.Webhook, _ time.Time) error {
		if hook != nil {
			return fmt.Errorf("got %v, want nil for a webhook that was removed", hook)
		}
		return nil
	})
	w.noError(err)
	_, err = w.ChangeDelivery(w.ctx(), "msg_x", func(*job.Delivery, *job.Webhook, time.Time) error { return nil })
	w.isKind(err, fault.NotFound, "DELIVERY_NOT_FOUND")
}

func webhookTest(w *world) {
	h := w.hook("ann", "wh_a", "https://a.example/")
	d := job.Delivery{ID: "msg_t", Webhook: h.ID, Owner: "ann", Target: job.TargetOf(&h, ""), Event: job.WebhookTest, Created: w.now(), Due: w.now(), Expires: w.now().Add(time.Hour)}
	w.finished()
	got, err := w.AddDelivery(w.ctx(), d)
	w.noError(err)
	_, err = w.AddDelivery(w.ctx(), d)
	if err == nil {
		w.t.Fatal("an id is used twice")
	}
	d.Sequence = 2
	w.equal("returned", got, d)
	w.equal("kept", w.deliveries("wh_a")[0], d)
	w.finished()
	w.equal("counted on", w.deliveries("wh_a")[0].Sequence, int64(3))
	d.Owner, d.ID = "bob", "msg_u"
	_, err = w.AddDelivery(w.ctx(), d)
	w.isKind(err, fault.NotFound, "WEBHOOK_NOT_FOUND")
}

func webhookPages(w *world) {
	w.hook("ann", "wh_a", "https://a.example/")
	for range 5 {
		w.finished()
	}
	all := w.deliveries("wh_a")
	var pages []job.Delivery
	for before := ""; ; {
		page, err := w.Deliveries(w.ctx(), "wh_a", before, 2)
		w.noError(err)
		if len(page) == 0 {
			break
		}
		before = page[len(page)-1].ID
		pages = append(pages, page...)
		w.finished() // what arrives meanwhile disturbs nothing
	}
	w.equal("pages", pages, all)
	none, err := w.Deliveries(w.ctx(), "wh_a", "msg_unknown", 2)
	w.noError(err)
	w.equal("after an unknown one", len(none), 0)
}

func webhookPurge(w *world) {
	w.hook("ann", "wh_a", "https://a.example/")
	w.finished()
	w.clock.advance(time.Hour)
	w.finished()
	purged := func() int {
		n, err := w.PurgeDeliveries(w.ctx(), w.now(), 1)
		w.noError(err)
		return n
	}
	w.clock.advance(job.DeliveryLife - time.Hour - time.Millisecond)
	w.equal("too early", purged(), 0)
	w.clock.advance(time.Millisecond)
	w.equal("the first", purged(), 1)
	w.equal("the second", purged(), 0)
	w.equal("left", len(w.deliveries("wh_a")), 1)
}
