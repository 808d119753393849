package calls

import (
	"errors"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// asked are terms with everything in them.
func asked() *job.WebhookTerms {
	return &job.WebhookTerms{
		Headers: []job.HookHeader{{Name: "X-Token", Value: "s3cret \"<&>"}, {Name: "X-Other", Value: "b"}},
		Tools:   []string{"json-formatter"}, Metadata: map[string]string{"customer": "é \"x\""}, MaxPerSecond: 0.5, Keyed: true,
		Made: &job.WebhookMade{Key: []byte{0, 1}, Request: []byte{255}},
	}
}

// terms has the terms of one of ann's webhooks be these.
func terms(w *world.World, i int, t *job.WebhookTerms) {
	w.T.Helper()
	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[i].Terms = t
		return list, nil
	}))
}

func webhookTerms(w *world.World) {
	plain, with := w.Hook("ann", "wh_a", "https://a.example/"), w.Hook("ann", "wh_b", "https://b.example/")
	with.Terms = asked()
	terms(w, 1, asked())
	w.Equal("kept", w.Hooks("ann"), []job.Webhook{plain, with})
	w.Reopen()
	w.Equal("after reopening", w.Hooks("ann"), []job.Webhook{plain, with})
	terms(w, 1, &job.WebhookTerms{})
	with.Terms = nil
	w.Equal("nothing is asked any more", w.Hooks("ann"), []job.Webhook{plain, with})
}

func webhookFilters(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/")
	w.Hook("ann", "wh_b", "https://b.example/")
	w.Hook("ann", "wh_c", "https://c.example/")
	w.Hook("ann", "wh_o", "")
	terms(w, 0, &job.WebhookTerms{Tools: []string{"other", "json-formatter"}, Metadata: map[string]string{"a": "1", "b": "2"}})
	terms(w, 1, &job.WebhookTerms{Tools: []string{"other"}})
	terms(w, 2, &job.WebhookTerms{Metadata: map[string]string{"a": ""}})
	w.Reopen()
	end := func(metadata string) {
		w.T.Helper()
		w.Must(w.SubmitJob("ann", func(j *job.Job) {
			j.Tool, j.Ready.WebhookURL = "json-formatter", "https://o.example/"
			if metadata != "" {
				j.Metadata = []byte(metadata)
			}
		}).ID, world.GiveUp)
	}
	counts := func() (n [4]int) {
		w.T.Helper()
		for i, id := range []string{"wh_a", "wh_b", "wh_c", "wh_o"} {
			n[i] = len(w.DeliveriesOf(id))
		}
		return n
	}
	end("")
	w.Equal("without metadata", counts(), [4]int{0, 0, 0, 1})
	end(`{"a":"1","b":"3"}`)
	w.Equal("with other metadata", counts(), [4]int{0, 0, 0, 2})
	end(`{"a":"1","b":"2","c":"3"}`)
	w.Equal("with its metadata", counts(), [4]int{1, 0, 0, 3})
	end(`{"a":""}`)
	w.Equal("with an empty value", counts(), [4]int{1, 0, 1, 4})
	d := w.DeliveriesOf("wh_a")[0]
	w.Equal("sequence", d.Sequence, int64(1))
	w.Equal("what was not for it is not counted", w.Hooks("ann")[1].Sequence, int64(0))
}

// due counts the targets that are due.
func due(w *world.World) (n int) {
	w.T.Helper()
	for _, t := range w.AllTargets(10) {
		if !t.Due.After(w.Now()) {
			n++
		}
	}
	return n
}

