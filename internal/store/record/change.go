package record

import (
	"fmt"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Changing is what Change asks of a writer; each of its changes is a part.
type Changing struct {
	Changes []*protocol.Change
	results []Changed
}

// A Changed is what one change has led to.
type Changed struct {
	Job     job.Job
	Input   []byte // if it was wanted and read
	Files   []string
	Dropped int64 // bytes of words
	err     error
	refused bool // by its decision: err is not the store's trouble
}

// changeBytes is about how much a changed row is; what a decision adds is not
// known before.
const changeBytes = 1024

// NewChanging returns the operation of some changes.
func NewChanging(changes []*protocol.Change) Changing {
	return Changing{Changes: changes, results: make([]Changed, len(changes))}
}

// Parts is how many changes there are.
func (o *Changing) Parts() int { return len(o.Changes) }

// Bytes is about how much they write.
func (o *Changing) Bytes() int { return changeBytes * len(o.Changes) }

// Result is where the i-th change is to say what it has led to. It is emptied:
// the change may have been tried before.
func (o *Changing) Result(i int) *Changed {
	o.results[i] = Changed{}
	return &o.results[i]
}

// Settle is told how the i-th change ended.
func (o *Changing) Settle(i int, err error, refused bool) {
	o.results[i].err, o.results[i].refused = err, refused
}

// Publish hands out the results; asked is why the writer has not seen the
// operation, nil if it has. It returns trouble of the store if nothing has
// happened.
func (o *Changing) Publish(asked error) error {
	if asked != nil {
		asked = fmt.Errorf("change: %w", asked)
		for _, c := range o.Changes {
			c.Err = asked
		}
		return asked
	}
	var trouble error
	happened := false
	for i, c := range o.Changes {
		r := &o.results[i]
		if c.Err = r.err; r.err == nil {
			c.Job, c.Files, c.Dropped, c.Input = r.Job, r.Files, r.Dropped, nil
			if c.WantInput {
				c.Input = r.Input
			}
			happened = true
			continue
		}
		c.Output, c.Delete, c.DropOutputs, c.InputUntil, c.DropInput = nil, false, false, time.Time{}, false
		if !r.refused && trouble == nil {
			trouble = r.err
		}
	}
	if happened || trouble == nil {
		return nil
	}
	return fmt.Errorf("change: %w", trouble)
}

// Decide lets a change decide about a job and puts the job as it is to be into
// is, with a Ready of its own. An error means that nothing of it may be written.
func Decide(c *protocol.Change, was, is *job.Job, l protocol.Ledger) error {
	*is = *was
	if was.Ready != nil {
		ready := *was.Ready
		is.Ready = &ready
	}
	c.Output, c.Delete, c.DropOutputs, c.InputUntil, c.DropInput, c.Say = nil, false, false, time.Time{}, false, job.Said{}
	if err := Safely("decide", func() error { return c.Decide(c, is, l) }); err != nil {
		return err
	}
	TidyJob(is)
	if is.Ready != nil {
		Date(was.Ready, is.Ready, l.Now())
	}
	if c.Delete {
		return nil
	}
	if err := Check(was, is); err != nil {
		return fmt.Errorf("decision about job %s: %w", c.ID, err)
	}
	if c.DropInput && !is.Status.Final() || !c.InputUntil.IsZero() && (was.Status.Final() || !is.Status.Final()) {
		return fmt.Errorf("decision about job %s: its input is not to go yet", c.ID)
	}
	if c.DropInput {
		is.Input.Where = job.Gone
	}
	return nil
}
