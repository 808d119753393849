package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func answerReplayed(w *world.World) {
	first := w.Keyed("ann", 1)
	w.NoError(w.Submit(w.Ctx(), first))
	if first.Replay != nil {
		w.T.Fatal("the first submission was replayed")
	}
	for _, digest := range []byte{1, 2} { // whether it is the same request is not for the store to say
		again := w.Keyed("ann", digest)
		again.Admit = func(protocol.Ledger) error {
			w.T.Error("a replayed submission was asked for admission")
			return nil
		}
		w.NoError(w.Submit(w.Ctx(), again))
		w.Equal("replay", again.Replay, first.Idempotency)
		if _, err := w.Get(w.Ctx(), again.Job.ID); err == nil {
			w.T.Fatal("a replayed submission wrote a job")
		}
	}
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	kept, err := w.Answer(w.Ctx(), "ann", "k")
	w.NoError(err)
	w.Equal("answer", kept, first.Idempotency)
}

func answerOwners(w *world.World) {
	ann, bob := w.Keyed("ann", 1), w.Keyed("bob", 1)
	w.NoError(w.Submit(w.Ctx(), ann))
	w.NoError(w.Submit(w.Ctx(), bob))
	if bob.Replay != nil {
		w.T.Fatal("bob was given ann's answer")
	}
	kept, err := w.Answer(w.Ctx(), "bob", "k")
	w.NoError(err)
	w.Equal("answer", kept, bob.Idempotency)
	for _, of := range [][2]string{{"ann", "K"}, {"ann", ""}, {"", "k"}, {"carl", "k"}} {
		if kept, err := w.Answer(w.Ctx(), of[0], of[1]); kept != nil || err != nil {
			w.T.Fatalf("answer of %q: got %v, %v, want none", of, kept, err)
		}
	}
}

func answerExpires(w *world.World) {
	first := w.Keyed("ann", 1)
	w.NoError(w.Submit(w.Ctx(), first))
	w.Clock.Advance(24*time.Hour - time.Millisecond)
	again := w.Keyed("ann", 1)
	w.NoError(w.Submit(w.Ctx(), again))
	if again.Replay == nil {
		w.T.Fatal("the answer was forgotten early")
	}
	w.Clock.Advance(time.Millisecond)
	kept, err := w.Answer(w.Ctx(), "ann", "k")
	if kept != nil || err != nil {
		w.T.Fatalf("got %v, %v, want no answer any more", kept, err)
	}
	fresh := w.Keyed("ann", 2)
	w.NoError(w.Submit(w.Ctx(), fresh))
	if fresh.Replay != nil {
		w.T.Fatal("an expired answer was replayed")
	}
	kept, err = w.Answer(w.Ctx(), "ann", "k")
	w.NoError(err)
	w.Equal("answer", kept, fresh.Idempotency)
}

func answerOutlivesJob(w *world.World) {
	first := w.Keyed("ann", 1)
	w.NoError(w.Submit(w.Ctx(), first))
	w.Must(first.Job.ID, world.Remove)
	again := w.Keyed("ann", 1)
	w.NoError(w.Submit(w.Ctx(), again))
	w.Equal("replay", again.Replay, first.Idempotency)
}

func answerConcurrent(w *world.World) {
	const n = 100
	var asked atomic.Int64
	subs := make([]*protocol.Submission, n)
	for i := range subs {
		subs[i] = w.Keyed("ann", 1)
		subs[i].Admit = func(l protocol.Ledger) error {
			asked.Add(1)
			return world.Charge("ann", 1)(l)
		}
	}
	var wg sync.WaitGroup
	for _, s := range subs {
		wg.Go(func() {
			if err := w.Submit(w.Ctx(), s); err != nil {
				w.T.Error(err)
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
	w.Equal("jobs written", len(written), 1)
	for _, s := range subs {
		if s.Replay != nil && !written[s.Replay.Job] {
			w.T.Fatalf("replay of %s, which nobody wrote", s.Replay.Job)
		}
	}
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	usage, _, err := w.Usage(w.Ctx(), "ann", 1)
	w.NoError(err)
	w.Equal("charged", fmt.Sprint(usage.Jobs, asked.Load() >= 1), "1 true")
}
