package storetest

import (
	"errors"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func changeRoundTrip(w *world.World) {
	j := w.SubmitJob("ann", world.WithPriority(2))
	w.Clock.Advance(1500 * time.Microsecond)
	c, err := w.ChangeJob(j.ID, func(_ *protocol.Change, got *job.Job, l protocol.Ledger) error {
		w.Equal("job given to the decision", *got, *j)
		w.Equal("store's clock", world.Milli(l.Now()), w.Now())
		return world.Claim("w")(nil, got, l)
	})
	w.NoError(err)
	w.Equal("lease", c.Job.Ready.Lease, job.Lease{ID: j.ID, Worker: "w", Attempt: 1, Until: w.Now().Add(world.LeaseTime), Since: w.Now()})
	got, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("claimed", got, world.ClientView(c.Job))

	lease := c.Job.Ready.Lease
	c, err = w.ChangeJob(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		j.Losses, j.Failures, j.Charged.Month = 1, 2, 3
		j.History = []byte(`[{"attempt":1}]`)
		return world.Finish(lease, w.NewOutput(job.ID{}, 1))(c, j, l)
	})
	w.NoError(err)
	got, err = w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("finished", got, c.Job)
	if got.Ready != nil || got.Status != job.Success || got.Expires.IsZero() || got.Output == "" || got.History == nil {
		w.T.Fatalf("finished job is %+v", got)
	}
	w.Has("ann", account.Counts{StoredBytes: 10})
}

func changeRefused(w *world.World) {
	j := w.SubmitJob("ann")
	refusal := errors.New("not now")
	out := w.NewOutput(j.ID, 1)
	_, err := w.ChangeJob(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		c.Output, c.Delete = out, true
		if err := world.Charge("ann", 5)(l); err != nil {
			return err
		}
		j.Version, j.Status, j.Ready = 99, job.Failed, nil
		return refusal
	})
	if !errors.Is(err, refusal) {
		w.T.Fatalf("got %v, want the refusal", err)
	}
	got, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("job", got, world.ClientView(*j))
	_, err = w.Output(w.Ctx(), out.Token)
	w.IsKind(err, fault.NotFound, "NOT_FOUND")
	usage, has, err := w.Usage(w.Ctx(), "ann", 5)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{})
	w.Equal("counts", has, account.Counts{Queued: 1, StoredBytes: 5})
}

func changeUnknown(w *world.World) {
	_, err := w.ChangeJob(w.IDs.New(), func(*protocol.Change, *job.Job, protocol.Ledger) error {
		w.T.Error("a decision was asked about a job that is not there")
		return nil
	})
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.NoError(w.Change(w.Ctx(), nil))
}

func changeInOrder(w *world.World) {
	j := w.SubmitJob("ann")
	version := func(want int64) world.Decision {
		return func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
			if j.Version != want {
				return errors.New("decided out of order")
			}
			j.Version++
			return nil
		}
	}
	cs := []*protocol.Change{{ID: j.ID, Decide: version(1)}, {ID: j.ID, Decide: version(2)}, {ID: j.ID, Decide: version(3)}}
	w.NoError(w.Change(w.Ctx(), cs))
	for i, c := range cs {
		w.NoError(c.Err)
		w.Equal("version", c.Job.Version, int64(i+2))
	}
}

func changeSomeFail(w *world.World) {
	refusal := errors.New("no")
	a, b, c := w.SubmitJob("ann"), w.SubmitJob("ann"), w.SubmitJob("bob")
	cs := []*protocol.Change{
		{ID: a.ID, Decide: world.Claim("w")},
		{ID: w.IDs.New(), Decide: world.Claim("w")},
		{ID: b.ID, Decide: func(_ *protocol.Change, _ *job.Job, l protocol.Ledger) error {
			has, err := l.Counts("ann")
			if err == nil && (has.Running != 1 || has.Queued != 1) {
				return errors.New("the ledger does not know of the change before")
			}
			return refusal
		}},
		{ID: c.ID, Decide: world.Claim("w")},
		{ID: a.ID, Decide: world.Claim("other")},
	}
	w.NoError(w.Change(w.Ctx(), cs))
	w.NoError(cs[0].Err)
	w.IsKind(cs[1].Err, fault.NotFound, "JOB_NOT_FOUND")
	if !errors.Is(cs[2].Err, refusal) {
		w.T.Fatalf("got %v, want the refusal", cs[2].Err)
	}
	w.NoError(cs[3].Err)
	if !errors.Is(cs[4].Err, world.ErrBusy) {
		w.T.Fatalf("got %v, want the second claim refused", cs[4].Err)
	}
	w.Has("ann", account.Counts{Queued: 1, Running: 1, StoredBytes: 10})
	w.Has("bob", account.Counts{Running: 1, StoredBytes: 5})
}

