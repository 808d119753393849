package storetest

import (
	"errors"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

func changeRoundTrip(w *world) {
	j := w.submit("ann", withPriority(2))
	w.clock.advance(1500 * time.Microsecond)
	c, err := w.change(j.ID, func(_ *protocol.Change, got *job.Job, l protocol.Ledger) error {
		w.equal("job given to the decision", *got, *j)
		w.equal("store's clock", milli(l.Now()), w.now())
		return claim("w")(nil, got, l)
	})
	w.noError(err)
	w.equal("lease", c.Job.Ready.Lease, job.Lease{ID: j.ID, Worker: "w", Attempt: 1, Until: w.now().Add(leaseTime), Since: w.now()})
	got, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("claimed", got, clientView(c.Job))

	lease := c.Job.Ready.Lease
	c, err = w.change(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		j.Losses, j.Failures, j.Charged.Month = 1, 2, 3
		j.History = []byte(`[{"attempt":1}]`)
		return finish(lease, w.output(job.ID{}, 1))(c, j, l)
	})
	w.noError(err)
	got, err = w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("finished", got, c.Job)
	if got.Ready != nil || got.Status != job.Success || got.Expires.IsZero() || got.Output == "" || got.History == nil {
		w.t.Fatalf("finished job is %+v", got)
	}
	w.has("ann", account.Counts{StoredBytes: 10})
}

func changeRefused(w *world) {
	j := w.submit("ann")
	refusal := errors.New("not now")
	out := w.output(j.ID, 1)
	_, err := w.change(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		c.Output, c.Delete = out, true
		if err := charge("ann", 5)(l); err != nil {
			return err
		}
		j.Version, j.Status, j.Ready = 99, job.Failed, nil
		return refusal
	})
	if !errors.Is(err, refusal) {
		w.t.Fatalf("got %v, want the refusal", err)
	}
	got, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("job", got, clientView(*j))
	_, err = w.Output(w.ctx(), out.Token)
	w.isKind(err, fault.NotFound, "NOT_FOUND")
	usage, has, err := w.Usage(w.ctx(), "ann", 5)
	w.noError(err)
	w.equal("usage", usage, account.Usage{})
	w.equal("counts", has, account.Counts{Queued: 1, StoredBytes: 5})
}

func changeUnknown(w *world) {
	_, err := w.change(w.ids.New(), func(*protocol.Change, *job.Job, protocol.Ledger) error {
		w.t.Error("a decision was asked about a job that is not there")
		return nil
	})
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.noError(w.Change(w.ctx(), nil))
}

func changeInOrder(w *world) {
	j := w.submit("ann")
	version := func(want int64) decision {
		return func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
			if j.Version != want {
				return errors.New("decided out of order")
			}
			j.Version++
			return nil
		}
	}
	cs := []*protocol.Change{{ID: j.ID, Decide: version(1)}, {ID: j.ID, Decide: version(2)}, {ID: j.ID, Decide: version(3)}}
	w.noError(w.Change(w.ctx(), cs))
	for i, c := range cs {
		w.noError(c.Err)
		w.equal("version", c.Job.Version, int64(i+2))
	}
}

func changeSomeFail(w *world) {
	refusal := errors.New("no")
	a, b, c := w.submit("ann"), w.submit("ann"), w.submit("bob")
	cs := []*protocol.Change{
		{ID: a.ID, Decide: claim("w")},
		{ID: w.ids.New(), Decide: claim("w")},
		{ID: b.ID, Decide: func(_ *protocol.Change, _ *job.Job, l protocol.Ledger) error {
			has, err := l.Counts("ann")
			if err == nil && (has.Running != 1 || has.Queued != 1) {
				return errors.New("the ledger does not know of the change before")
			}
			return refusal
		}},
		{ID: c.ID, Decide: claim("w")},
		{ID: a.ID, Decide: claim("other")},
	}
	w.noError(w.Change(w.ctx(), cs))
	w.noError(cs[0].Err)
	w.isKind(cs[1].Err, fault.NotFound, "JOB_NOT_FOUND")
	if !errors.Is(cs[2].Err, refusal) {
		w.t.Fatalf("got %v, want the refusal", cs[2].Err)
	}
	w.noError(cs[3].Err)
	if !errors.Is(cs[4].Err, errBusy) {
		w.t.Fatalf("got %v, want the second claim refused", cs[4].Err)
	}
	w.has("ann", account.Counts{Queued: 1, Running: 1, StoredBytes: 10})
	w.has("bob", account.Counts{Running: 1, StoredBytes: 5})
}

