package calls

import (
	"fmt"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func accepted(d *job.Delivery, _ time.Time) { d.State = job.Delivered }

func webhookTargets(w *world.World) {
	a, b, own := w.Hook("ann", "wh_a", "https://a.example/"), w.Hook("bob", "wh_b", "https://b.example/"), w.Hook("ann", "wh_o", "")
	w.Equal("none", w.AllTargets(10), []job.Target{})
	start := w.Now()
	w.FailedTo("bob", "")
	w.Clock.Advance(time.Second)
	w.FailedTo("ann", "http://one.example/a")
	w.FailedTo("bob", "")
	w.Clock.Advance(time.Second)
	w.FailedTo("ann", "http://two.example/a")
	second, third := start.Add(time.Second), start.Add(2*time.Second)
	all := []job.Target{ // of each owner in turn
		{Name: job.TargetOf(&a, ""), Due: second},
		{Name: job.TargetOf(&own, "http://one.example"), Due: second},
		{Name: job.TargetOf(&own, "http://two.example"), Due: third},
		{Name: job.TargetOf(&b, ""), Due: start},
	}
	w.Equal("all", w.AllTargets(10), all)
	w.Equal("one of each", w.AllTargets(1), []job.Target{all[0], all[3]})
	w.Equal("owner", all[2].Owner(), "ann")
	w.Called(all[3].Name, job.Heard{}, accepted)
	all[3].Due = second
	w.Equal("after a call", w.AllTargets(10), all)
	w.Claimed(protocol.Want{Target: all[3].Name, Most: 1})
	all[3].Due = w.Now().Add(time.Minute)
	w.Equal("while it is called", w.AllTargets(10), all) // as the next one
	w.Clock.Advance(time.Minute)
	w.Equal("after the lease", w.AllTargets(10), all)
	w.Reopen()
	w.Equal("after a restart", w.AllTargets(10), all)
}

// webhookTurns: an owner's targets hide nobody else's, however many they are.
func webhookTurns(w *world.World) {
	w.Hook("ann", "wh_o", "")
	for i := range 40 {
		w.FailedTo("ann", fmt.Sprintf("http://h%d.example/", i))
	}
	w.Clock.Advance(time.Second)
	b, c := w.Hook("ann-b", "wh_b", "https://b.example/"), w.Hook("c", "wh_c", "https://c.example/")
	w.FailedTo("ann-b", "")
	w.FailedTo("c", "")
	owners := map[string]int{}
	for _, t := range w.AllTargets(3) {
		owners[t.Owner()]++
	}
	w.Equal("targets of each owner", owners, map[string]int{"ann": 3, "ann-b": 1, "c": 1})
	first := w.AllTargets(3)[0].Name
	w.Called(first, job.Heard{Standing: job.Failing}, func(d *job.Delivery, now time.Time) { d.Due = now })
	var failing []job.Target
	list := w.AllTargets(3)
	for _, t := range list {
		if t.Standing == job.Failing {
			failing = append(failing, t)
		}
	}
	w.Equal("failing", failing, []job.Target{{Name: first, Due: w.Now(), Standing: job.Failing}})
	w.Equal("each standing has its own", len(list), 3+1+1+1)
	w.Equal("names", []string{list[4].Name, list[5].Name}, []string{job.TargetOf(&b, ""), job.TargetOf(&c, "")})
}

func webhookPause(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	target := job.TargetOf(&h, "")
	w.FailedTo("ann", "")
	w.Clock.Advance(time.Millisecond)
	w.FailedTo("ann", "")
	until := w.Now().Add(time.Hour)
	w.Called(target, job.Heard{Standing: job.Failing, Until: until}, func(d *job.Delivery, _ time.Time) { d.Due = until })
	paused := func(what string, want bool) {
		w.T.Helper()
		due := 0
		for _, t := range w.AllTargets(10) {
			if !t.Due.After(w.Now()) {
				due++
			}
		}
		w.Equal(what+": is due", due == 0, want)
		list := w.Claimed(protocol.Want{Target: target, Most: 10})
		w.Equal(what+": cannot be claimed", len(list) == 0, want)
		for _, d := range list { // given back
			_, err := w.ChangeDelivery(w.Ctx(), d.Delivery.ID, func(is *job.Delivery, _ *job.Webhook, now time.Time) error {
				is.Due = now
				return nil
			})
			w.NoError(err)
		}
	}
	paused("at once", true)
	w.Reopen()
	w.Clock.Advance(time.Hour - time.Millisecond)
	paused("just before", true)
	w.FailedTo("ann", "") // what comes meanwhile waits too
	paused("a new one", true)
	w.Clock.Advance(time.Millisecond)
	paused("after it", false)
	w.Called(target, job.Heard{Standing: job.Failing, Until: w.Now().Add(time.Hour)}, func(d *job.Delivery, now time.Time) { d.Due = now })
	paused("again", true)
	w.Clock.Advance(-2 * time.Hour) // it was heard in the future: by a clock that was set back
	w.FailedTo("ann", "")
	paused("by a clock that was set back", false)
}

// webhookForget: how a target stands is known as long as deliveries are kept.
func webhookForget(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	standing := func() job.TargetStanding {
		w.T.Helper()
		w.FailedTo("ann", "")
		list := w.AllTargets(10)
		w.Equal("targets", len(list), 1)
		w.Called(job.TargetOf(&h, ""), job.Heard{Standing: job.Proven}, accepted)
		return list[0].Standing
	}
	sweep := func() {
		w.T.Helper()
		_, err := w.SweepDeliveries(w.Ctx(), w.Now(), 10)
		w.NoError(err)
	}
	w.Equal("at first", standing(), job.Unproven)
	w.Equal("then", standing(), job.Proven)
	w.Clock.Advance(job.DeliveryLife - time.Millisecond)
	sweep()
	w.Equal("for days", standing(), job.Proven)
	w.Clock.Advance(job.DeliveryLife)
	sweep()
	w.Equal("after that", standing(), job.Unproven)
	w.FailedTo("ann", "")
	w.Clock.Advance(job.DeliveryLife)
	sweep()
	w.Equal("of one that was never made", len(w.Claimed(protocol.Want{Target: job.TargetOf(&h, ""), Most: 1})), 0)
	w.Equal("its target", w.AllTargets(10), []job.Target{})
}
