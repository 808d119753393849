package pgstore

import (
	"slices"
	"sync"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// A unit is what one transaction works on: rows as they were when they were
// locked, and as they are to be. Decisions change it in memory, so that one that
// is refused leaves nothing behind; what differs is written at once at the end.
type unit struct {
	*pg.Tx

	now     time.Time // of the transaction, once its locks are had
	limited *sync.Map // names of tools whose counters decisions ask for

	jobs    map[job.ID]*jobState
	owners  map[string]*ownerState
	usage   map[record.Month]*record.Usage
	answers map[answerOf]*answerState
	uploads map[string]*uploadState
	running map[string]int64 // of a tool, as committed; its counter is locked
	changed []*jobState      // in the order in which they were first touched
	outputs []job.Output
	made    []job.Delivery
	ledger  record.Ledger // shows this unit to decisions

	wrote bool // something differs, or was written by a task
	due   bool // a delivery that is due was written
}

// A jobState is a job in a unit.
type jobState struct {
	was, is job.Job
	stored  bool   // it is in the database
	tx      uint32 // which wrote it, as rows have it
	gone    bool   // it is to be removed, or was never there
	touched bool
	input   []byte          // of a new job, inline, or of a stored one if it was wanted
	names   []string        // outputs of this unit that belong to it, files first seen here
	freed   int64           // bytes of those, for when they are removed
	emptied *record.Changed // the change that removed it, or its outputs
}

// An ownerState is what an owner has.
type ownerState struct {
	record.Owner

	hooks   []job.Webhook
	locked  bool // its row is there, and locked
	counted bool // a Sequence of hooks differs
}

type answerOf struct{ owner, key string }

type answerState struct {
	is    *protocol.Idempotency // nil: none, or expired
	tx    uint32                // which wrote it, as rows have it
	dirty bool
}

func newUnit(t *pg.Tx, limited *sync.Map) *unit {
	u := &unit{
		Tx: t, limited: limited,
		jobs: map[job.ID]*jobState{}, owners: map[string]*ownerState{}, usage: map[record.Month]*record.Usage{}, answers: map[answerOf]*answerState{},
		uploads: map[string]*uploadState{}, running: map[string]int64{},
	}
	u.ledger.Books = u
	return u
}

// touch notes that a job differs from what is stored.
func (u *unit) touch(j *jobState) {
	u.wrote = true
	if !j.touched {
		j.touched = true
		u.changed = append(u.changed, j)
	}
}

// Answer returns the unexpired remembered answer of an idempotency key, or nil.
func (u *unit) Answer(owner, key string) (*protocol.Idempotency, error) {
	a, err := u.answer(owner, key)
	if err != nil || a.is == nil {
		return nil, err
	}
	u.tell(a.tx)
	return a.is, nil
}

// PutAnswer notes an answer to be remembered.
func (u *unit) PutAnswer(owner string, a *protocol.Idempotency) error {
	st, err := u.answer(owner, a.Key)
	if err != nil {
		return err
	}
	is := *a
	is.Expires = record.Time(record.Milli(is.Expires))
	st.is, st.dirty = &is, true
	u.wrote = true
	return nil
}

// tell notes that what this transaction wrote is told on: if it is not confirmed
// yet, this unit's own commit is to confirm it.
func (u *unit) tell(tx uint32) {
	if tx != 0 && u.DB.Unconfirmed(tx) {
		u.wrote = true
	}
}

// PutJob notes a new job with its input and its part of the queue.
func (u *unit) PutJob(j *job.Job, input []byte) error {
	o, err := u.owner(j.Owner)
	if err != nil {
		return err
	}
	st := u.jobs[j.ID]
	if st == nil { // that the id is free is seen when its row is written
		st = &jobState{gone: true}
		u.jobs[j.ID] = st
	}
	if !st.gone {
		return record.JobTaken(nil)
	}
	if j.Input.Where == job.InUpload {
		if err := u.useUpload(o, input); err != nil {
			return err
		}
	}
	st.is, st.gone, st.input = *j, false, pg.Blob(input)
	ready := *j.Ready
	st.is.Ready = &ready
	record.TidyJob(&st.is)
	record.Date(nil, &ready, u.now)
	u.touch(st)
	o.Move(j.Tool, record.Finished, record.StageOf(&ready))
	o.Keep(j.Input.Kept())
	return nil
}

// PutOutput notes a new output.
func (u *unit) PutOutput(out *job.Output) error {
	o, err := u.owner(out.Owner)
	if err != nil {
		return err
	}
	u.addOutput(o, *out)
	return nil
}

func (u *unit) addOutput(o *ownerState, out job.Output) {
	u.outputs = append(u.outputs, out)
	u.wrote = true
	o.Keep(out.Size)
}

// change lets one change decide and notes what became of its job.
func (u *unit) change(c *protocol.Change, r *record.Changed) error {
	st, err := u.job(c.ID)
	if err != nil {
		return err
	}
	if st.gone {
		return record.JobNotFound()
	}
	o, err := u.owner(st.is.Owner)
	if err != nil {
		return err
	}
	if st.is.Status.Final() {
		u.tell(st.tx)
	}
	if err := record.Decide(c, &st.is, &r.Job, &u.ledger); err != nil {
		return err
	}
	r.Input = st.input
	if c.Delete {
		return u.drop(o, st, r)
	}
	if c.DropOutputs {
		u.empty(o, st, r)
	}
	u.set(o, st, r.Job, c.Output)
	return nil
}

// set notes what a decision made of a job.
func (u *unit) set(o *ownerState, st *jobState, is job.Job, out *job.Output) {
	was := st.is
	st.is = is
	if !record.SameRow(&was, &is) || is.Ready == nil != (was.Ready == nil) || is.Ready != nil && *is.Ready != *was.Ready {
		u.touch(st)
	}
	if is.Ready != nil { // what the change returns is the caller's
		ready := *is.Ready
		st.is.Ready = &ready
	}
	if out != nil {
		one := *out
		one.Owner, one.Job, one.Expires = is.Owner, is.ID, is.Expires
		u.addOutput(o, one)
		st.freed += one.Size
		if one.File {
			st.names = append(st.names, job.OutputKey(one.Token))
		}
	}
	if was.Ready != nil && is.Ready == nil {
		u.announce(o, &st.is, was.Ready.WebhookURL)
	}
	o.Move(is.Tool, record.StageOf(was.Ready), record.StageOf(is.Ready))
}

// empty notes that a job's outputs go. Those of this unit go at once, the others
// are named when their rows are removed.
func (u *unit) empty(o *ownerState, st *jobState, r *record.Changed) {
	r.Files = append(r.Files, st.names...)
	u.outputs = slices.DeleteFunc(u.outputs, func(out job.Output) bool { return out.Job == st.is.ID })
	o.Keep(-st.freed)
	st.names, st.freed = nil, 0
	if st.emptied == nil {
		st.emptied = r
	}
	u.touch(st)
}

// drop notes that a job goes with all that belongs to it.
func (u *unit) drop(o *ownerState, st *jobState, r *record.Changed) error {
	if st.is.Input.Where == job.InUpload {
		if err := u.leaveUpload(o, st, r); err != nil {
			return err
		}
	}
	u.empty(o, st, r)
	if st.is.Input.Where == job.InFile {
		r.Files = append(r.Files, job.InputKey(st.is.ID))
	}
	o.Move(st.is.Tool, record.StageOf(st.is.Ready), record.Finished)
	o.Keep(-st.is.Input.Kept())
	st.gone = true
	return nil
}

// announce notes the deliveries that a job's end leads to.
func (u *unit) announce(o *ownerState, j *job.Job, address string) {
	if len(o.hooks) == 0 {
		return
	}
	list := job.Announce(j, address, o.hooks, u.now)
	if len(list) > 0 {
		o.counted, u.due = true, true
		u.made = append(u.made, list...)
	}
}

// news is what a unit has changed, for the feed.
func (u *unit) news() (jobs []protocol.Notice, lines []protocol.Line) {
	for _, j := range u.changed {
		if j.gone {
			if j.stored {
				jobs = append(jobs, protocol.Notice{ID: j.was.ID})
			}
			continue
		}
		jobs = append(jobs, protocol.Notice{ID: j.is.ID, Version: j.is.Version})
		r := j.is.Ready
		if r != nil && !r.Lease.Held() && (j.was.Ready == nil || *j.was.Ready != *r) {
			lines = append(lines, protocol.Line{Owner: j.is.Owner, Tool: j.is.Tool})
		}
	}
	return jobs, lines
}