// changeFreshCopy: what a decision did and then took back by an error is not
// seen by the next one.
func changeFreshCopy(w *world) {
	j := w.submit("ann")
	spoil := func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Priority, j.Ready.Lease.Worker, j.Tool = 9, "spoiled", "spoiled"
		return errors.New("changed my mind")
	}
	cs := []*protocol.Change{{ID: j.ID, Decide: spoil}, {ID: j.ID, Decide: func(c *protocol.Change, got *job.Job, _ protocol.Ledger) error {
		w.equal("fresh copy", *got, *j)
		if c.Output != nil || c.Delete {
			return errors.New("the change is not fresh")
		}
		return nil
	}}}
	w.noError(w.Change(w.ctx(), cs))
	w.noError(cs[1].Err)

	// A Change that is used again begins anew too.
	again := &protocol.Change{ID: j.ID, Output: w.output(j.ID, 1), Delete: true, Err: errBusy}
	again.Decide = func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
		if c.Output != nil || c.Delete {
			return errors.New("the change is not fresh")
		}
		return nil
	}
	w.noError(w.Change(w.ctx(), []*protocol.Change{again}))
	w.noError(again.Err)
}

func changeHeartbeat(w *world) {
	j := w.submit("ann")
	lease := w.must(j.ID, claim("w")).Ready.Lease
	before, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.clock.advance(10 * time.Second)
	until := w.now().Add(leaseTime)
	w.must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Lease.Until = until
		return nil
	})
	after, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("job", after, before)
	leases, err := protocol.Leases(w.ctx(), w, w.now().Add(time.Hour), 10)
	w.noError(err)
	lease.Until, lease.Since = until, w.now()
	w.equal("leases", leases, []job.Lease{lease})
}

func changeIllegal(w *world) {
	waiting, leased := w.submit("ann"), w.submit("ann")
	lease := w.must(leased.ID, claim("w")).Ready.Lease
	for _, c := range []struct {
		name   string
		id     job.ID
		decide func(*job.Job)
	}{
		{"queued to success", waiting.ID, func(j *job.Job) { j.Status, j.Ready = job.Success, nil }},
		{"final and in the queue", waiting.ID, func(j *job.Job) { j.Status = job.Failed }},
		{"unfinished and not in the queue", waiting.ID, func(j *job.Job) { j.Ready = nil }},
		{"version lowered", leased.ID, func(j *job.Job) { j.Version-- }},
		{"another owner", leased.ID, func(j *job.Job) { j.Owner = "bob" }},
		{"another tool", leased.ID, func(j *job.Job) { j.Tool = "x" }},
		{"another input", leased.ID, func(j *job.Job) { j.Input.Size++ }},
	} {
		_, err := w.change(c.id, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
			c.decide(j)
			return nil
		})
		if err == nil || fault.KindOf(err) != fault.Internal {
			w.t.Fatalf("%s: got %v, want an internal error", c.name, err)
		}
	}
	w.has("ann", account.Counts{Queued: 1, Running: 1, StoredBytes: 10})
	w.must(leased.ID, finish(lease, nil))
}

func changeFinal(w *world) {
	j := w.submit("ann")
	w.must(j.ID, giveUp)
	for _, s := range []job.Status{job.Queued, job.Processing, job.Success} {
		_, err := w.change(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
			if j.Ready != nil {
				return errors.New("a finished job is in the queue")
			}
			j.Status = s
			if !s.Final() {
				j.Ready = &job.Ready{}
			}
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "cannot become") {
			w.t.Fatalf("failed to %s: got %v, want an error", s, err)
		}
	}
	got, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("status", got.Status, job.Failed)
	later := got.Expires.Add(time.Hour)
	w.must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Expires = later
		return nil
	})
	got, err = w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("expires", got.Expires, later)
}

func changeFenced(w *world) {
	j := w.submit("ann")
	first := w.must(j.ID, claim("w1")).Ready.Lease
	w.must(j.ID, requeue(time.Time{}, job.Clear))
	second := w.must(j.ID, claim("w2")).Ready.Lease
	w.equal("attempt", second.Attempt, 2)
	_, err := w.change(j.ID, finish(first, w.output(j.ID, 1)))
	w.isKind(err, fault.LeaseLost, "")
	_, err = w.Output(w.ctx(), w.output(j.ID, 1).Token)
	w.isKind(err, fault.NotFound, "")
	done := w.must(j.ID, finish(second, w.output(j.ID, 2)))
	w.equal("status", done.Status, job.Success)
	_, err = w.change(j.ID, finish(second, nil))
	w.isKind(err, fault.LeaseLost, "")
}

