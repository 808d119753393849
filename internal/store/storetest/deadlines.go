package storetest

import (
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func timedOf(j *job.Job) protocol.Timed {
	return protocol.Timed{ID: j.ID, Owner: j.Owner, At: world.Milli(j.Ready.EndBy), Created: world.Milli(j.Created)}
}

func endingIn(w *world.World, d time.Duration) func(*job.Job) {
	at := w.Clock.Now().Add(d)
	return func(j *job.Job) { j.Ready.EndBy = at }
}

func setEnd(at time.Time) world.Decision {
	return func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.EndBy = at
		return nil
	}
}

func deadlinesListed(w *world.World) {
	var want []protocol.Timed
	for _, owner := range []string{"ann", "bob", "ann", "cid"} {
		want = append(want, timedOf(w.SubmitJob(owner, endingIn(w, time.Minute))))
		w.SubmitJob(owner)
		w.Clock.Advance(10 * time.Second)
	}
	// They end in 20, 30, 40 and 50 seconds.
	for _, c := range []struct {
		within time.Duration
		limit  int
		want   []protocol.Timed
	}{
		{19 * time.Second, 10, nil},
		{20 * time.Second, 10, want[:1]},
		{45 * time.Second, 10, want[:3]},
		{time.Hour, 10, want},
		{100 * 365 * 24 * time.Hour, 2, want[:2]},
	} {
		got, err := protocol.DueDeadlines(w.Ctx(), w, w.Now().Add(c.within), c.limit)
		w.NoError(err)
		w.Equal("deadlines within "+c.within.String(), got, c.want)
	}
}

func deadlinesMove(w *world.World) {
	listed := func(what string, want ...protocol.Timed) {
		w.T.Helper()
		got, err := protocol.DueDeadlines(w.Ctx(), w, w.Now().Add(24*time.Hour), 10)
		w.NoError(err)
		w.Equal(what, got, want)
	}
	j := w.SubmitJob("ann", endingIn(w, time.Minute))
	standing, err := w.Standing(w.Ctx(), []job.ID{j.ID})
	w.NoError(err)
	w.Equal("it stands", standing[0].Ready.EndBy, world.Milli(j.Ready.EndBy))
	w.Must(j.ID, world.Claim("w"))
	listed("a job that runs keeps it", timedOf(j))
	w.Must(j.ID, world.Beat)
	w.Must(j.ID, world.Requeue(w.Clock.Now().Add(time.Second), job.Clear))
	listed("so does one that waits again", timedOf(j))
	later := world.Milli(w.Clock.Now().Add(time.Hour))
	w.Must(j.ID, setEnd(later))
	j.Ready.EndBy = later
	listed("it is moved", timedOf(j))
	w.Must(j.ID, setEnd(time.Time{}))
	listed("it is taken away")
	w.Must(j.ID, setEnd(later))
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	w.Must(j.ID, world.Finish(lease, nil))
	listed("a finished job has none")
}
