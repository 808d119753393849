// Package many has the cases of the suite about many jobs that are taken at once.
package many

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// Cases are the cases.
func Cases() world.Cases {
	return world.Cases{
		"many jobs are taken at once":            taken,
		"many jobs with one taken id are none":   takenID,
		"many jobs are counted in their order":   admission,
		"the answer to many is kept":             replayed,
		"many jobs at once are written one time": concurrent,
	}
}

// several is a submission of so many jobs of an owner.
func several(w *world.World, owner string, n int, change ...func(*job.Job)) *protocol.Submission {
	s := &protocol.Submission{Owner: owner, Admit: func(protocol.Ledger) error { return nil }}
	for range n {
		one := world.Submission(w.Job(owner, change...))
		s.More = append(s.More, protocol.Piece{Job: one.Job, Input: one.Input})
	}
	return s
}

// taken: in their order, those left out that were refused, and their group counted.
func taken(w *world.World) {
	s := several(w, "ann", 5, func(j *job.Job) { j.Group = "night" })
	refusal := errors.New("not this one")
	s.Admit = func(protocol.Ledger) error {
		s.More[2].Err = refusal
		return nil
	}
	w.NoError(w.Submit(w.Ctx(), s))
	var want []job.Candidate
	for i, p := range s.More {
		if i == 2 {
			w.Gone(p.Job.ID)
			continue
		}
		want = append(want, world.CandidateOf(p.Job))
		input, err := w.Input(w.Ctx(), p.Job.ID)
		w.NoError(err)
		w.Equal("input", input, []byte("input"))
	}
	ready, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", ready, want)
	w.Has("ann", account.Counts{Queued: 4, StoredBytes: 20})
	groups, err := w.Groups(w.Ctx(), []job.GroupName{{Owner: "ann", Name: "night"}})
	w.NoError(err)
	w.Equal("groups", len(groups), 1)
	w.Equal("jobs of the group", groups[0].Jobs().All(), int64(4))
	w.Reopen()
	w.Has("ann", account.Counts{Queued: 4, StoredBytes: 20})
}

// takenID: what cannot be written in the middle leaves nothing, also of others'
// who hand in at the same time nothing is lost.
func takenID(w *world.World) {
	j := w.SubmitJob("ann")
	s := several(w, "bob", 5)
	s.More[3].Job.ID = j.ID
	s.Idempotency = &protocol.Idempotency{Key: "k", Status: 202, Expires: w.Now().Add(time.Hour)}
	s.Admit = world.Charge("bob", 7)
	beside := make(chan error, 1)
	other := world.Submission(w.Job("carl"))
	go func() { beside <- w.Submit(w.Ctx(), other) }()
	if err := w.Submit(w.Ctx(), s); err == nil {
		w.T.Fatal("a taken id was taken again")
	}
	w.NoError(<-beside)
	for i, p := range s.More {
		if i != 3 {
			w.Gone(p.Job.ID)
		}
	}
	answer, err := w.Answer(w.Ctx(), "bob", "k")
	w.NoError(err)
	if answer != nil {
		w.T.Fatal("an answer is kept of what was not taken")
	}
	usage, counts, err := w.Usage(w.Ctx(), "bob", 7)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{})
	w.Equal("counts", counts, account.Counts{})
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	w.Has("carl", account.Counts{Queued: 1, StoredBytes: 5})
}

// admission: what a decision charges for several is seen by the next, and a whole
// that is refused leaves nothing.
func admission(w *world.World) {
	errs := make(chan error, 4)
	tooMany := errors.New("too many")
	for range cap(errs) {
		s := several(w, "ann", 3)
		s.Admit = func(l protocol.Ledger) error {
			for range s.More {
				u, err := l.Usage("ann", 7)
				if err != nil {
					return err
				}
				if u.Jobs++; u.Jobs > 7 {
					return tooMany
				}
			}
			return nil
		}
		go func() { errs <- w.Submit(w.Ctx(), s) }()
	}
	refused := 0
	for range cap(errs) {
		switch err := <-errs; {
		case errors.Is(err, tooMany):
			refused++
		case err != nil:
			w.T.Fatal(err)
		}
	}
	w.Equal("refused", refused, 2)
	usage, counts, err := w.Usage(w.Ctx(), "ann", 7)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{Jobs: 6})
	w.Equal("counts", counts, account.Counts{Queued: 6, StoredBytes: 30})
}

// keyedMany has an answer as large as they get, which Admit words.
func keyedMany(w *world.World) *protocol.Submission {
	s := several(w, "ann", 3)
	s.Idempotency = &protocol.Idempotency{Key: "k", Digest: [32]byte{1}, Status: 202, Expires: w.Now().Add(24 * time.Hour)}
	s.Admit = func(protocol.Ledger) error {
		s.Idempotency.Body = slices.Concat([]byte(s.More[0].Job.ID.String()), bytes.Repeat([]byte("answer\n"), 1<<19))
		return nil
	}
	return s
}

func replayed(w *world.World) {
	s := keyedMany(w)
	w.NoError(w.Submit(w.Ctx(), s))
	w.Reopen()
	again := keyedMany(w)
	w.NoError(w.Submit(w.Ctx(), again))
	w.Equal("replay", again.Replay, s.Idempotency)
	w.Has("ann", account.Counts{Queued: 3, StoredBytes: 15})
	for _, p := range again.More {
		_, err := w.Get(w.Ctx(), p.Job.ID)
		w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	}
}

func concurrent(w *world.World) {
	list := make([]*protocol.Submission, 6)
	errs := make(chan error, len(list))
	for i := range list {
		list[i] = keyedMany(w)
		go func() { errs <- w.Submit(w.Ctx(), list[i]) }()
	}
	for range list {
		w.NoError(<-errs)
	}
	kept, err := w.Answer(w.Ctx(), "ann", "k")
	w.NoError(err)
	first := 0
	for _, s := range list {
		if s.Replay == nil {
			first++
			w.Equal("answer", kept, s.Idempotency)
			continue
		}
		w.Equal("replay", s.Replay, kept)
	}
	w.Equal("written", first, 1)
	w.Has("ann", account.Counts{Queued: 3, StoredBytes: 15})
}
