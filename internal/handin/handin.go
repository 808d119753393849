// Package handin hands in many inputs for one tool, waits for their jobs and
// fetches their outputs: some at a time, each once however often the program is
// interrupted, in the order of the inputs to whoever looks on. It has no command
// line and no exit codes, and prints nothing but bars.
package handin

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/resume"
	"claimcheck/internal/terminal"
)

const (
	// MaxInFlight is how many inputs are under way at a time. What the plan allows
	// less the server says, and is obeyed.
	MaxInFlight = 8
	// uploadBytes is from which size on an input is uploaded in parts, so that a
	// broken line does not cost all of it.
	uploadBytes = 8 << 20
	// grace is how long a submission that is under way is waited for when the
	// program is interrupted, so that the id of its job is known.
	grace = 5 * time.Second
)

// An Order is what is to be done with all inputs.
type Order struct {
	Client  *client.Client // one that is patient
	Tool    api.Tool
	Options client.Options // of each submission, but for IdempotencyKey where it is empty, and Progress
	Async   bool           // hand in only
	WaitFor time.Duration  // how long jobs are waited for, from the beginning; 0: as long as it takes
	To      Sink

	Notes  *resume.Notes // nil: nothing is kept, and nothing can be resumed
	Same   []string      // what makes two submissions of the same input the same
	Resume bool          // go on with what was handed in before

	Bars *terminal.Bars                          // may be nil
	Show func(bar *terminal.Bar, f *client.Full) // says on a bar how a job is
	Say  func(line string)                       // tells what is waited for; the line is harmless

	inputs map[string]bool // the paths of all inputs: no output replaces one
}

// An Item is one input and what came of it. It is for whoever has got it from
// [Order.Run], and for nobody else before.
type Item struct {
	Input *Input

	JobID  string     // empty: none is known
	Status api.Status // last seen; zero before it was seen
	Output string     // the file that was written; empty: none
	Spool  string     // a file of the caller's spool folder with the output; empty: none
	Bytes  int64      // of the output
	Err    error      // why it came no further; a failed job is none
	Unsure bool       // whether it was handed in is not known
	Left   bool       // the job goes on and is not waited for any more

	name  resume.Name
	note  resume.Note
	known bool // the note was there before
	base  string
}

// ErrNotSent is the error of inputs that were not handed in because of what came
// of others, or because the program was interrupted.
var ErrNotSent = errors.New("not handed in")

// errWaited ends the waiting.
var errWaited = errors.New("the time of waiting is over")

// A run is an order under way.
type run struct {
	*Order

	items   []*Item
	waiting context.Context //nolint:containedctx // of all waiting in the run
	over    atomic.Bool     // no more is handed in
	all     *terminal.Bar
	done    atomic.Int64
	said    sync.Map // codes that were told
}

// Run does all that and calls show with each item, in the order of the inputs, as
// soon as nothing more comes of it. When ctx ends it begins nothing more, waits
// for submissions that are under way, and shows the rest as they are. It returns
// the first error of show, after which it begins nothing more either.
func (o *Order) Run(ctx context.Context, items []*Item, show func(*Item) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &run{Order: o, items: items, waiting: ctx}
	if o.WaitFor > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, o.WaitFor, errWaited)
		defer cancel()
		r.waiting = limited
	}
	if len(items) > 1 {
		r.all = o.Bars.Add("all", "", terminal.Things)
		r.all.Set(0, int64(len(items)))
		defer r.all.End()
	}
	ready := make([]chan struct{}, len(items))
	for i := range ready {
		ready[i] = make(chan struct{})
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(MaxInFlight, len(items)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(items)); i = next.Add(1) - 1 {
				r.do(ctx, items[i])
				r.all.Set(r.done.Add(1), int64(len(items)))
				close(ready[i])
			}
		})
	}
	defer workers.Wait()
	for i, it := range items {
		<-ready[i]
		if err := show(it); err != nil {
			stop()
			return err
		}
	}
	return nil
}

// do brings one input as far as it goes.
func (r *run) do(ctx context.Context, it *Item) {
	if r.over.Load() || ctx.Err() != nil {
		it.Err = ErrNotSent
		return
	}
	if it.Err = r.handIn(ctx, it); it.Err != nil {
		if forAll(it.Err) {
			r.over.Store(true)
		}
		return
	}
	if r.Async {
		return
	}
	if it.Err = r.await(it); it.Err != nil || it.Left || it.Status.Status != success {
		return
	}
	it.Err = r.fetch(ctx, it)
}

const (
	success = "success"
	failed  = "failed"
)

// Finished reports whether the item's job stays as it was seen.
func (it *Item) Finished() bool { return it.Status.Status == success || it.Status.Status == failed }

// forAll reports errors that every other input would have as well.
func forAll(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	switch {
	case errors.Is(err, ErrNotSent):
		return false
	case !ok:
		return !IsLocal(err)
	default:
		return e.HTTPStatus == 401 || e.HTTPStatus == 403 || e.HTTPStatus >= 500 || e.Code == "QUOTA_EXCEEDED"
	}
}

// await waits for the job, for as long as jobs are waited for.
func (r *run) await(it *Item) error {
	if it.Finished() {
		return nil
	}
	err := r.follow(it)
	if err == nil || r.waiting.Err() == nil {
		return err
	}
	it.Left = true // the job goes on
	return nil
}

func (r *run) follow(it *Item) error {
	if r.Bars == nil {
		s, err := r.Client.Wait(r.waiting, it.JobID)
		if s.JobID != "" {
			it.Status = s
		}
		return err
	}
	bar := r.Bars.Add(it.Input.Name, "", terminal.Percent)
	defer bar.End()
	for f, err := range r.Client.WatchFull(r.waiting, it.JobID) {
		if err != nil {
			return err
		}
		it.Status = f.Status
		r.Show(bar, &f)
	}
	return nil
}
