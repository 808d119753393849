package storetest

import (
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// paused is a job that waits for its next attempt for a time.
func (w *world) paused(d time.Duration) *job.Job {
	w.t.Helper()
	j := w.submit("ann")
	w.must(j.ID, claim("w"))
	w.must(j.ID, requeue(w.clock.Now().Add(d), job.Clear))
	return j
}

func (w *world) promoted(want ...*job.Job) {
	w.t.Helper()
	due, _, err := w.Promote(w.ctx(), 10)
	w.noError(err)
	var list []job.Candidate
	for _, j := range want {
		list = append(list, candidateOf(j))
	}
	byID := func(a, b job.Candidate) int { return slices.Compare(a.ID[:], b.ID[:]) }
	slices.SortFunc(due, byID)
	slices.SortFunc(list, byID)
	w.equal("promoted", due, list)
}

// clockPause: what seems to begin in the future was given by a clock that was set
// back since, and is over; also for a process that was started since. Steps below
// a second are none.
func clockPause(w *world) {
	a := w.paused(time.Minute)
	w.clock.advance(-900 * time.Millisecond)
	w.promoted()
	w.clock.advance(-time.Second)
	w.promoted(a)
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	ready, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", ready, []job.Candidate{candidateOf(a)})
	b, c := w.paused(time.Hour), w.paused(time.Second)
	w.clock.advance(-2 * 365 * 24 * time.Hour)
	w.reopen()
	w.promoted(c, b)
	w.promoted()
	d := w.paused(time.Minute)
	w.promoted()
	w.clock.advance(time.Minute)
	w.promoted(d)
}

// clockSince: a change that leaves the pause alone does not begin it anew.
func clockSince(w *world) {
	j := w.paused(time.Minute)
	began := w.now()
	w.clock.advance(10 * time.Second)
	w.must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Priority = 3
		return nil
	})
	r, err := protocol.Waiting(w.ctx(), w, j.ID)
	w.noError(err)
	w.equal("began", r.Since, began)
	w.equal("until", r.RunAt, began.Add(time.Minute))
}

// clockWish: what a client asked for is a time of day.
func clockWish(w *world) {
	j := w.submit("ann", withRunAt(w.clock.Now().Add(time.Hour)))
	w.clock.advance(-2 * time.Hour)
	w.promoted()
	w.must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Priority = 3
		return nil
	})
	w.promoted()
	w.clock.advance(3 * time.Hour)
	due, next, err := w.Promote(w.ctx(), 10)
	w.noError(err)
	w.equal("next", next, time.Time{})
	w.equal("due", len(due), 1)
}

// clockStart: a start whose time has come does not wait again when the clock is
// set back.
func clockStart(w *world) {
	past := w.submit("ann", withRunAt(w.clock.Now().Add(-time.Minute)))
	j := w.submit("ann", withRunAt(w.clock.Now().Add(time.Minute)))
	w.clock.advance(time.Minute)
	w.promoted(j)
	w.clock.advance(-time.Hour)
	for _, id := range []job.ID{past.ID, j.ID} {
		r, err := protocol.Waiting(w.ctx(), w, id)
		w.noError(err)
		w.equal("start", r.RunAt, time.Time{})
		is := w.must(id, claim("w"))
		w.equal("status", is.Status, job.Processing)
	}
}

// clockLease: what a lease lasts is known from its row.
func clockLease(w *world) {
	j := w.submit("ann")
	given := w.must(j.ID, claim("w")).Ready.Lease
	w.equal("given", given.Since, w.now())
	w.clock.advance(-time.Hour)
	w.reopen()
	leases, err := protocol.Leases(w.ctx(), w, w.now().Add(24*time.Hour), 10)
	w.noError(err)
	w.equal("leases", leases, []job.Lease{given})
	until := w.now().Add(leaseTime)
	renewed := w.must(j.ID, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		j.Ready.Lease.Until = l.Now().Add(leaseTime)
		return nil
	}).Ready.Lease
	w.equal("renewed", renewed, job.Lease{ID: j.ID, Worker: "w", Attempt: 1, Until: until, Since: w.now()})
	w.clock.advance(time.Second)
	same := w.must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.CancelRequested = true
		return nil
	}).Ready.Lease
	w.equal("left alone", same, renewed)
}

// clockExpired: the store's clock may have leapt this moment; what is removed
// goes by the caller's time.
func clockExpired(w *world) {
	j := w.submit("ann")
	lease := w.must(j.ID, claim("w")).Ready.Lease
	w.must(j.ID, finish(lease, nil))
	now := w.now()
	w.clock.advance(2 * 365 * 24 * time.Hour)
	ids, err := protocol.ExpiredJobs(w.ctx(), w, now, 10)
	w.noError(err)
	w.equal("expired before its time", len(ids), 0)
	ids, err = protocol.ExpiredJobs(w.ctx(), w, now.Add(time.Hour), 10)
	w.noError(err)
	w.equal("expired", ids, []job.ID{j.ID})
}

