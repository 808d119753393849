package storetest

import (
	"errors"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

func submitRoundTrip(w *world) {
	j := w.job("ann", withPriority(3), func(j *job.Job) {
		j.Metadata = []byte(`{"name":"value"}`)
		j.Charged.Month = 24_312
		j.Created = w.clock.Now() // with nanoseconds: stores keep milliseconds
	})
	w.noError(w.Submit(w.ctx(), submission(j)))
	j.Created = milli(j.Created)

	got, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("job", got, clientView(*j))
	input, err := w.Input(w.ctx(), j.ID)
	w.noError(err)
	w.equal("input", input, []byte("input"))
	ready, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", ready, []job.Candidate{candidateOf(j)})
	w.lastSeq(j.ID.Seq())
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})

	file := w.submit("ann", withFile(1<<40))
	_, err = w.Input(w.ctx(), file.ID)
	w.isKind(err, fault.NotFound, "")
	w.has("ann", account.Counts{Queued: 2, StoredBytes: 5 + 1<<40})

	empty := w.submit("ann", func(j *job.Job) { j.Input.Size = 0 })
	input, err = w.Input(w.ctx(), empty.ID)
	w.noError(err)
	w.equal("empty input", input, []byte{})
}

func submitLater(w *world) {
	start := milli(w.now().Add(time.Minute))
	j := w.submit("ann", func(j *job.Job) { j.Ready.RunAt = start })
	w.startsAt(j.ID, start)
	w.clock.advance(time.Minute)
	_, _, err := w.Promote(w.ctx(), 10)
	w.noError(err)
	got, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	if got.RunAt.After(w.now()) {
		w.t.Errorf("a job that may run is read with its start at %s", got.RunAt)
	}
	_, err = w.change(j.ID, claim("w"))
	w.noError(err)
	w.startsAt(j.ID, time.Time{})
	again := milli(w.now().Add(time.Hour))
	_, err = w.change(j.ID, requeue(again, job.Clear))
	w.noError(err)
	w.startsAt(j.ID, again)
	_, err = w.change(j.ID, giveUp)
	w.noError(err)
	w.startsAt(j.ID, time.Time{})
}

// startsAt fails unless the job is read with this start, alone and in lists.
func (w *world) startsAt(id job.ID, want time.Time) {
	w.t.Helper()
	got, err := w.Get(w.ctx(), id)
	w.noError(err)
	w.equal("start", got.RunAt, want)
	list, _, err := w.List(w.ctx(), protocol.Filter{Owner: got.Owner, Limit: 10})
	w.noError(err)
	w.equal("listed start", list[0].RunAt, want)
}

func submitRefused(w *world) {
	refusal := errors.New("no more")
	s := submission(w.job("ann"))
	s.Output = w.output(job.ID{}, 1)
	s.Idempotency = &protocol.Idempotency{Key: "k", Status: 202, Expires: w.now().Add(time.Hour)}
	s.Admit = func(l protocol.Ledger) error {
		u, err := l.Usage("ann", 24_312)
		if err != nil {
			return err
		}
		u.Jobs++
		return refusal
	}
	if err := w.Submit(w.ctx(), s); !errors.Is(err, refusal) {
		w.t.Fatalf("got %v, want the refusal", err)
	}
	_, err := w.Get(w.ctx(), s.Job.ID)
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	_, err = w.Output(w.ctx(), s.Output.Token)
	w.isKind(err, fault.NotFound, "NOT_FOUND")
	answer, err := w.Answer(w.ctx(), "ann", "k")
	if answer != nil || err != nil {
		w.t.Fatalf("got answer %v, %v, want none", answer, err)
	}
	usage, counts, err := w.Usage(w.ctx(), "ann", 24_312)
	w.noError(err)
	w.equal("usage", usage, account.Usage{})
	w.equal("counts", counts, account.Counts{})
	w.lastSeq(0)
}

// submitAdmission: ten submissions at once for five places, counted and
// charged in their transactions.
func submitAdmission(w *world) {
	tooMany := errors.New("too many")
	errs := make(chan error, 10)
	for range cap(errs) {
		s := submission(w.job("ann"))
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
		go func() { errs <- w.Submit(w.ctx(), s) }()
	}
	refused := 0
	for range cap(errs) {
		switch err := <-errs; {
		case errors.Is(err, tooMany):
			refused++
		case err != nil:
			w.t.Fatal(err)
		}
	}
	w.equal("refused", refused, 5)
	w.has("ann", account.Counts{Queued: 5, StoredBytes: 25})
	usage, _, err := w.Usage(w.ctx(), "ann", account.MonthOf(w.now()))
	w.noError(err)
	w.equal("usage", usage, account.Usage{Jobs: 5})
}

