package pgstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// A unit is what one transaction works on: rows as they were when they were
// locked, and as they are to be. Decisions change it in memory, so that one that
// is refused leaves nothing behind; what differs is written at once at the end.
type unit struct {
	s    *Store
	ctx  context.Context //nolint:containedctx // of this transaction alone
	conn *pgxpool.Conn
	open bool // the transaction has begun
	now  time.Time

	jobs    map[job.ID]*jobState
	owners  map[string]*ownerState
	usage   map[usageOf]*usageState
	answers map[answerOf]*answerState
	uploads map[string]*uploadState
	running map[string]int64 // of a tool, as committed; its counter is locked
	changed []*jobState      // in the order in which they were first touched
	outputs []job.Output
	made    []job.Delivery

	mark   mark  // once it has written its own row
	broken error // of a statement: the transaction is lost
	wrote  bool  // something differs, or was written by a task
	due    bool  // a delivery that is due was written
}

// A jobState is a job in a unit.
type jobState struct {
	was, is job.Job
	stored  bool   // it is in the database
	tx      uint32 // which wrote it, as rows have it
	gone    bool   // it is to be removed, or was never there
	touched bool
	input   []byte   // of a new job, inline, or of a stored one if it was wanted
	names   []string // outputs of this unit that belong to it, files first seen here
	freed   int64    // bytes of those, for when they are removed
	emptied *changed // the change that removed it, or its outputs
}

// An ownerState is what an owner has.
type ownerState struct {
	name    string
	stored  int64
	pending int64 // uploads
	tools   []toolState
	hooks   []job.Webhook
	locked  bool // its row is there, and locked
	dirty   bool // stored or pending differs
	counted bool // a Sequence of hooks differs
}

type toolState struct {
	tool            string
	queued, running int64
	ran             int64 // running as it was
	dirty           bool
}

type usageOf struct {
	owner string
	month int
}

type usageState struct {
	account.Usage

	of    usageOf
	dirty bool
}

type answerOf struct{ owner, key string }

type answerState struct {
	is    *protocol.Idempotency // nil: none, or expired
	tx    uint32                // which wrote it, as rows have it
	dirty bool
}

func (s *Store) newUnit(ctx context.Context, conn *pgxpool.Conn) *unit {
	return &unit{
		s: s, ctx: ctx, conn: conn,
		jobs: map[job.ID]*jobState{}, owners: map[string]*ownerState{}, usage: map[usageOf]*usageState{}, answers: map[answerOf]*answerState{},
		uploads: map[string]*uploadState{}, running: map[string]int64{},
	}
}

func (o *ownerState) counts() (n account.Counts) {
	for _, t := range o.tools {
		n.Queued += t.queued
		n.Running += t.running
	}
	n.StoredBytes, n.PendingUploads = o.stored, o.pending
	return n
}

func (o *ownerState) tool(name string) *toolState {
	for i := range o.tools {
		if o.tools[i].tool == name {
			return &o.tools[i]
		}
	}
	o.tools = append(o.tools, toolState{tool: name})
	return &o.tools[len(o.tools)-1]
}

func (o *ownerState) hook(id string) *job.Webhook {
	i := slices.IndexFunc(o.hooks, func(w job.Webhook) bool { return w.ID == id })
	if i < 0 {
		return nil
	}
	return &o.hooks[i]
}

// move counts one job of an owner and tool that went from one place to another.
func (u *unit) move(o *ownerState, tool string, from, to record.Place) {
	if from == to {
		return
	}
	t := o.tool(tool)
	for _, step := range []struct {
		at record.Place
		n  int64
	}{{from, -1}, {to, 1}} {
		switch step.at {
		case record.Nowhere:
		case record.Queued:
			t.queued += step.n
		case record.Running:
			t.running += step.n
		}
	}
	t.dirty = true
}

// keep counts bytes of inputs and outputs kept for an owner, negative ones
// given back.
func (o *ownerState) keep(bytes int64) {
	if bytes != 0 {
		o.stored += bytes
		o.dirty = true
	}
}

// touch notes that a job differs from what is stored.
func (u *unit) touch(j *jobState) {
	u.wrote = true
	if !j.touched {
		j.touched = true
		u.changed = append(u.changed, j)
	}
}