// changeFreshCopy: what a decision did and then took back by an error is not
// seen by the next one.
func changeFreshCopy(w *world.World) {
	j := w.SubmitJob("ann")
	spoil := func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Priority, j.Ready.Lease.Worker, j.Tool = 9, "spoiled", "spoiled"
		return errors.New("changed my mind")
	}
	cs := []*protocol.Change{{ID: j.ID, Decide: spoil}, {ID: j.ID, Decide: func(c *protocol.Change, got *job.Job, _ protocol.Ledger) error {
		w.Equal("fresh copy", *got, *j)
		if c.Output != nil || c.Delete {
			return errors.New("the change is not fresh")
		}
		return nil
	}}}
	w.NoError(w.Change(w.Ctx(), cs))
	w.NoError(cs[1].Err)

	// A Change that is used again begins anew too.
	again := &protocol.Change{ID: j.ID, Output: w.NewOutput(j.ID, 1), Delete: true, Err: world.ErrBusy}
	again.Decide = func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
		if c.Output != nil || c.Delete {
			return errors.New("the change is not fresh")
		}
		return nil
	}
	w.NoError(w.Change(w.Ctx(), []*protocol.Change{again}))
	w.NoError(again.Err)
}

func changeHeartbeat(w *world.World) {
	j := w.SubmitJob("ann")
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	before, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Clock.Advance(10 * time.Second)
	until := w.Now().Add(world.LeaseTime)
	w.Must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.Lease.Until = until
		return nil
	})
	after, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("job", after, before)
	leases, err := protocol.Leases(w.Ctx(), w, w.Now().Add(time.Hour), 10)
	w.NoError(err)
	lease.Until, lease.Since = until, w.Now()
	w.Equal("leases", leases, []job.Lease{lease})
}

func changeIllegal(w *world.World) {
	waiting, leased := w.SubmitJob("ann"), w.SubmitJob("ann")
	lease := w.Must(leased.ID, world.Claim("w")).Ready.Lease
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
		_, err := w.ChangeJob(c.id, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
			c.decide(j)
			return nil
		})
		if err == nil || fault.KindOf(err) != fault.Internal {
			w.T.Fatalf("%s: got %v, want an internal error", c.name, err)
		}
	}
	w.Has("ann", account.Counts{Queued: 1, Running: 1, StoredBytes: 10})
	w.Must(leased.ID, world.Finish(lease, nil))
}

func changeFinal(w *world.World) {
	j := w.SubmitJob("ann")
	w.Must(j.ID, world.GiveUp)
	for _, s := range []job.Status{job.Queued, job.Processing, job.Success} {
		_, err := w.ChangeJob(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
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
			w.T.Fatalf("failed to %s: got %v, want an error", s, err)
		}
	}
	got, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("status", got.Status, job.Failed)
	later := got.Expires.Add(time.Hour)
	w.Must(j.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Expires = later
		return nil
	})
	got, err = w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("expires", got.Expires, later)
}

