package storetest

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// clockPause: what seems to begin in the future was given by a clock that was set
// back since, and is over; also for a process that was started since. Steps below
// a second are none.
func clockPause(w *world.World) {
	a := w.Paused(time.Minute)
	w.Clock.Advance(-900 * time.Millisecond)
	w.Promoted()
	w.Clock.Advance(-time.Second)
	w.Promoted(a)
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	ready, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", ready, []job.Candidate{world.CandidateOf(a)})
	b, c := w.Paused(time.Hour), w.Paused(time.Second)
	w.Clock.Advance(-2 * 365 * 24 * time.Hour)
	w.Reopen()
	w.Promoted(c, b)
	w.Promoted()
	d := w.Paused(time.Minute)
	w.Promoted()
	w.Clock.Advance(time.Minute)
	w.Promoted(d)
}

// clockSince: a change that leaves the pause alone does not begin it anew.
func clockSince(w *world.World) {
	j := w.Paused(time.Minute)
	began := w.Now()
	w.Clock.Advance(10 * time.Second)
	w.Must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Priority = 3
		return nil
	})
	r, err := protocol.Waiting(w.Ctx(), w, j.ID)
	w.NoError(err)
	w.Equal("began", r.Since, began)
	w.Equal("until", r.RunAt, began.Add(time.Minute))
}

// clockWish: what a client asked for is a time of day.
func clockWish(w *world.World) {
	j := w.SubmitJob("ann", world.WithRunAt(w.Clock.Now().Add(time.Hour)))
	w.Clock.Advance(-2 * time.Hour)
	w.Promoted()
	w.Must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Priority = 3
		return nil
	})
	w.Promoted()
	w.Clock.Advance(3 * time.Hour)
	due, next, err := w.Promote(w.Ctx(), 10)
	w.NoError(err)
	w.Equal("next", next, time.Time{})
	w.Equal("due", len(due), 1)
}

// clockStart: a start whose time has come does not wait again when the clock is
// set back.
func clockStart(w *world.World) {
	past := w.SubmitJob("ann", world.WithRunAt(w.Clock.Now().Add(-time.Minute)))
	j := w.SubmitJob("ann", world.WithRunAt(w.Clock.Now().Add(time.Minute)))
	w.Clock.Advance(time.Minute)
	w.Promoted(j)
	w.Clock.Advance(-time.Hour)
	for _, id := range []job.ID{past.ID, j.ID} {
		r, err := protocol.Waiting(w.Ctx(), w, id)
		w.NoError(err)
		w.Equal("start", r.RunAt, time.Time{})
		is := w.Must(id, world.Claim("w"))
		w.Equal("status", is.Status, job.Processing)
	}
}

// clockLease: what a lease lasts is known from its row.
func clockLease(w *world.World) {
	j := w.SubmitJob("ann")
	given := w.Must(j.ID, world.Claim("w")).Ready.Lease
	w.Equal("given", given.Since, w.Now())
	w.Clock.Advance(-time.Hour)
	w.Reopen()
	leases, err := protocol.Leases(w.Ctx(), w, w.Now().Add(24*time.Hour), 10)
	w.NoError(err)
	w.Equal("leases", leases, []job.Lease{given})
	until := w.Now().Add(world.LeaseTime)
	renewed := w.Must(j.ID, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		j.Ready.Lease.Until = l.Now().Add(world.LeaseTime)
		return nil
	}).Ready.Lease
	w.Equal("renewed", renewed, job.Lease{ID: j.ID, Worker: "w", Attempt: 1, Until: until, Since: w.Now()})
	w.Clock.Advance(time.Second)
	same := w.Must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.CancelRequested = true
		return nil
	}).Ready.Lease
	w.Equal("left alone", same, renewed)
}

// clockExpired: the store's clock may have leapt this moment; what is removed
// goes by the caller's time.
func clockExpired(w *world.World) {
	j := w.SubmitJob("ann")
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	w.Must(j.ID, world.Finish(lease, nil))
	now := w.Now()
	w.Clock.Advance(2 * 365 * 24 * time.Hour)
	ids, err := protocol.ExpiredJobs(w.Ctx(), w, now, 10)
	w.NoError(err)
	w.Equal("expired before its time", len(ids), 0)
	ids, err = protocol.ExpiredJobs(w.Ctx(), w, now.Add(time.Hour), 10)
	w.NoError(err)
	w.Equal("expired", ids, []job.ID{j.ID})
}

