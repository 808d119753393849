package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// keyed is a submission with the idempotency key k.
func (w *world) keyed(owner string, digest byte) *protocol.Submission {
	s := submission(w.job(owner))
	s.Idempotency = &protocol.Idempotency{
		Key: "k", Digest: [32]byte{digest}, Job: s.Job.ID, Status: 202,
		Body: []byte(`{"job_id":"` + s.Job.ID.String() + `"}`), Expires: w.now().Add(24 * time.Hour),
	}
	return s
}

func answerReplayed(w *world) {
	first := w.keyed("ann", 1)
	w.noError(w.Submit(w.ctx(), first))
	if first.Replay != nil {
		w.t.Fatal("the first submission was replayed")
	}
	for _, digest := range []byte{1, 2} { // whether it is the same request is not for the store to say
		again := w.keyed("ann", digest)
		again.Admit = func(protocol.Ledger) error {
			w.t.Error("a replayed submission was asked for admission")
			return nil
		}
		w.noError(w.Submit(w.ctx(), again))
		w.equal("replay", again.Replay, first.Idempotency)
		if _, err := w.Get(w.ctx(), again.Job.ID); err == nil {
			w.t.Fatal("a replayed submission wrote a job")
		}
	}
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	kept, err := w.Answer(w.ctx(), "ann", "k")
	w.noError(err)
	w.equal("answer", kept, first.Idempotency)
}

func answerOwners(w *world) {
	ann, bob := w.keyed("ann", 1), w.keyed("bob", 1)
	w.noError(w.Submit(w.ctx(), ann))
	w.noError(w.Submit(w.ctx(), bob))
	if bob.Replay != nil {
		w.t.Fatal("bob was given ann's answer")
	}
	kept, err := w.Answer(w.ctx(), "bob", "k")
	w.noError(err)
	w.equal("answer", kept, bob.Idempotency)
	for _, of := range [][2]string{{"ann", "K"}, {"ann", ""}, {"", "k"}, {"carl", "k"}} {
		if kept, err := w.Answer(w.ctx(), of[0], of[1]); kept != nil || err != nil {
			w.t.Fatalf("answer of %q: got %v, %v, want none", of, kept, err)
		}
	}
}

func answerExpires(w *world) {
	first := w.keyed("ann", 1)
	w.noError(w.Submit(w.ctx(), first))
	w.clock.advance(24*time.Hour - time.Millisecond)
	again := w.keyed("ann", 1)
	w.noError(w.Submit(w.ctx(), again))
	if again.Replay == nil {
		w.t.Fatal("the answer was forgotten early")
	}
	w.clock.advance(time.Millisecond)
	kept, err := w.Answer(w.ctx(), "ann", "k")
	if kept != nil || err != nil {
		w.t.Fatalf("got %v, %v, want no answer any more", kept, err)
	}
	fresh := w.keyed("ann", 2)
	w.noError(w.Submit(w.ctx(), fresh))
	if fresh.Replay != nil {
		w.t.Fatal("an expired answer was replayed")
	}
	kept, err = w.Answer(w.ctx(), "ann", "k")
	w.noError(err)
	w.equal("answer", kept, fresh.Idempotency)
}

func answerOutlivesJob(w *world) {
	first := w.keyed("ann", 1)
	w.noError(w.Submit(w.ctx(), first))
	w.must(first.Job.ID, remove)
	again := w.keyed("ann", 1)
	w.noError(w.Submit(w.ctx(), again))
	w.equal("replay", again.Replay, first.Idempotency)
}

func answerConcurrent(w *world) {
	const n = 100
	var asked atomic.Int64
	subs := make([]*protocol.Submission, n)
	for i := range subs {
		subs[i] = w.keyed("ann", 1)
		subs[i].Admit = func(l protocol.Ledger) error {
			asked.Add(1)
			return charge("ann", 1)(l)
		}
	}
	var wg sync.WaitGroup
	for _, s := range subs {
		wg.Go(func() {
			if err := w.Submit(w.ctx(), s); err != nil {
				w.t.Error(err)
			}
		})
	}
	wg.Wait()
	written := map[job.ID]bool{}
	for _, s := range subs {
		if s.Replay == nil {
			written[s.Job.ID] = true
		}
	}
	w.equal("jobs written", len(written), 1)
	for _, s := range subs {
		if s.Replay != nil && !written[s.Replay.Job] {
			w.t.Fatalf("replay of %s, which nobody wrote", s.Replay.Job)
		}
	}
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	usage, _, err := w.Usage(w.ctx(), "ann", 1)
	w.noError(err)
	w.equal("charged", fmt.Sprint(usage.Jobs, asked.Load() >= 1), "1 true")
}