func submitTakenID(w *world) {
	j := w.submit("ann")
	same := w.job("bob", func(o *job.Job) { o.ID = j.ID })
	w.isKind(w.Submit(w.ctx(), submission(same)), fault.Conflict, "ID_TAKEN")
	w.has("bob", account.Counts{})
	w.sameSeq(j)
	got, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("owner", got.Owner, "ann")
}

// sameSeq: a store for one process may refuse an id with the first 64 bits of
// another, one for many must keep the two apart.
func (w *world) sameSeq(j *job.Job) {
	other := w.job("bob", func(o *job.Job) { o.ID = j.ID; o.ID[15] ^= 1 })
	err := w.Submit(w.ctx(), submission(other))
	if err == nil && w.Peers() != nil {
		got, err := w.Get(w.ctx(), other.ID)
		w.noError(err)
		w.equal("job with the same Seq", got, clientView(*other))
		w.must(other.ID, remove)
		return
	}
	w.isKind(err, fault.Conflict, "ID_TAKEN")
	_, err = w.Get(w.ctx(), other.ID)
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	_, err = w.Input(w.ctx(), other.ID)
	w.isKind(err, fault.NotFound, "")
	_, err = w.change(other.ID, claim("w"))
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.has("bob", account.Counts{})
}

func submitPromoted(w *world) {
	lease := job.Lease{Worker: "sync-1", Attempt: 1, Until: w.now().Add(leaseTime)}
	j := w.submit("ann", func(j *job.Job) {
		j.Status, j.Attempt, j.Started = job.Processing, 1, w.now()
		lease.ID = j.ID
		j.Ready.Lease = lease
	})
	w.has("ann", account.Counts{Running: 1, StoredBytes: 5})
	ready, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", len(ready), 0)
	leases, err := protocol.Leases(w.ctx(), w, w.now().Add(time.Minute), 10)
	w.noError(err)
	lease.Since = w.now()
	w.equal("leases", leases, []job.Lease{lease})
	done := w.must(j.ID, finish(lease, nil))
	w.equal("status", done.Status, job.Success)
	w.has("ann", account.Counts{StoredBytes: 5})
}

func submitSync(w *world) {
	out := w.output(job.ID{}, 1)
	out.Expires = w.now().Add(time.Hour)
	answer := &protocol.Idempotency{
		Key: "k", Digest: [32]byte{9}, Status: 200, Body: []byte(`{"status":"success"}`), LinkAt: 4, Output: out.Name,
		Expires: w.now().Add(24 * time.Hour),
	}
	month := account.MonthOf(w.now())
	s := &protocol.Submission{Owner: "ann", Output: out, Idempotency: answer, Admit: charge("ann", month)}
	w.noError(w.Submit(w.ctx(), s))
	if s.Replay != nil {
		w.t.Fatalf("first submission replayed %+v", s.Replay)
	}
	got, err := w.Output(w.ctx(), out.Token)
	w.noError(err)
	w.equal("output", got, *out)
	kept, err := w.Answer(w.ctx(), "ann", "k")
	w.noError(err)
	w.equal("answer", kept, answer)
	usage, has, err := w.Usage(w.ctx(), "ann", month)
	w.noError(err)
	w.equal("usage", usage, account.Usage{Jobs: 1})
	w.equal("counts", has, account.Counts{StoredBytes: 5})

	// Only a charge: a synchronous call whose input was at fault.
	w.noError(w.Submit(w.ctx(), &protocol.Submission{Owner: "ann", Admit: s.Admit}))
	usage, _, err = w.Usage(w.ctx(), "ann", month)
	w.noError(err)
	w.equal("usage", usage, account.Usage{Jobs: 2})
}

func submitFinished(w *world) {
	j := w.job("ann", func(j *job.Job) { j.Status, j.Ready = job.Success, nil })
	if err := w.Submit(w.ctx(), submission(j)); err == nil {
		w.t.Fatal("a finished job was submitted")
	}
	_, err := w.Get(w.ctx(), j.ID)
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.has("ann", account.Counts{})
}
