package world

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Keyed is a submission with the idempotency key k.
func (w *World) Keyed(owner string, digest byte) *protocol.Submission {
	s := Submission(w.Job(owner))
	s.Idempotency = &protocol.Idempotency{
		Key: "k", Digest: [32]byte{digest}, Job: s.Job.ID, Status: 202,
		Body: []byte(`{"job_id":"` + s.Job.ID.String() + `"}`), Expires: w.Now().Add(24 * time.Hour),
	}
	return s
}

// ToolCounts returns the backlog by owner and tool, which is the same whether it is
// asked for at once or put together from what changed since the last time.
func (w *World) ToolCounts() []account.ToolCount {
	w.T.Helper()
	all, err := w.Backlog(w.Ctx(), "")
	w.NoError(err)
	w.Equal("all of it", all.All, true)
	parts, err := w.counts.Look(w.Ctx(), w)
	w.NoError(err)
	w.Equal("backlog by what changed", byOwner(parts), byOwner(all.Counts))
	return byOwner(parts)
}

func byOwner(list []account.ToolCount) []account.ToolCount {
	list = append([]account.ToolCount{}, list...)
	slices.SortFunc(list, func(a, b account.ToolCount) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Tool, b.Tool))
	})
	return list
}

// Gone fails unless nothing is left of a job and its outputs.
func (w *World) Gone(id job.ID, tokens ...string) {
	w.T.Helper()
	_, err := w.Get(w.Ctx(), id)
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	_, err = w.Input(w.Ctx(), id)
	w.IsKind(err, fault.NotFound, "")
	for _, token := range tokens {
		_, err = w.Output(w.Ctx(), token)
		w.IsKind(err, fault.NotFound, "NOT_FOUND")
	}
	leases, err := protocol.Leases(w.Ctx(), w, w.Now().Add(24*time.Hour), 10)
	w.NoError(err)
	for _, l := range leases {
		if l.ID == id {
			w.T.Fatal("a deleted job is leased")
		}
	}
	ready, err := w.Ready(w.Ctx(), "ann", ToolName, job.Candidate{}, 10)
	w.NoError(err)
	for _, c := range ready {
		if c.ID == id {
			w.T.Fatal("a deleted job waits")
		}
	}
}

// Paused is a job that waits for its next attempt for a time.
func (w *World) Paused(d time.Duration) *job.Job {
	w.T.Helper()
	j := w.SubmitJob("ann")
	w.Must(j.ID, Claim("w"))
	w.Must(j.ID, Requeue(w.Clock.Now().Add(d), job.Clear))
	return j
}

// Promoted fails unless these are the delayed jobs whose time has come.
func (w *World) Promoted(want ...*job.Job) {
	w.T.Helper()
	due, _, err := w.Promote(w.Ctx(), 10)
	w.NoError(err)
	var list []job.Candidate
	for _, j := range want {
		list = append(list, CandidateOf(j))
	}
	byID := func(a, b job.Candidate) int { return slices.Compare(a.ID[:], b.ID[:]) }
	slices.SortFunc(due, byID)
	slices.SortFunc(list, byID)
	w.Equal("promoted", due, list)
}

// Live takes one job to its end, in a way that depends on the worker.
func (w *World) Live(id job.ID, worker int) error {
	var lease job.Lease
	steps := []Decision{Claim(fmt.Sprint("w", worker)), func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if worker%3 == 0 {
			return GiveUp(c, j, l)
		}
		return Finish(lease, nil)(c, j, l)
	}}
	if worker%3 == 1 {
		steps = append(steps, Remove)
	}
	var version int64
	for _, decide := range steps {
		c := &protocol.Change{ID: id, Decide: decide}
		if err := w.Change(w.Ctx(), []*protocol.Change{c}); err != nil {
			return err
		}
		if c.Err != nil {
			return c.Err
		}
		if c.Job.Ready != nil {
			lease = c.Job.Ready.Lease
		}
		if c.Delete {
			return nil
		}
		j, err := w.Get(w.Ctx(), id)
		if err != nil {
			return err
		}
		if j.Version <= version || j.Version != c.Job.Version {
			return fmt.Errorf("job %s: read version %d after %d, written %d", id, j.Version, version, c.Job.Version)
		}
		version = j.Version
	}
	return nil
}

// ListIDs returns the ids of a filter's jobs.
func (w *World) ListIDs(f protocol.Filter) []job.ID {
	w.T.Helper()
	ids, _ := w.PageOf(f)
	return ids
}

// PageOf is list with where to go on.
func (w *World) PageOf(f protocol.Filter) ([]job.ID, protocol.Cursor) {
	w.T.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	jobs, next, err := w.List(w.Ctx(), f)
	w.NoError(err)
	ids := []job.ID{}
	for _, j := range jobs {
		if j.Ready != nil || j.Owner != f.Owner {
			w.T.Fatalf("list of %s shows %+v", f.Owner, j)
		}
		ids = append(ids, j.ID)
	}
	return ids, next
}

// Finished submits, claims and finishes a job with these outputs.
func (w *World) Finished(outs ...*job.Output) job.Job {
	w.T.Helper()
	j := w.SubmitJob("ann")
	lease := w.Must(j.ID, Claim("w")).Ready.Lease
	for _, out := range outs[:max(0, len(outs)-1)] {
		w.Must(j.ID, func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
			c.Output = out
			return nil
		})
	}
	var last *job.Output
	if len(outs) > 0 {
		last = outs[len(outs)-1]
	}
	return w.Must(j.ID, Finish(lease, last))
}