func webhookPace(w *world.World) {
	h, other := w.Hook("ann", "wh_a", "https://a.example/"), w.Hook("ann", "wh_b", "https://b.example/")
	terms(w, 0, &job.WebhookTerms{MaxPerSecond: 8}) // two in a quarter of a second
	for range 6 {
		w.FailedTo("ann", "")
	}
	want := []protocol.Want{{Target: job.TargetOf(&h, ""), Most: 4}, {Target: job.TargetOf(&other, ""), Most: 1}}
	claimed := func(what string, n, paced int) {
		w.T.Helper()
		of, waited := map[string]int{}, map[string]int{}
		for _, d := range w.Claimed(want...) {
			of[d.Delivery.Webhook]++
			if d.Delivery.Paced {
				waited[d.Delivery.Webhook]++
			}
		}
		w.Equal(what, of["wh_a"], n)
		w.Equal(what+": waited for the pace", waited["wh_a"], paced)
		w.Equal(what+": the other one waited", waited["wh_b"], 0)
		w.Equal(what+": the other one", of["wh_b"], 1)
	}
	claimed("at first", 3, 2) // the first needs no time
	w.Equal("due", due(w), 1)
	claimed("at once again", 0, 0)
	next := w.AllTargets(10)[1]
	w.Equal("its turn", next, job.Target{Name: want[0].Target, Due: w.Now().Add(375 * time.Millisecond)})
	w.Clock.Advance(374 * time.Millisecond)
	w.Reopen()
	claimed("just before its turn", 0, 0)
	w.Clock.Advance(time.Millisecond)
	w.Equal("due at its turn", due(w), 2)
	claimed("at its turn", 3, 3)
	w.Clock.Advance(time.Second)
	w.Equal("nothing is left", due(w), 1)
	terms(w, 0, nil)
	for range 5 {
		w.FailedTo("ann", "")
	}
	claimed("without a pace", 4, 0)
}

// webhookPaceClock: a turn that lies farther off than there are turns does not count.
func webhookPaceClock(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	terms(w, 0, &job.WebhookTerms{MaxPerSecond: 0.001}) // a hundred seconds are the longest gap
	w.FailedTo("ann", "")
	w.FailedTo("ann", "")
	want := protocol.Want{Target: job.TargetOf(&h, ""), Most: 4}
	w.Equal("claimed", len(w.Claimed(want)), 1)
	w.Clock.Advance(job.LongestGap - time.Millisecond)
	w.Equal("before its turn", len(w.Claimed(want)), 0)
	w.Clock.Advance(-time.Hour)
	w.FailedTo("ann", "")
	w.Equal("due by a clock that was set back", due(w), 1)
	w.Equal("claimed by a clock that was set back", len(w.Claimed(want)), 1)
}

func webhookMoved(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	w.FailedTo("ann", "")
	w.Called(job.TargetOf(&h, ""), job.Heard{Standing: job.Failing, Until: w.Now().Add(time.Hour)}, func(d *job.Delivery, now time.Time) { d.Due = now })
	w.Equal("asked to be left alone", due(w), 0)
	w.NoError(w.ChangeWebhooks(w.Ctx(), "ann", func(list []job.Webhook) ([]job.Webhook, error) {
		list[0].URL = "https://b.example/"
		return list, nil
	}))
	w.Equal("the new address did not", w.AllTargets(10), []job.Target{{Name: job.TargetOf(&h, ""), Due: w.Now()}})
	got := w.Claimed(protocol.Want{Target: job.TargetOf(&h, ""), Most: 1})
	w.Equal("it is called", got[0].Webhook.URL, "https://b.example/")
}

// settled records a call.
func settled(w *world.World, id string, s job.DeliveryState) {
	w.T.Helper()
	_, err := w.ChangeDelivery(w.Ctx(), id, func(d *job.Delivery, _ *job.Webhook, _ time.Time) error {
		d.State, d.Ordered = s, false
		return nil
	})
	w.NoError(err)
}

