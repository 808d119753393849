package bulks

import (
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// listed are the ids of all pages of a filter.
func listed(w *world.World, f protocol.Filter) []job.ID {
	w.T.Helper()
	ids := []job.ID{}
	if f.Limit == 0 {
		f.Limit = 100
	}
	for {
		jobs, next, err := w.List(w.Ctx(), f)
		w.NoError(err)
		for i := range jobs {
			ids = append(ids, jobs[i].ID)
		}
		if f.Before = next; next == (protocol.Cursor{}) {
			return ids
		}
	}
}

func listAll(w *world.World) {
	want := []job.ID{}
	start := w.Now()
	for i := range 20 {
		j := w.SubmitJob([]string{"ann", "bob", "carl"}[i%3])
		want = append([]job.ID{j.ID}, want...)
		if i%4 == 0 {
			w.Clock.Advance(time.Second)
		}
	}
	w.Equal("all", listed(w, protocol.Filter{}), want)
	w.Equal("in pages", listed(w, protocol.Filter{Limit: 3}), want)
	w.Equal("by few rows", listed(w, protocol.Filter{Rows: 4}), want)
	w.Equal("between", listed(w, protocol.Filter{CreatedAfter: start, CreatedBefore: start.Add(2 * time.Second)}), want[15:19])
	w.Must(want[3], world.GiveUp)
	w.Equal("failed", listed(w, protocol.Filter{Status: []job.Status{job.Failed}, Codes: []string{"CANCELED"}}), want[3:4])
}

func listTrouble(w *world.World) {
	trouble := func(t job.Trouble, f protocol.Filter) []job.ID {
		f.Trouble = t
		return listed(w, f)
	}
	well, failing, suspect, lost := w.SubmitJob("ann"), w.SubmitJob("bob"), w.SubmitJob("ann", world.WithTool("x")), w.SubmitJob("ann")
	w.SubmitJob("ann") // never begun
	w.Clock.Advance(time.Second)
	late := w.SubmitJob("bob", world.WithTool("x"), func(j *job.Job) { j.Metadata = []byte(`{"k":"v"}`) })
	w.Must(well.ID, world.Claim("w"))
	for _, j := range []*job.Job{failing, late} {
		w.Must(j.ID, world.Claim("w"))
		w.Must(j.ID, world.Requeue(w.Now().Add(time.Hour), job.Clear))
	}
	unwell := func(id job.ID, p job.Probation, losses int) {
		w.Must(id, world.Claim("w"))
		w.Must(id, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			err := world.Requeue(time.Time{}, p)(c, j, l)
			j.Failures, j.Losses = 0, losses
			return err
		})
	}
	unwell(suspect.ID, job.Suspect, 0)
	unwell(lost.ID, job.Alone, 1)
	w.Must(lost.ID, world.Claim("w2"))
	w.Equal("failing", trouble(job.TroubleFailing, protocol.Filter{}), []job.ID{failing.ID, lost.ID, late.ID})
	w.Equal("failing of an owner", trouble(job.TroubleFailing, protocol.Filter{Owner: "bob"}), []job.ID{failing.ID, late.ID})
	w.Equal("failing of another", trouble(job.TroubleFailing, protocol.Filter{Owner: "ann"}), []job.ID{lost.ID})
	w.Equal("failing of a tool", trouble(job.TroubleFailing, protocol.Filter{Tools: []string{"x"}}), []job.ID{late.ID})
	w.Equal("failing with metadata", trouble(job.TroubleFailing, protocol.Filter{Metadata: map[string]string{"k": "v"}}), []job.ID{late.ID})
	w.Equal("failing later", trouble(job.TroubleFailing, protocol.Filter{CreatedAfter: failing.Created}), []job.ID{late.ID})
	w.Equal("failing before", trouble(job.TroubleFailing, protocol.Filter{CreatedBefore: late.Created}), []job.ID{failing.ID, lost.ID})
	w.Equal("poisoned", trouble(job.TroublePoisoned, protocol.Filter{}), []job.ID{suspect.ID, lost.ID})
	w.Equal("poisoned and running", trouble(job.TroublePoisoned, protocol.Filter{Status: []job.Status{job.Processing}}), []job.ID{lost.ID})
	w.Must(suspect.ID, world.GiveUp)
	w.Must(failing.ID, world.Remove)
	w.Equal("finished", trouble(job.TroublePoisoned, protocol.Filter{}), []job.ID{lost.ID})
	w.Equal("removed", trouble(job.TroubleFailing, protocol.Filter{}), []job.ID{lost.ID, late.ID})
	ids, _, err := w.Match(w.Ctx(), protocol.Filter{Trouble: job.TroubleFailing})
	w.NoError(err)
	w.Equal("matched", ids, []job.ID{lost.ID, late.ID})
}

func listTroublePages(w *world.World) {
	want := []job.ID{}
	for range 12 {
		j := w.SubmitJob("ann")
		w.Must(j.ID, world.Claim("w"))
		w.Must(j.ID, world.Requeue(w.Now(), job.Suspect))
		want = append(want, j.ID)
		w.SubmitJob("ann")
	}
	w.Equal("by few rows", listed(w, protocol.Filter{Trouble: job.TroublePoisoned, Rows: 5}), want)
	w.Equal("in pages", listed(w, protocol.Filter{Trouble: job.TroublePoisoned, Limit: 2}), want)
	jobs, next, err := w.List(w.Ctx(), protocol.Filter{Trouble: job.TroublePoisoned, Rows: 3, Limit: 10, Owner: "bob"})
	w.NoError(err)
	w.Equal("of another", len(jobs), 0)
	w.Equal("but not all was looked at", next.ID, want[2])
}

// listStuck: what should have begun, or ended, and has not for a while; not what
// waits for its time, nor what runs.
func listStuck(w *world.World) {
	waiting := w.SubmitJob("ann")
	silent, running, stubborn := w.SubmitJob("bob"), w.SubmitJob("bob"), w.SubmitJob("bob")
	planned := w.SubmitJob("ann", func(j *job.Job) { j.Ready.RunAt = w.Now().Add(time.Hour) })
	for _, j := range []*job.Job{silent, running, stubborn} {
		w.Must(j.ID, world.Claim("w"))
	}
	w.Must(stubborn.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.CancelRequested = true
		return nil
	})
	since := w.Now().Add(time.Minute)
	w.Clock.Advance(time.Hour - time.Minute)
	for _, j := range []*job.Job{running, stubborn} {
		w.Must(j.ID, world.Beat)
	}
	late := w.SubmitJob("ann")
	stuck := func(owner string, since time.Time) []job.ID {
		return listed(w, protocol.Filter{Owner: owner, Trouble: job.TroubleStuck, StuckSince: since})
	}
	w.Equal("stuck", stuck("", since), []job.ID{waiting.ID, silent.ID, stubborn.ID})
	w.Equal("ann's", stuck("ann", since), []job.ID{waiting.ID})
	w.Equal("just when its time has come", stuck("ann", planned.Ready.RunAt), []job.ID{waiting.ID, late.ID})
	w.Equal("once its time is over", stuck("ann", planned.Ready.RunAt.Add(time.Millisecond)), []job.ID{waiting.ID, planned.ID, late.ID})
}
