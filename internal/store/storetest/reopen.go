package storetest

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func reopenKeeps(w *world.World) {
	w.SubmitJob("ann")
	done := w.Finished(w.NewOutput(job.ID{}, 1))
	s := w.Keyed("bob", 1)
	s.Admit = world.Charge("bob", 7)
	w.NoError(w.Submit(w.Ctx(), s))
	last := w.SubmitJob("carl")
	w.Must(last.ID, world.Remove)
	k := w.NewKey("ann", 1)
	w.NoError(w.CreateKey(w.Ctx(), k))
	for range 2 {
		w.Reopen()
	}

	got, err := w.Get(w.Ctx(), done.ID)
	w.NoError(err)
	w.Equal("finished job", got, done)
	out, err := w.Output(w.Ctx(), w.NewOutput(job.ID{}, 1).Token)
	w.NoError(err)
	w.Equal("output's data", out.Data, []byte("outpu"))
	answer, err := w.Answer(w.Ctx(), "bob", "k")
	w.NoError(err)
	w.Equal("answer", answer, s.Idempotency)
	usage, _, err := w.Usage(w.Ctx(), "bob", 7)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{Jobs: 1})
	w.WantLastSeq(last.ID.Seq())
	key, err := w.Key(w.Ctx(), k.Digest)
	w.NoError(err)
	w.Equal("key", key, k)
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 15})
}

// reopenKeepsBacklog: what waits and what is leased is the same afterwards.
func reopenKeepsBacklog(w *world.World) {
	waiting := w.SubmitJob("ann", world.WithPriority(1))
	delayed := w.SubmitJob("ann", world.WithRunAt(w.Clock.Now().Add(time.Minute)))
	leased := w.SubmitJob("ann")
	lease := w.Must(leased.ID, world.Claim("w")).Ready.Lease
	w.Reopen()
	ready, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", ready, []job.Candidate{world.CandidateOf(waiting)})
	_, next, err := w.Promote(w.Ctx(), 10)
	w.NoError(err)
	w.Equal("next", next, world.Milli(delayed.Ready.RunAt))
	leases, err := protocol.Leases(w.Ctx(), w, w.Now().Add(time.Hour), 10)
	w.NoError(err)
	w.Equal("leases", leases, []job.Lease{lease})
	w.Has("ann", account.Counts{Queued: 2, Running: 1, StoredBytes: 15})
	w.Must(leased.ID, world.Finish(lease, nil))
}

func reopenClosed(w *world.World) {
	j := w.SubmitJob("ann")
	w.NoError(w.Close())
	w.NoError(w.Close())
	_, err := w.Get(w.Ctx(), j.ID)
	w.IsKind(err, fault.Unavailable, "UNAVAILABLE")
	w.IsKind(w.Submit(w.Ctx(), world.Submission(w.Job("ann"))), fault.Unavailable, "UNAVAILABLE")
	_, err = w.ChangeJob(j.ID, world.Remove)
	w.IsKind(err, fault.Unavailable, "UNAVAILABLE")
	w.IsKind(w.Ping(w.Ctx()), fault.Unavailable, "UNAVAILABLE")
	w.Store = w.Open()
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
}

func pingHealthy(w *world.World) {
	w.NoError(w.Ping(w.Ctx()))
	w.SubmitJob("ann")
	w.NoError(w.Ping(w.Ctx()))
}