func webhookOrdered(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	for range 4 {
		w.FailedTo("ann", "")
	}
	want := protocol.Want{Target: job.TargetOf(&h, ""), Most: 4}
	var ids []string
	for _, d := range w.Claimed(want) {
		w.Equal("calling", d.Delivery.Calling, true)
		ids = append(ids, d.Delivery.ID)
		settled(w, d.Delivery.ID, job.DeliveryFailed)
	}
	now := w.Now()
	w.FailedTo("ann", "")
	other := w.Claimed(want)[0].Delivery.ID
	left, err := w.ChangeDelivery(w.Ctx(), other, func(*job.Delivery, *job.Webhook, time.Time) error { return nil })
	w.NoError(err)
	w.Equal("a call goes on where nothing was changed", left.Calling, true)
	settled(w, other, job.Delivered)
	w.NoError(w.ChangeDeliveries(w.Ctx(), "ann", ids[1:], func(d *job.Delivery, _ *job.Webhook, _ time.Time) error {
		w.Equal("recorded", d.Calling, false)
		d.State, d.Due, d.Ordered = job.DeliveryPending, now, true
		return nil
	}))
	w.Clock.Advance(time.Millisecond)
	w.FailedTo("ann", "")
	for _, id := range ids[1:] {
		got := w.Claimed(want)
		w.Equal("claimed", len(got), 1)
		w.Equal("in order", got[0].Delivery.ID, id)
		w.Equal("ordered", got[0].Delivery.Ordered, true)
		w.Equal("due while it is called", due(w), 0)
		w.Equal("while it is called", len(w.Claimed(want)), 0)
		w.Reopen()
		w.Equal("after a restart", len(w.Claimed(want)), 0)
		if id == ids[2] { // nobody records it
			w.Clock.Advance(time.Minute)
			got = w.Claimed(want)
			w.Equal("after the lease", len(got), 1)
			w.Equal("the same one", got[0].Delivery.ID, id)
		}
		settled(w, id, job.Delivered)
	}
	w.Equal("the rest", len(w.Claimed(want)), 1)
}

func webhookTogether(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/")
	w.Hook("bob", "wh_b", "https://b.example/")
	start := w.Now()
	for range 5 {
		w.FailedTo("ann", "")
		w.Clock.Advance(time.Second)
	}
	w.FailedTo("bob", "")
	list := func(since time.Time, after string, limit int) []int64 {
		w.T.Helper()
		all, err := w.Undelivered(w.Ctx(), "wh_a", since, after, limit)
		w.NoError(err)
		n := []int64{}
		for _, d := range all {
			n = append(n, d.Sequence)
		}
		return n
	}
	all, bobs := w.DeliveriesOf("wh_a"), w.DeliveriesOf("wh_b")
	settled(w, all[2].ID, job.Delivered)
	settled(w, all[3].ID, job.DeliveryFailed)
	w.Equal("all that was not accepted", list(start, "", 10), []int64{1, 2, 4, 5})
	w.Equal("since", list(start.Add(time.Second), "", 10), []int64{2, 4, 5})
	w.Equal("a page", list(start, all[4].ID, 2), []int64{2, 4})
	w.Equal("the last page", list(start, all[0].ID, 2), []int64{})

	seen := 0
	change := func(fail error) error {
		seen = 0
		return w.ChangeDeliveries(w.Ctx(), "ann", []string{all[4].ID, bobs[0].ID, "msg_none", all[3].ID}, func(d *job.Delivery, h *job.Webhook, now time.Time) error {
			seen++
			w.Equal("webhook", h.ID, "wh_a")
			d.State, d.Due, d.Attempts, d.Reason = job.DeliveryPending, now.Add(time.Minute), seen, "r"
			if seen == 2 {
				return fail
			}
			return nil
		})
	}
	no := errors.New("no")
	if err := change(no); !errors.Is(err, no) {
		w.T.Fatalf("got %v, want the decision's failure", err)
	}
	w.Equal("nothing was changed", w.DeliveriesOf("wh_a")[4].Reason, "")
	w.NoError(change(nil))
	w.Equal("decided", seen, 2)
	w.Reopen()
	now := w.DeliveriesOf("wh_a")
	w.Equal("changed", []any{now[4].Attempts, now[3].Attempts, now[3].State, now[0].Reason}, []any{1, 2, job.DeliveryPending, ""})
	w.Equal("another owner's", w.DeliveriesOf("wh_b"), bobs)
}
