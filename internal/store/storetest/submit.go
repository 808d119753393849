package storetest

import (
	"errors"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func submitRoundTrip(w *world.World) {
	j := w.Job("ann", world.WithPriority(3), func(j *job.Job) {
		j.Metadata = []byte(`{"name":"value"}`)
		j.Terms = (&job.Terms{FinishBy: w.Now().Add(time.Hour), OutputName: "naïve.txt"}).Encode()
		j.Charged.Month = 24_312
		j.Created = w.Clock.Now() // with nanoseconds: stores keep milliseconds
	})
	w.NoError(w.Submit(w.Ctx(), world.Submission(j)))
	j.Created = world.Milli(j.Created)

	got, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("job", got, world.ClientView(*j))
	input, err := w.Input(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("input", input, []byte("input"))
	ready, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", ready, []job.Candidate{world.CandidateOf(j)})
	w.WantLastSeq(j.ID.Seq())
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})

	file := w.SubmitJob("ann", world.WithFile(1<<40))
	_, err = w.Input(w.Ctx(), file.ID)
	w.IsKind(err, fault.NotFound, "")
	w.Has("ann", account.Counts{Queued: 2, StoredBytes: 5 + 1<<40})

	empty := w.SubmitJob("ann", func(j *job.Job) { j.Input.Size = 0 })
	input, err = w.Input(w.Ctx(), empty.ID)
	w.NoError(err)
	w.Equal("empty input", input, []byte{})
}

func submitLater(w *world.World) {
	start := world.Milli(w.Now().Add(time.Minute))
	j := w.SubmitJob("ann", func(j *job.Job) { j.Ready.RunAt = start })
	w.StartsAt(j.ID, start)
	w.Clock.Advance(time.Minute)
	_, _, err := w.Promote(w.Ctx(), 10)
	w.NoError(err)
	got, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	if got.RunAt.After(w.Now()) {
		w.T.Errorf("a job that may run is read with its start at %s", got.RunAt)
	}
	_, err = w.ChangeJob(j.ID, world.Claim("w"))
	w.NoError(err)
	w.StartsAt(j.ID, time.Time{})
	again := world.Milli(w.Now().Add(time.Hour))
	_, err = w.ChangeJob(j.ID, world.Requeue(again, job.Clear))
	w.NoError(err)
	w.StartsAt(j.ID, again)
	_, err = w.ChangeJob(j.ID, world.GiveUp)
	w.NoError(err)
	w.StartsAt(j.ID, time.Time{})
}

func submitRefused(w *world.World) {
	refusal := errors.New("no more")
	s := world.Submission(w.Job("ann"))
	s.Output = w.NewOutput(job.ID{}, 1)
	s.Idempotency = &protocol.Idempotency{Key: "k", Status: 202, Expires: w.Now().Add(time.Hour)}
	s.Admit = func(l protocol.Ledger) error {
		u, err := l.Usage("ann", 24_312)
		if err != nil {
			return err
		}
		u.Jobs++
		return refusal
	}
	if err := w.Submit(w.Ctx(), s); !errors.Is(err, refusal) {
		w.T.Fatalf("got %v, want the refusal", err)
	}
	_, err := w.Get(w.Ctx(), s.Job.ID)
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	_, err = w.Output(w.Ctx(), s.Output.Token)
	w.IsKind(err, fault.NotFound, "NOT_FOUND")
	answer, err := w.Answer(w.Ctx(), "ann", "k")
	if answer != nil || err != nil {
		w.T.Fatalf("got answer %v, %v, want none", answer, err)
	}
	usage, counts, err := w.Usage(w.Ctx(), "ann", 24_312)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{})
	w.Equal("counts", counts, account.Counts{})
	w.WantLastSeq(0)
}