func changeFenced(w *world.World) {
	j := w.SubmitJob("ann")
	first := w.Must(j.ID, world.Claim("w1")).Ready.Lease
	w.Must(j.ID, world.Requeue(time.Time{}, job.Clear))
	second := w.Must(j.ID, world.Claim("w2")).Ready.Lease
	w.Equal("attempt", second.Attempt, 2)
	_, err := w.ChangeJob(j.ID, world.Finish(first, w.NewOutput(j.ID, 1)))
	w.IsKind(err, fault.LeaseLost, "")
	_, err = w.Output(w.Ctx(), w.NewOutput(j.ID, 1).Token)
	w.IsKind(err, fault.NotFound, "")
	done := w.Must(j.ID, world.Finish(second, w.NewOutput(j.ID, 2)))
	w.Equal("status", done.Status, job.Success)
	_, err = w.ChangeJob(j.ID, world.Finish(second, nil))
	w.IsKind(err, fault.LeaseLost, "")
}

// changeInput: whoever asks for the input with a change has what Input returns,
// or nothing.
func changeInput(w *world.World) {
	inline, empty, file := w.SubmitJob("ann"), w.SubmitJob("ann", func(j *job.Job) { j.Input.Size = 0 }), w.SubmitJob("ann", world.WithFile(9))
	var changes []*protocol.Change
	for _, j := range []*job.Job{inline, empty, file} {
		changes = append(changes, &protocol.Change{ID: j.ID, WantInput: true, Decide: world.Claim("w")})
	}
	w.NoError(w.Change(w.Ctx(), changes))
	for i, want := range []string{"input", "", ""} {
		c := changes[i]
		w.NoError(c.Err)
		input, err := w.Input(w.Ctx(), c.ID)
		w.Equal("input is in the store", err == nil, c.ID != file.ID)
		w.Equal("input", string(input), want)
		if c.Input != nil {
			w.Equal("input with the change", string(c.Input), want)
			w.Equal("input with the change is in the store", c.ID != file.ID, true)
		}
	}
	w.Must(inline.ID, world.Beat)
	c, err := w.ChangeJob(inline.ID, world.Beat)
	w.NoError(err)
	w.Equal("input that nobody asked for", len(c.Input), 0)
}

func changeDelete(w *world.World) {
	j := w.SubmitJob("ann", world.WithFile(100))
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	file, inline := w.NewOutput(j.ID, 1), w.NewOutput(j.ID, 2)
	file.File, file.Data, file.Size = true, nil, 50
	w.Must(j.ID, func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
		c.Output = inline
		return nil
	})
	w.Must(j.ID, world.Finish(lease, file))
	w.Has("ann", account.Counts{StoredBytes: 155})
	c, err := w.ChangeJob(j.ID, world.Remove)
	w.NoError(err)
	w.Equal("job", c.Job.ID, j.ID)
	w.Equal("files", world.Sorted(c.Files), world.Sorted([]string{job.InputKey(j.ID), job.OutputKey(file.Token)}))
	w.Gone(j.ID, file.Token, inline.Token)

	// A waiting and a leased one.
	a, b := w.SubmitJob("ann"), w.SubmitJob("ann")
	lease = w.Must(b.ID, world.Claim("w")).Ready.Lease
	for _, id := range []job.ID{a.ID, b.ID} {
		c, err := w.ChangeJob(id, world.Remove)
		w.NoError(err)
		w.Equal("files", len(c.Files), 0)
		w.Gone(id)
	}
	_, err = w.ChangeJob(b.ID, world.Finish(lease, nil))
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.Has("ann", account.Counts{})
	w.WantLastSeq(b.ID.Seq())
}

func changeCharges(w *world.World) {
	j := w.Job("ann")
	s := world.Submission(j)
	s.Admit = world.Charge("ann", 7)
	w.NoError(w.Submit(w.Ctx(), s))
	refund := func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		u, err := l.Usage("ann", 7)
		if err != nil {
			return err
		}
		u.Jobs--
		u.LostRefunds++
		return world.GiveUp(nil, j, l)
	}
	cs := []*protocol.Change{{ID: j.ID, Decide: refund}, {ID: j.ID, Decide: refund}} // the second is refused
	w.NoError(w.Change(w.Ctx(), cs))
	usage, _, err := w.Usage(w.Ctx(), "ann", 7)
	w.NoError(err)
	w.Equal("usage", usage, account.Usage{LostRefunds: 1})
}
