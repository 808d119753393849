package storetest

import (
	"fmt"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// targets are those that are due now and the next one.
func (w *world) targets(each int) []job.Target {
	w.t.Helper()
	list, err := w.DueTargets(w.ctx(), w.now(), each)
	w.noError(err)
	return append([]job.Target{}, list...)
}

// failedTo ends a job of an owner, whose address is called for it.
func (w *world) failedTo(owner, url string) {
	w.t.Helper()
	w.must(w.submit(owner, func(j *job.Job) { j.Ready.WebhookURL = url }).ID, giveUp)
}

// called claims the first delivery of a target and records a call.
func (w *world) called(target string, heard job.Heard, is func(d *job.Delivery, now time.Time)) {
	w.t.Helper()
	list := w.claimed(protocol.Want{Target: target, Most: 1})
	if len(list) != 1 {
		w.t.Fatalf("claimed %d of %s, want 1", len(list), target)
	}
	d, err := w.ChangeDelivery(w.ctx(), list[0].Delivery.ID, func(d *job.Delivery, _ *job.Webhook, now time.Time) error {
		d.Heard = heard
		is(d, now)
		return nil
	})
	w.noError(err)
	w.equal("heard", d.Heard, job.Heard{})
}

func accepted(d *job.Delivery, _ time.Time) { d.State = job.Delivered }

func webhookTargets(w *world) {
	a, b, own := w.hook("ann", "wh_a", "https://a.example/"), w.hook("bob", "wh_b", "https://b.example/"), w.hook("ann", "wh_o", "")
	w.equal("none", w.targets(10), []job.Target{})
	start := w.now()
	w.failedTo("bob", "")
	w.clock.advance(time.Second)
	w.failedTo("ann", "http://one.example/a")
	w.failedTo("bob", "")
	w.clock.advance(time.Second)
	w.failedTo("ann", "http://two.example/a")
	second, third := start.Add(time.Second), start.Add(2*time.Second)
	all := []job.Target{ // of each owner in turn
		{Name: job.TargetOf(&a, ""), Due: second},
		{Name: job.TargetOf(&own, "http://one.example"), Due: second},
		{Name: job.TargetOf(&own, "http://two.example"), Due: third},
		{Name: job.TargetOf(&b, ""), Due: start},
	}
	w.equal("all", w.targets(10), all)
	w.equal("one of each", w.targets(1), []job.Target{all[0], all[3]})
	w.equal("owner", all[2].Owner(), "ann")
	w.called(all[3].Name, job.Heard{}, accepted)
	all[3].Due = second
	w.equal("after a call", w.targets(10), all)
	w.claimed(protocol.Want{Target: all[3].Name, Most: 1})
	all[3].Due = w.now().Add(time.Minute)
	w.equal("while it is called", w.targets(10), all) // as the next one
	w.clock.advance(time.Minute)
	w.equal("after the lease", w.targets(10), all)
	w.reopen()
	w.equal("after a restart", w.targets(10), all)
}

// webhookTurns: an owner's targets hide nobody else's, however many they are.
func webhookTurns(w *world) {
	w.hook("ann", "wh_o", "")
	for i := range 40 {
		w.failedTo("ann", fmt.Sprintf("http://h%d.example/", i))
	}
	w.clock.advance(time.Second)
	b, c := w.hook("ann-b", "wh_b", "https://b.example/"), w.hook("c", "wh_c", "https://c.example/")
	w.failedTo("ann-b", "")
	w.failedTo("c", "")
	owners := map[string]int{}
	for _, t := range w.targets(3) {
		owners[t.Owner()]++
	}
	w.equal("targets of each owner", owners, map[string]int{"ann": 3, "ann-b": 1, "c": 1})
	first := w.targets(3)[0].Name
	w.called(first, job.Heard{Standing: job.Failing}, func(d *job.Delivery, now time.Time) { d.Due = now })
	var failing []job.Target
	list := w.targets(3)
	for _, t := range list {
		if t.Standing == job.Failing {
			failing = append(failing, t)
		}
	}
	w.equal("failing", failing, []job.Target{{Name: first, Due: w.now(), Standing: job.Failing}})
	w.equal("each standing has its own", len(list), 3+1+1+1)
	w.equal("names", []string{list[4].Name, list[5].Name}, []string{job.TargetOf(&b, ""), job.TargetOf(&c, "")})
}

func webhookPause(w *world) {
	h := w.hook("ann", "wh_a", "https://a.example/")
	target := job.TargetOf(&h, "")
	w.failedTo("ann", "")
	w.clock.advance(time.Millisecond)
	w.failedTo("ann", "")
	until := w.now().Add(time.Hour)
	w.called(target, job.Heard{Standing: job.Failing, Until: until}, func(d *job.Delivery, _ time.Time) { d.Due = until })
	paused := func(what string, want bool) {
		w.t.Helper()
		due := 0
		for _, t := range w.targets(10) {
			if !t.Due.After(w.now()) {
				due++
			}
		}
		w.equal(what+": is due", due == 0, want)
		list := w.claimed(protocol.Want{Target: target, Most: 10})
		w.equal(what+": cannot be claimed", len(list) == 0, want)
		for _, d := range list { // given back
			_, err := w.ChangeDelivery(w.ctx(), d.Delivery.ID, func(is *job.Delivery, _ *job.Webhook, now time.Time) error {
				is.Due = now
				return nil
			})
			w.noError(err)
		}
	}
	paused("at once", true)
	w.reopen()
	w.clock.advance(time.Hour - time.Millisecond)
	paused("just before", true)
	w.failedTo("ann", "") // what comes meanwhile waits too
	paused("a new one", true)
	w.clock.advance(time.Millisecond)
	paused("after it", false)
	w.called(target, job.Heard{Standing: job.Failing, Until: w.now().Add(time.Hour)}, func(d *job.Delivery, now time.Time) { d.Due = now })
	paused("again", true)
	w.clock.advance(-2 * time.Hour) // it was heard in the future: by a clock that was set back
	w.failedTo("ann", "")
	paused("by a clock that was set back", false)
}

// webhookForget: how a target stands is known as long as deliveries are kept.
func webhookForget(w *world) {
	h := w.hook("ann", "wh_a", "https://a.example/")
	standing := func() job.TargetStanding {
		w.t.Helper()
		w.failedTo("ann", "")
		list := w.targets(10)
		w.equal("targets", len(list), 1)
		w.called(job.TargetOf(&h, ""), job.Heard{Standing: job.Proven}, accepted)
		return list[0].Standing
	}
	purge := func() {
		w.t.Helper()
		_, err := w.PurgeDeliveries(w.ctx(), w.now(), 10)
		w.noError(err)
	}
	w.equal("at first", standing(), job.Unproven)
	w.equal("then", standing(), job.Proven)
	w.clock.advance(job.DeliveryLife - time.Millisecond)
	purge()
	w.equal("for days", standing(), job.Proven)
	w.clock.advance(job.DeliveryLife)
	purge()
	w.equal("after that", standing(), job.Unproven)
	w.failedTo("ann", "")
	w.clock.advance(job.DeliveryLife)
	purge()
	w.equal("of one that was never made", len(w.claimed(protocol.Want{Target: job.TargetOf(&h, ""), Most: 1})), 0)
	w.equal("its target", w.targets(10), []job.Target{})
}
