package storetest

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

func reopenKeeps(w *world) {
	w.submit("ann")
	done := w.finished(w.output(job.ID{}, 1))
	s := w.keyed("bob", 1)
	s.Admit = charge("bob", 7)
	w.noError(w.Submit(w.ctx(), s))
	last := w.submit("carl")
	w.must(last.ID, remove)
	k := w.key("ann", 1)
	w.noError(w.CreateKey(w.ctx(), k))
	for range 2 {
		w.reopen()
	}

	got, err := w.Get(w.ctx(), done.ID)
	w.noError(err)
	w.equal("finished job", got, done)
	out, err := w.Output(w.ctx(), w.output(job.ID{}, 1).Token)
	w.noError(err)
	w.equal("output's data", out.Data, []byte("outpu"))
	answer, err := w.Answer(w.ctx(), "bob", "k")
	w.noError(err)
	w.equal("answer", answer, s.Idempotency)
	usage, _, err := w.Usage(w.ctx(), "bob", 7)
	w.noError(err)
	w.equal("usage", usage, account.Usage{Jobs: 1})
	w.lastSeq(last.ID.Seq())
	key, err := w.Key(w.ctx(), k.Digest)
	w.noError(err)
	w.equal("key", key, k)
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 15})
}

// reopenKeepsBacklog: what waits and what is leased is the same afterwards.
func reopenKeepsBacklog(w *world) {
	waiting := w.submit("ann", withPriority(1))
	delayed := w.submit("ann", withRunAt(w.clock.Now().Add(time.Minute)))
	leased := w.submit("ann")
	lease := w.must(leased.ID, claim("w")).Ready.Lease
	w.reopen()
	ready, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", ready, []job.Candidate{candidateOf(waiting)})
	_, next, err := w.Promote(w.ctx(), 10)
	w.noError(err)
	w.equal("next", next, milli(delayed.Ready.RunAt))
	leases, err := protocol.Leases(w.ctx(), w, w.now().Add(time.Hour), 10)
	w.noError(err)
	w.equal("leases", leases, []job.Lease{lease})
	w.has("ann", account.Counts{Queued: 2, Running: 1, StoredBytes: 15})
	w.must(leased.ID, finish(lease, nil))
}

func reopenClosed(w *world) {
	j := w.submit("ann")
	w.noError(w.Close())
	w.noError(w.Close())
	_, err := w.Get(w.ctx(), j.ID)
	w.isKind(err, fault.Unavailable, "UNAVAILABLE")
	w.isKind(w.Submit(w.ctx(), submission(w.job("ann"))), fault.Unavailable, "UNAVAILABLE")
	_, err = w.change(j.ID, remove)
	w.isKind(err, fault.Unavailable, "UNAVAILABLE")
	w.isKind(w.Ping(w.ctx()), fault.Unavailable, "UNAVAILABLE")
	w.Store = w.open()
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})
}

func pingHealthy(w *world) {
	w.noError(w.Ping(w.ctx()))
	w.submit("ann")
	w.noError(w.Ping(w.ctx()))
}