// submitAdmission: ten submissions at once for five slots, counted and
// charged in their transactions.
func submitAdmission(w *world.World) {
	tooMany := errors.New("too many")
	errs := make(chan error, 10)
	for range cap(errs) {
		s := world.Submission(w.Job("ann"))
		s.Admit = func(l protocol.Ledger) error {
			has, err := l.Counts("ann")
			if err != nil {
				return err
			}
			if has.Queued >= 5 {
				return tooMany
			}
			u, err := l.Usage("ann", account.MonthOf(l.Now()))
			if err != nil {
				return err
			}
			u.Jobs++
			again, err := l.Usage("ann", account.MonthOf(l.Now()))
			if err == nil && again.Jobs != u.Jobs {
				return errors.New("a charge is not seen by its own decision")
			}
			return err
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
	w.Equal("refused", refused, 5)
	w.Has("ann", account.Counts{Queued: 5, StoredBytes: 25})
	usage, _, err := w.Usage(w.Ctx(), "ann", account.MonthOf(w.Now()))
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{Jobs: 5})
}

func submitTakenID(w *world.World) {
	j := w.SubmitJob("ann")
	same := w.Job("bob", func(o *job.Job) { o.ID = j.ID })
	w.IsKind(w.Submit(w.Ctx(), world.Submission(same)), fault.Conflict, "ID_TAKEN")
	w.Has("bob", account.Counts{})
	w.SameSeq(j)
	got, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("owner", got.Owner, "ann")
}

func submitPromoted(w *world.World) {
	lease := job.Lease{Worker: "sync-1", Attempt: 1, Until: w.Now().Add(world.LeaseTime)}
	j := w.SubmitJob("ann", func(j *job.Job) {
		j.Status, j.Attempt, j.Started = job.Processing, 1, w.Now()
		lease.ID = j.ID
		j.Ready.Lease = lease
	})
	w.Has("ann", account.Counts{Running: 1, StoredBytes: 5})
	ready, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", len(ready), 0)
	leases, err := protocol.Leases(w.Ctx(), w, w.Now().Add(time.Minute), 10)
	w.NoError(err)
	lease.Since = w.Now()
	w.Equal("leases", leases, []job.Lease{lease})
	done := w.Must(j.ID, world.Finish(lease, nil))
	w.Equal("status", done.Status, job.Success)
	w.Has("ann", account.Counts{StoredBytes: 5})
}

func submitSync(w *world.World) {
	out := w.NewOutput(job.ID{}, 1)
	out.Expires = w.Now().Add(time.Hour)
	answer := &protocol.Idempotency{
		Key: "k", Digest: [32]byte{9}, Status: 200, Body: []byte(`{"status":"success"}`), LinkAt: 4, Output: out.Name,
		Expires: w.Now().Add(24 * time.Hour),
	}
	month := account.MonthOf(w.Now())
	s := &protocol.Submission{Owner: "ann", Output: out, Idempotency: answer, Admit: world.Charge("ann", month)}
	w.NoError(w.Submit(w.Ctx(), s))
	if s.Replay != nil {
		w.T.Fatalf("first submission replayed %+v", s.Replay)
	}
	got, err := w.Output(w.Ctx(), out.Token)
	w.NoError(err)
	w.Equal("output", got, *out)
	kept, err := w.Answer(w.Ctx(), "ann", "k")
	w.NoError(err)
	w.Equal("answer", kept, answer)
	usage, has, err := w.Usage(w.Ctx(), "ann", month)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{Jobs: 1})
	w.Equal("counts", has, account.Counts{StoredBytes: 5})

	// Only a charge: a synchronous call whose input was at fault.
	w.NoError(w.Submit(w.Ctx(), &protocol.Submission{Owner: "ann", Admit: s.Admit}))
	usage, _, err = w.Usage(w.Ctx(), "ann", month)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{Jobs: 2})
}

func submitFinished(w *world.World) {
	j := w.Job("ann", func(j *job.Job) { j.Status, j.Ready = job.Success, nil })
	if err := w.Submit(w.Ctx(), world.Submission(j)); err == nil {
		w.T.Fatal("a finished job was submitted")
	}
	_, err := w.Get(w.Ctx(), j.ID)
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.Has("ann", account.Counts{})
}