// changeInput: whoever asks for the input with a change has what Input returns,
// or nothing.
func changeInput(w *world) {
	inline, empty, file := w.submit("ann"), w.submit("ann", func(j *job.Job) { j.Input.Size = 0 }), w.submit("ann", withFile(9))
	var changes []*protocol.Change
	for _, j := range []*job.Job{inline, empty, file} {
		changes = append(changes, &protocol.Change{ID: j.ID, WantInput: true, Decide: claim("w")})
	}
	w.noError(w.Change(w.ctx(), changes))
	for i, want := range []string{"input", "", ""} {
		c := changes[i]
		w.noError(c.Err)
		input, err := w.Input(w.ctx(), c.ID)
		w.equal("input is in the store", err == nil, c.ID != file.ID)
		w.equal("input", string(input), want)
		if c.Input != nil {
			w.equal("input with the change", string(c.Input), want)
			w.equal("input with the change is in the store", c.ID != file.ID, true)
		}
	}
	w.must(inline.ID, beat)
	c, err := w.change(inline.ID, beat)
	w.noError(err)
	w.equal("input that nobody asked for", len(c.Input), 0)
}

func changeDelete(w *world) {
	j := w.submit("ann", withFile(100))
	lease := w.must(j.ID, claim("w")).Ready.Lease
	file, inline := w.output(j.ID, 1), w.output(j.ID, 2)
	file.File, file.Data, file.Size = true, nil, 50
	w.must(j.ID, func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
		c.Output = inline
		return nil
	})
	w.must(j.ID, finish(lease, file))
	w.has("ann", account.Counts{StoredBytes: 155})
	c, err := w.change(j.ID, remove)
	w.noError(err)
	w.equal("job", c.Job.ID, j.ID)
	w.equal("files", sorted(c.Files), sorted([]string{job.InputKey(j.ID), job.OutputKey(file.Token)}))
	w.gone(j.ID, file.Token, inline.Token)

	// A waiting and a leased one.
	a, b := w.submit("ann"), w.submit("ann")
	lease = w.must(b.ID, claim("w")).Ready.Lease
	for _, id := range []job.ID{a.ID, b.ID} {
		c, err := w.change(id, remove)
		w.noError(err)
		w.equal("files", len(c.Files), 0)
		w.gone(id)
	}
	_, err = w.change(b.ID, finish(lease, nil))
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.has("ann", account.Counts{})
	w.lastSeq(b.ID.Seq())
}

// gone fails unless nothing is left of a job and its outputs.
func (w *world) gone(id job.ID, tokens ...string) {
	w.t.Helper()
	_, err := w.Get(w.ctx(), id)
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	_, err = w.Input(w.ctx(), id)
	w.isKind(err, fault.NotFound, "")
	for _, token := range tokens {
		_, err = w.Output(w.ctx(), token)
		w.isKind(err, fault.NotFound, "NOT_FOUND")
	}
	leases, err := protocol.Leases(w.ctx(), w, w.now().Add(24*time.Hour), 10)
	w.noError(err)
	for _, l := range leases {
		if l.ID == id {
			w.t.Fatal("a deleted job is leased")
		}
	}
	ready, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	for _, c := range ready {
		if c.ID == id {
			w.t.Fatal("a deleted job waits")
		}
	}
}

func changeCharges(w *world) {
	j := w.job("ann")
	s := submission(j)
	s.Admit = charge("ann", 7)
	w.noError(w.Submit(w.ctx(), s))
	refund := func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		u, err := l.Usage("ann", 7)
		if err != nil {
			return err
		}
		u.Jobs--
		u.LostRefunds++
		return giveUp(nil, j, l)
	}
	cs := []*protocol.Change{{ID: j.ID, Decide: refund}, {ID: j.ID, Decide: refund}} // the second is refused
	w.noError(w.Change(w.ctx(), cs))
	usage, _, err := w.Usage(w.ctx(), "ann", 7)
	w.noError(err)
	w.equal("usage", usage, account.Usage{LostRefunds: 1})
}