// submit decides about a submission and notes what it leads to.
func (u *unit) submit(s *protocol.Submission) (*protocol.Idempotency, error) {
	o, err := u.owner(s.Owner)
	if err != nil {
		return nil, err
	}
	var answer *answerState
	if s.Idempotency != nil {
		if answer, err = u.answer(s.Owner, s.Idempotency.Key); err != nil || answer.is != nil {
			u.tell(answer.tx)
			return answer.replay(), err
		}
	}
	l := &ledger{u: u}
	if s.Admit != nil {
		if err := record.Safely("admit", func() error { return s.Admit(l) }); err != nil {
			return nil, err
		}
	}
	if s.Job != nil {
		if err := u.addJob(o, s.Job, s.Input); err != nil {
			return nil, err
		}
	}
	l.keep()
	if s.Output != nil {
		u.addOutput(o, *s.Output)
	}
	if answer != nil {
		a := *s.Idempotency
		a.Expires = record.Time(record.Milli(a.Expires))
		answer.is, answer.dirty = &a, true
		u.wrote = true
	}
	return nil, nil
}

// tell notes that what this transaction wrote is told on: if it is not confirmed
// yet, this unit's own commit is to confirm it.
func (u *unit) tell(tx uint32) {
	if tx != 0 && u.s.pulse.open(tx) {
		u.wrote = true
	}
}

func (a *answerState) replay() *protocol.Idempotency {
	if a == nil {
		return nil
	}
	return a.is
}

// addJob notes a new job with its input and its place in the queue.
func (u *unit) addJob(o *ownerState, j *job.Job, input []byte) error {
	if j.Ready == nil || j.Status.Final() {
		return errors.New("the submitted job is finished already")
	}
	st := u.jobs[j.ID]
	if st == nil { // that the id is free is seen when its row is written
		st = &jobState{gone: true}
		u.jobs[j.ID] = st
	}
	if !st.gone {
		return idTaken()
	}
	if j.Input.Where == job.InUpload {
		if err := u.useUpload(o, input); err != nil {
			return err
		}
	}
	st.is, st.gone, st.input = *j, false, blob(input)
	ready := *j.Ready
	st.is.Ready = &ready
	record.TidyJob(&st.is)
	record.Date(nil, &ready, u.now)
	u.touch(st)
	u.move(o, j.Tool, record.Nowhere, record.PlaceOf(&ready))
	o.keep(j.Input.Kept())
	return nil
}

// addOutput notes a new output.
func (u *unit) addOutput(o *ownerState, out job.Output) {
	u.outputs = append(u.outputs, out)
	u.wrote = true
	o.keep(out.Size)
}

// change lets one change decide and notes what became of its job.
func (u *unit) change(c *protocol.Change, r *changed) error {
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
	is := st.is
	if is.Ready != nil {
		ready := *is.Ready
		is.Ready = &ready
	}
	c.Output, c.Delete, c.DropOutputs = nil, false, false
	l := &ledger{u: u}
	if err := record.Safely("decide", func() error { return c.Decide(c, &is, l) }); err != nil {
		return err
	}
	record.TidyJob(&is)
	if is.Ready != nil {
		record.Date(st.is.Ready, is.Ready, u.now)
	}
	if c.Delete {
		if err := u.drop(o, st, r); err != nil {
			return err
		}
		l.keep()
		r.job, r.input = is, st.input
		return nil
	}
	if err := record.Check(&st.is, &is); err != nil {
		return fmt.Errorf("decision about job %s: %w", c.ID, err)
	}
	l.keep()
	r.job, r.input = is, st.input
	if c.DropOutputs {
		u.empty(o, st, r)
	}
	u.set(o, st, is, c.Output)
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
	u.move(o, is.Tool, record.PlaceOf(was.Ready), record.PlaceOf(is.Ready))
}

// empty notes that a job's outputs go. Those of this unit go at once, the others
// are named when their rows are removed.
func (u *unit) empty(o *ownerState, st *jobState, r *changed) {
	r.files = append(r.files, st.names...)
	u.outputs = slices.DeleteFunc(u.outputs, func(out job.Output) bool { return out.Job == st.is.ID })
	o.keep(-st.freed)
	st.names, st.freed = nil, 0
	if st.emptied == nil {
		st.emptied = r
	}
	u.touch(st)
}

// drop notes that a job goes with all that belongs to it.
func (u *unit) drop(o *ownerState, st *jobState, r *changed) error {
	if st.is.Input.Where == job.InUpload {
		if err := u.leaveUpload(o, st, r); err != nil {
			return err
		}
	}
	u.empty(o, st, r)
	if st.is.Input.Where == job.InFile {
		r.files = append(r.files, job.InputKey(st.is.ID))
	}
	u.move(o, st.is.Tool, record.PlaceOf(st.is.Ready), record.Nowhere)
	o.keep(-st.is.Input.Kept())
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
