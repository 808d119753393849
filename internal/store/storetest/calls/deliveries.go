package calls

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func webhookClaim(w *world.World) {
	a, b := w.Hook("ann", "wh_a", "https://a.example/"), w.Hook("ann", "wh_b", "https://b.example/")
	const n = 20
	for range n {
		w.Finished()
		w.Clock.Advance(time.Millisecond)
	}
	wants := []protocol.Want{{Target: job.TargetOf(&a, ""), Most: 3}, {Target: job.TargetOf(&b, ""), Most: 1}, {Target: "nobody wh_x", Most: 5}}
	var mu sync.Mutex
	seen := map[string]int{}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			list, err := w.ClaimDeliveries(w.Ctx(), wants, time.Minute)
			if err != nil {
				w.T.Error(err)
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
		w.Equal("claims of "+id, times, 1)
	}
	w.Equal("claimed", len(seen), n+10) // all of a, ten times one of b
	rest := w.Claimed(protocol.Want{Target: job.TargetOf(&b, ""), Most: 100})
	var order []int64
	for _, d := range rest {
		order = append(order, d.Delivery.Sequence)
	}
	w.Equal("the longest due first", order, slices.Sorted(slices.Values(order)))
	w.Equal("the rest", len(rest), n-10)
}

func webhookLease(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	w.Finished()
	want := protocol.Want{Target: job.TargetOf(&h, ""), Most: 10}
	first := w.Claimed(want)
	w.Equal("claimed", len(first), 1)
	w.Clock.Advance(time.Minute - time.Millisecond)
	w.Equal("during the lease", len(w.Claimed(want)), 0)
	w.Clock.Advance(time.Millisecond)
	second := w.Claimed(want)
	w.Equal("after the lease", second[0].Delivery.ID, first[0].Delivery.ID)
	w.Equal("its time", second[0].Delivery.Due, w.Now().Add(time.Minute))
}

func webhookOutcome(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	won := w.Finished()
	id := job.DeliveryID(won.ID, h.ID)
	log := []byte(`[{"status":500}]`)
	want := announced(&won, &h, "", 1)
	want.State, want.Attempts, want.Log, want.Reason, want.Expires, want.Due = job.DeliveryFailed, 10, log, "It is over.", w.Now().Add(time.Hour), w.Now().Add(time.Second)
	h.Enabled, h.Reason, h.Succeeded, h.Sequence = false, "It answered 410.", w.Now(), 1
	got, err := w.ChangeDelivery(w.Ctx(), id, func(d *job.Delivery, hook *job.Webhook, now time.Time) error {
		d.State, d.Attempts, d.Log, d.Reason, d.Expires, d.Due = job.DeliveryFailed, 10, log, "It is over.", now.Add(time.Hour), now.Add(time.Second)
		hook.Enabled, hook.Reason, hook.Succeeded = false, "It answered 410.", now
		return nil
	})
	w.NoError(err)
	w.Equal("returned", got, want)
	w.Equal("delivery", w.DeliveriesOf("wh_a"), []job.Delivery{want})
	w.Equal("webhook", w.Hooks("ann"), []job.Webhook{h})
	_, err = w.ChangeDelivery(w.Ctx(), id, func(d *job.Delivery, hook *job.Webhook, _ time.Time) error {
		d.State, hook.Enabled = job.DeliveryPending, true
		return world.ErrBusy
	})
	if !errors.Is(err, world.ErrBusy) {
		w.T.Fatalf("got %v", err)
	}
	w.Equal("after a refusal", w.DeliveriesOf("wh_a"), []job.Delivery{want})
	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func([]job.Webhook) ([]job.Webhook, error) { return nil, nil }))
	_, err = w.ChangeDelivery(w.Ctx(), id, func(_ *job.Delivery, hook *job.Webhook, _ time.Time) error {
		if hook != nil {
			return fmt.Errorf("got %v, want nil for a webhook that was removed", hook)
		}
		return nil
	})
	w.NoError(err)
	_, err = w.ChangeDelivery(w.Ctx(), "msg_x", func(*job.Delivery, *job.Webhook, time.Time) error { return nil })
	w.IsKind(err, fault.NotFound, "DELIVERY_NOT_FOUND")
}

func webhookTest(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	d := job.Delivery{ID: "msg_t", Webhook: h.ID, Owner: "ann", Target: job.TargetOf(&h, ""), Event: job.WebhookTest, Created: w.Now(), Due: w.Now(), Expires: w.Now().Add(time.Hour)}
	w.Finished()
	got, err := w.AddDelivery(w.Ctx(), d)
	w.NoError(err)
	_, err = w.AddDelivery(w.Ctx(), d)
	if err == nil {
		w.T.Fatal("an id is used twice")
	}
	d.Sequence = 2
	w.Equal("returned", got, d)
	w.Equal("kept", w.DeliveriesOf("wh_a")[0], d)
	w.Finished()
	w.Equal("counted on", w.DeliveriesOf("wh_a")[0].Sequence, int64(3))
	d.Owner, d.ID = "bob", "msg_u"
	_, err = w.AddDelivery(w.Ctx(), d)
	w.IsKind(err, fault.NotFound, "WEBHOOK_NOT_FOUND")
}

func webhookPages(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/")
	for range 5 {
		w.Finished()
	}
	all := w.DeliveriesOf("wh_a")
	var pages []job.Delivery
	for before := ""; ; {
		page, err := w.Deliveries(w.Ctx(), "wh_a", before, 2)
		w.NoError(err)
		if len(page) == 0 {
			break
		}
		before = page[len(page)-1].ID
		pages = append(pages, page...)
		w.Finished() // what arrives meanwhile disturbs nothing
	}
	w.Equal("pages", pages, all)
	none, err := w.Deliveries(w.Ctx(), "wh_a", "msg_unknown", 2)
	w.NoError(err)
	w.Equal("after an unknown one", len(none), 0)
}

func webhookSweep(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/")
	w.Finished()
	w.Clock.Advance(time.Hour)
	w.Finished()
	swept := func() int {
		n, err := w.SweepDeliveries(w.Ctx(), w.Now(), 1)
		w.NoError(err)
		return n
	}
	w.Clock.Advance(job.DeliveryLife - time.Hour - time.Millisecond)
	w.Equal("too early", swept(), 0)
	w.Clock.Advance(time.Millisecond)
	w.Equal("the first", swept(), 1)
	w.Equal("the second", swept(), 0)
	w.Equal("left", len(w.DeliveriesOf("wh_a")), 1)
}