// clockDelivery: what was put off by a clock that was set back since is found,
// and made due when that is asked for; nothing else is.
func clockDelivery(w *world.World) {
	a, b := w.Hook("ann", "wh_a", "https://a.example/"), w.Hook("ann", "wh_b", "https://b.example/")
	wantA, wantB := protocol.Want{Target: job.TargetOf(&a, ""), Most: 10}, protocol.Want{Target: job.TargetOf(&b, ""), Most: 10}
	redate := func(limit int, want bool) {
		w.T.Helper()
		some, err := w.Redate(w.Ctx(), limit)
		w.NoError(err)
		w.Equal("deliveries from the future", some, want)
	}
	redate(10, false)
	w.Finished()
	redate(10, false)
	d := w.Claimed(wantA)[0].Delivery // b's is as its job's end wrote it
	_, err := w.ChangeDelivery(w.Ctx(), d.ID, func(d *job.Delivery, _ *job.Webhook, now time.Time) error {
		d.Due, d.Attempts = now.Add(10*time.Hour), 1
		return nil
	})
	w.NoError(err)
	redate(10, false)
	w.Clock.Advance(-900 * time.Millisecond)
	redate(10, false)
	w.Clock.Advance(-2 * time.Hour)
	redate(0, true)
	w.Equal("only looked", len(w.Claimed(wantA)), 0)
	redate(10, true)
	redate(10, false)
	again := w.Claimed(wantA)
	w.Equal("due", len(again), 1)
	w.Equal("attempts", again[0].Delivery.Attempts, 1)
	redate(10, false) // claimed by the new clock
	w.Equal("not due by it yet", len(w.Claimed(wantB)), 0)
	w.Clock.Advance(2*time.Hour + time.Second)
	w.Equal("due by it", len(w.Claimed(wantB)), 1)
}

// clockRecallAnswer: a key is free again after the time of its answer, and not when
// the time has come that a wrong clock showed.
func clockRecallAnswer(w *world.World) {
	early := w.Keyed("bob", 1)
	w.NoError(w.Submit(w.Ctx(), early))
	w.Clock.Advance(2 * 365 * 24 * time.Hour)
	w.NoError(w.Submit(w.Ctx(), w.Keyed("ann", 1)))
	w.Clock.Advance(-2 * 365 * 24 * time.Hour)
	w.NoError(w.Recall(w.Ctx(), w.Now().Add(24*time.Hour), 10))
	for owner, expires := range map[string]time.Time{"ann": w.Now().Add(protocol.AnswerLife), "bob": early.Idempotency.Expires} {
		kept, err := w.Answer(w.Ctx(), owner, "k")
		w.NoError(err)
		w.Equal("expires", kept.Expires, expires)
	}
}

// clockRecall: what was made after a time is as if it were made now, the rest is
// left alone.
func clockRecall(w *world.World) {
	h := w.Hook("ann", "wh_a", "https://a.example/")
	begun := w.Now()
	kept := w.PendingUpload("ann", 1)
	w.Arrived(kept, 5)
	early := w.Finished().ID
	w.Clock.Advance(2 * 365 * 24 * time.Hour)
	late := w.Finished().ID
	ahead, pending := w.PendingUpload("ann", 2), w.PendingUpload("ann", 3)
	w.Arrived(ahead, 5)
	w.Clock.Advance(-2 * 365 * 24 * time.Hour)
	now := w.Now()
	ids, err := protocol.EndedAfter(w.Ctx(), w, now.Add(24*time.Hour), 10)
	w.NoError(err)
	w.Equal("ended in the future", ids, []job.ID{late})
	w.NoError(w.Recall(w.Ctx(), now.Add(24*time.Hour), 10))
	for _, c := range []struct {
		id               string
		created, expires time.Time
	}{
		{kept.ID, begun, begun.Add(time.Hour)}, {ahead.ID, now, now.Add(time.Hour)}, {pending.ID, pending.Created, pending.Expires},
	} {
		u, err := w.Upload(w.Ctx(), c.id)
		w.NoError(err)
		w.Equal("created", u.Created, c.created)
		w.Equal("expires", u.Expires, c.expires)
	}
	list, err := w.Deliveries(w.Ctx(), h.ID, "", 10)
	w.NoError(err)
	for _, d := range list {
		if d.Job == late {
			w.Equal("delivery", [2]time.Time{d.Created, d.Expires}, [2]time.Time{now, now.Add(job.DeliveryLife)})
		}
		if d.Job == early {
			w.Equal("early delivery", d.Created, begun)
		}
	}
	w.Equal("deliveries", len(list), 2)
}