// StartsAt fails unless the job is read with this start, alone and in lists.
func (w *World) StartsAt(id job.ID, want time.Time) {
	w.T.Helper()
	got, err := w.Get(w.Ctx(), id)
	w.NoError(err)
	w.Equal("start", got.RunAt, want)
	list, _, err := w.List(w.Ctx(), protocol.Filter{Owner: got.Owner, Limit: 10})
	w.NoError(err)
	w.Equal("listed start", list[0].RunAt, want)
}

// SameSeq checks two ids: a store for one process may refuse an id with the first 64 bits of
// another, one for many must keep the two apart.
func (w *World) SameSeq(j *job.Job) {
	other := w.Job("bob", func(o *job.Job) { o.ID = j.ID; o.ID[15] ^= 1 })
	err := w.Submit(w.Ctx(), Submission(other))
	if err == nil && w.Peers() != nil {
		got, err := w.Get(w.Ctx(), other.ID)
		w.NoError(err)
		w.Equal("job with the same Seq", got, ClientView(*other))
		w.Must(other.ID, Remove)
		return
	}
	w.IsKind(err, fault.Conflict, "ID_TAKEN")
	_, err = w.Get(w.Ctx(), other.ID)
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	_, err = w.Input(w.Ctx(), other.ID)
	w.IsKind(err, fault.NotFound, "")
	_, err = w.ChangeJob(other.ID, Claim("w"))
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.Has("bob", account.Counts{})
}

// Runs fails unless so many jobs of a tool have a slot, which is asked within
// decisions that give no lease, and so take none.
func (w *World) Runs(id job.ID, tool string, want int64) {
	w.T.Helper()
	for most, free := range map[int64]bool{want: false, want + 1: true} {
		w.Must(id, func(_ *protocol.Change, _ *job.Job, l protocol.Ledger) error {
			ok, err := l.Reserve(tool, most)
			w.Equal(fmt.Sprintf("one of %d slots of %s is free", most, tool), ok, free)
			return err
		})
	}
}

// Job returns a waiting job of an owner, not yet submitted, with an inline
// input of five bytes.
func (w *World) Job(owner string, change ...func(*job.Job)) *job.Job {
	j := &job.Job{
		ID: w.IDs.New(), Owner: owner, Tool: ToolName, RequestID: "request-1",
		Options: []byte(`{"tab_space":2}`), Input: job.Input{Size: 5, Type: `multipart/form-data; boundary="a b"`},
		Version: 1, Created: w.Now(), Updated: w.Now(), Ready: &job.Ready{},
	}
	for _, f := range change {
		f(j)
	}
	return j
}

// ToolName is the tool of jobs that do not say otherwise.
const ToolName = "json-formatter"

// WithTool makes it a job of this tool.
func WithTool(name string) func(*job.Job) { return func(j *job.Job) { j.Tool = name } }

// WithPriority gives it one.
func WithPriority(n int) func(*job.Job) { return func(j *job.Job) { j.Ready.Priority = n } }

// WithRunAt lets it begin at a time.
func WithRunAt(t time.Time) func(*job.Job) {
	return func(j *job.Job) { j.Ready.RunAt = t }
}

// WithFile gives it an input in a file.
func WithFile(size int64) func(*job.Job) {
	return func(j *job.Job) { j.Input = job.Input{Size: size, Where: job.InFile} }
}

// WithProbation makes it a suspect.
func WithProbation(p job.Probation) func(*job.Job) {
	return func(j *job.Job) { j.Ready.Probation = p }
}

// Submission is a submission of a job made by [World.Job].
func Submission(j *job.Job) *protocol.Submission {
	s := &protocol.Submission{Owner: j.Owner, Job: j}
	if j.Input.InStore() {
		s.Input = []byte("input")[:min(j.Input.Size, 5)]
	}
	return s
}

// SubmitJob submits a new job.
func (w *World) SubmitJob(owner string, change ...func(*job.Job)) *job.Job {
	w.T.Helper()
	j := w.Job(owner, change...)
	w.NoError(w.Submit(w.Ctx(), Submission(j)))
	return j
}

// A Decision decides about one job.
type Decision = func(*protocol.Change, *job.Job, protocol.Ledger) error

// ChangeJob makes one change.
func (w *World) ChangeJob(id job.ID, decide Decision) (*protocol.Change, error) {
	w.T.Helper()
	c := &protocol.Change{ID: id, Decide: decide}
	err := w.Change(w.Ctx(), []*protocol.Change{c})
	if err != nil && c.Err == nil {
		w.T.Fatalf("Change returned %v and set no Err", err)
	}
	return c, c.Err
}

// Must makes one change that has to succeed and returns the job after it.
func (w *World) Must(id job.ID, decide Decision) job.Job {
	w.T.Helper()
	c, err := w.ChangeJob(id, decide)
	w.NoError(err)
	return c.Job
}

// WantLastSeq fails unless the newest job has this Seq, or the store does not know.
func (w *World) WantLastSeq(want int64) {
	w.T.Helper()
	got, err := w.LastSeq(w.Ctx())
	w.NoError(err)
	if got != 0 {
		w.Equal("last seq", got, want)
	}
}

// CandidateOf is a job as Ready shows it.
func CandidateOf(j *job.Job) job.Candidate {
	return job.Candidate{
		ID: j.ID, Owner: j.Owner, Tool: j.Tool, Priority: j.Ready.Priority,
		InputSize: j.Input.Size, Probation: j.Ready.Probation, InputSum: j.Ready.InputSum, Strand: j.Ready.Strand,
	}
}

// ClientView is a job as Get returns it.
func ClientView(j job.Job) job.Job {
	j.RunAt = j.DueAt()
	j.Ready = nil
	return j
}
