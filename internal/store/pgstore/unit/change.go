package unit

import (
	"slices"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// Change lets one change decide and notes what became of its job.
func (u *Unit) Change(c *protocol.Change, r *record.Changed) error {
	st, err := u.job(c.ID)
	if err != nil {
		return err
	}
	if st.gone {
		return record.JobNotFound()
	}
	o, err := u.Owner(st.is.Owner)
	if err != nil {
		return err
	}
	if st.is.Status.Final() {
		u.tell(st.tx)
	}
	if err := record.Decide(c, &st.is, &r.Job, &u.Ledger); err != nil {
		return err
	}
	r.Input = st.input
	if c.Delete {
		return u.drop(o, st, r)
	}
	if c.DropOutputs {
		u.empty(o, st, r)
	}
	if c.DropInput {
		if err := u.loseInput(o, st, r); err != nil {
			return err
		}
	}
	u.keepInput(st, c.InputUntil)
	o.Number(&st.is, &r.Job)
	if err := u.group(o, &st.is, &r.Job); err != nil {
		return err
	}
	if len(c.Say.Words) > 0 {
		if r.Dropped, err = u.say(st, &c.Say); err != nil {
			return err
		}
	}
	u.set(o, st, r.Job, c.Output)
	return nil
}

// set notes what a decision made of a job.
func (u *Unit) set(o *Owner, st *jobState, is job.Job, out *job.Output) {
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
func (u *Unit) empty(o *Owner, st *jobState, r *record.Changed) {
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
func (u *Unit) drop(o *Owner, st *jobState, r *record.Changed) error {
	if err := u.dropInput(o, st, r); err != nil {
		return err
	}
	u.empty(o, st, r)
	o.Move(st.is.Tool, record.StageOf(st.is.Ready), record.Finished)
	st.gone = true
	return u.group(o, &st.is, nil)
}