// clockDelivery: what was put off by a clock that was set back since is found,
// and made due when that is asked for; nothing else is.
func clockDelivery(w *world) {
	a, b := w.hook("ann", "wh_a", "https://a.example/"), w.hook("ann", "wh_b", "https://b.example/")
	wantA, wantB := protocol.Want{Target: job.TargetOf(&a, ""), Most: 10}, protocol.Want{Target: job.TargetOf(&b, ""), Most: 10}
	redate := func(limit int, want bool) {
		w.t.Helper()
		some, err := w.Redate(w.ctx(), limit)
		w.noError(err)
		w.equal("deliveries from the future", some, want)
	}
	redate(10, false)
	w.finished()
	redate(10, false)
	d := w.claimed(wantA)[0].Delivery // b's is as its job's end wrote it
	_, err := w.ChangeDelivery(w.ctx(), d.ID, func(d *job.Delivery, _ *job.Webhook, now time.Time) error {
		d.Due, d.Attempts = now.Add(10*time.Hour), 1
		return nil
	})
	w.noError(err)
	redate(10, false)
	w.clock.advance(-900 * time.Millisecond)
	redate(10, false)
	w.clock.advance(-2 * time.Hour)
	redate(0, true)
	w.equal("only looked", len(w.claimed(wantA)), 0)
	redate(10, true)
	redate(10, false)
	again := w.claimed(wantA)
	w.equal("due", len(again), 1)
	w.equal("attempts", again[0].Delivery.Attempts, 1)
	redate(10, false) // claimed by the new clock
	w.equal("not due by it yet", len(w.claimed(wantB)), 0)
	w.clock.advance(2*time.Hour + time.Second)
	w.equal("due by it", len(w.claimed(wantB)), 1)
}

// clockRecallAnswer: a key is free again after the time of its answer, and not when
// the time has come that a wrong clock showed.
func clockRecallAnswer(w *world) {
	early := w.keyed("bob", 1)
	w.noError(w.Submit(w.ctx(), early))
	w.clock.advance(2 * 365 * 24 * time.Hour)
	w.noError(w.Submit(w.ctx(), w.keyed("ann", 1)))
	w.clock.advance(-2 * 365 * 24 * time.Hour)
	w.noError(w.Recall(w.ctx(), w.now().Add(24*time.Hour), 10))
	for owner, expires := range map[string]time.Time{"ann": w.now().Add(protocol.AnswerLife), "bob": early.Idempotency.Expires} {
		kept, err := w.Answer(w.ctx(), owner, "k")
		w.noError(err)
		w.equal("expires", kept.Expires, expires)
	}
}

// clockRecall: what was made after a time is as if it were made now, the rest is
// left alone.
func clockRecall(w *world) {
	h := w.hook("ann", "wh_a", "https://a.example/")
	begun := w.now()
	kept := w.upload("ann", 1)
	w.arrived(kept, 5)
	early := w.finished().ID
	w.clock.advance(2 * 365 * 24 * time.Hour)
	late := w.finished().ID
	ahead, pending := w.upload("ann", 2), w.upload("ann", 3)
	w.arrived(ahead, 5)
	w.clock.advance(-2 * 365 * 24 * time.Hour)
	now := w.now()
	ids, err := protocol.EndedAfter(w.ctx(), w, now.Add(24*time.Hour), 10)
	w.noError(err)
	w.equal("ended in the future", ids, []job.ID{late})
	w.noError(w.Recall(w.ctx(), now.Add(24*time.Hour), 10))
	for _, c := range []struct {
		id               string
		created, expires time.Time
	}{
		{kept.ID, begun, begun.Add(time.Hour)}, {ahead.ID, now, now.Add(time.Hour)}, {pending.ID, pending.Created, pending.Expires},
	} {
		u, err := w.Upload(w.ctx(), c.id)
		w.noError(err)
		w.equal("created", u.Created, c.created)
		w.equal("expires", u.Expires, c.expires)
	}
	list, err := w.Deliveries(w.ctx(), h.ID, "", 10)
	w.noError(err)
	for _, d := range list {
		if d.Job == late {
			w.equal("delivery", [2]time.Time{d.Created, d.Expires}, [2]time.Time{now, now.Add(job.DeliveryLife)})
		}
		if d.Job == early {
			w.equal("early delivery", d.Created, begun)
		}
	}
	w.equal("deliveries", len(list), 2)
}
