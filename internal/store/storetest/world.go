package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A clock is moved by hand.
type clock struct {
	mu  sync.Mutex // guards the field below
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A world is one test's store, clock and source of ids.
type world struct {
	Store

	t     *testing.T
	place Place
	clock *clock
	ids   *job.IDSource
	open  func() Store
}

func newWorld(t *testing.T, place Place) *world {
	t.Helper()
	w := &world{t: t, place: place, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)}}
	w.ids = job.NewIDSource(w.clock.Now, rand.Reader, 0)
	w.open = place(t, w.clock.Now)
	w.Store = w.open()
	t.Cleanup(func() { w.noError(w.Close()) })
	return w
}

// reopen closes the store and opens the same data.
func (w *world) reopen() {
	w.t.Helper()
	w.noError(w.Close())
	w.Store = w.open()
}

func (w *world) ctx() context.Context { return w.t.Context() }

// now is the clock as the store keeps times.
func (w *world) now() time.Time { return milli(w.clock.Now()) }

func milli(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

func (w *world) noError(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// isKind fails unless err is a fault of this kind, with this code if that is
// not empty.
func (w *world) isKind(err error, kind fault.Kind, code string) {
	w.t.Helper()
	if err == nil || !fault.Is(err, kind) || code != "" && !fault.IsCode(err, code) {
		w.t.Fatalf("got error %v, want kind %d with code %q", err, kind, code)
	}
}

// equal compares what a store returned; it may return nil for empty bytes.
func (w *world) equal(what string, got, want any) {
	w.t.Helper()
	if diff := cmp.Diff(want, got, emptyIsNil); diff != "" {
		w.t.Fatalf("%s differs (-want +got):\n%s", what, diff)
	}
}

// emptyIsNil compares bytes as bytes: a store may return nil for none.
var emptyIsNil = cmp.Comparer(bytes.Equal)

// job returns a waiting job of an owner, not yet submitted, with an inline
// input of five bytes.
func (w *world) job(owner string, change ...func(*job.Job)) *job.Job {
	j := &job.Job{
		ID: w.ids.New(), Owner: owner, Tool: toolName, RequestID: "request-1",
		Options: []byte(`{"tab_space":2}`), Input: job.Input{Size: 5, Type: `multipart/form-data; boundary="a b"`},
		Version: 1, Created: w.now(), Updated: w.now(), Ready: &job.Ready{},
	}
	for _, f := range change {
		f(j)
	}
	return j
}

// toolName is the tool of jobs that do not say otherwise.
const toolName = "json-formatter"

func withTool(name string) func(*job.Job) { return func(j *job.Job) { j.Tool = name } }
func withPriority(n int) func(*job.Job)   { return func(j *job.Job) { j.Ready.Priority = n } }
func withRunAt(t time.Time) func(*job.Job) {
	return func(j *job.Job) { j.Ready.RunAt = t }
}

func withFile(size int64) func(*job.Job) {
	return func(j *job.Job) { j.Input = job.Input{Size: size, Where: job.InFile} }
}

func withProbation(p job.Probation) func(*job.Job) {
	return func(j *job.Job) { j.Ready.Probation = p }
}

// submission is a submission of a job made by [world.job].
func submission(j *job.Job) *protocol.Submission {
	s := &protocol.Submission{Owner: j.Owner, Job: j}
	if j.Input.InStore() {
		s.Input = []byte("input")[:min(j.Input.Size, 5)]
	}
	return s
}

// submit submits a new job.
func (w *world) submit(owner string, change ...func(*job.Job)) *job.Job {
	w.t.Helper()
	j := w.job(owner, change...)
	w.noError(w.Submit(w.ctx(), submission(j)))
	return j
}

// A decision decides about one job.
type decision = func(*protocol.Change, *job.Job, protocol.Ledger) error

// change makes one change.
func (w *world) change(id job.ID, decide decision) (*protocol.Change, error) {
	w.t.Helper()
	c := &protocol.Change{ID: id, Decide: decide}
	err := w.Change(w.ctx(), []*protocol.Change{c})
	if err != nil && c.Err == nil {
		w.t.Fatalf("Change returned %v and set no Err", err)
	}
	return c, c.Err
}

// must makes one change that has to succeed and returns the job after it.
func (w *world) must(id job.ID, decide decision) job.Job {
	w.t.Helper()
	c, err := w.change(id, decide)
	w.noError(err)
	return c.Job
}

var (
	errBusy = errors.New("the job does not wait")
	errLost = fault.New(fault.LeaseLost, "LEASE_LOST", "the attempt is not the current one")
)

const leaseTime = 30 * time.Second

// claim gives a waiting job to a worker.
func claim(worker string) decision {
	return func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Ready == nil || j.Ready.Lease.Held() {
			return errBusy
		}
		j.Status = job.Processing
		j.Attempt++
		j.Version++
		j.Updated, j.Started = l.Now(), l.Now()
		j.Ready.RunAt = time.Time{}
		j.Ready.Lease = job.Lease{ID: j.ID, Worker: worker, Attempt: j.Attempt, Until: l.Now().Add(leaseTime)}
		return nil
	}
}

// finish makes a job final if the lease has it; out may be nil.
func finish(lease job.Lease, out *job.Output) decision {
	return func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Ready == nil || !j.Ready.Lease.Same(lease) {
			return errLost
		}
		j.Status = job.Success
		j.Version++
		j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(time.Hour)
		j.Result, j.LinkAt = []byte(`{"status":"success"}`), 7
		j.Ready = nil
		if out != nil {
			j.Output = out.Name
			c.Output = out
		}
		return nil
	}
}

// giveUp makes any unfinished job failed.
func giveUp(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
	if j.Ready == nil {
		return errBusy
	}
	j.Status = job.Failed
	j.Version++
	j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(time.Hour)
	j.Error = []byte(`{"code":"CANCELED"}`)
	j.Ready = nil
	return nil
}

// requeue lets a leased job wait until runAt.
func requeue(runAt time.Time, p job.Probation) decision {
	return func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Ready == nil || !j.Ready.Lease.Held() {
			return errLost
		}
		j.Status = job.Queued
		j.Version++
		j.Failures++
		j.Updated = l.Now()
		j.History = append(slices.Clone(j.History), '1')
		j.Ready.RunAt, j.Ready.Lease, j.Ready.Probation = runAt, job.Lease{}, p
		return nil
	}
}

// remove deletes a job.
func remove(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
	c.Delete = true
	return nil
}

// charge is an admission that takes one job off a month's quota.
func charge(owner string, month int) func(protocol.Ledger) error {
	return func(l protocol.Ledger) error {
		u, err := l.Usage(owner, month)
		if err != nil {
			return err
		}
		u.Jobs++
		return nil
	}
}

// output is an inline output of a job, of five bytes.
func (w *world) output(id job.ID, n int) *job.Output {
	o := &job.Output{
		Token: fmt.Sprintf("%032x", n), Owner: "ann", Job: id, ContentType: "application/json",
		Size: 5, Data: []byte("outpu"), Created: w.now(), SHA256: [32]byte{1, 2, 3},
	}
	o.Name = "json_formatter_" + o.Token + ".json"
	return o
}

// has fails unless the owner has these counts.
func (w *world) has(owner string, want account.Counts) {
	w.t.Helper()
	_, got, err := w.Usage(w.ctx(), owner, account.MonthOf(w.now()))
	w.noError(err)
	if got != want {
		w.t.Fatalf("%s has %+v, want %+v", owner, got, want)
	}
}

// Usage is what an owner used in a month and has now.
func (w *world) Usage(ctx context.Context, owner string, month int) (account.Usage, account.Counts, error) {
	o, err := w.Owner(ctx, owner, month)
	return o.Usage, o.Counts, err
}

// lastSeq fails unless the newest job has this Seq, or the store does not know.
func (w *world) lastSeq(want int64) {
	w.t.Helper()
	got, err := w.LastSeq(w.ctx())
	w.noError(err)
	if got != 0 {
		w.equal("last seq", got, want)
	}
}

// candidateOf is a job as Ready shows it.
func candidateOf(j *job.Job) job.Candidate {
	return job.Candidate{
		ID: j.ID, Owner: j.Owner, Tool: j.Tool, Priority: j.Ready.Priority,
		InputSize: j.Input.Size, Probation: j.Ready.Probation, InputSum: j.Ready.InputSum,
	}
}

// clientView is a job as Get returns it.
func clientView(j job.Job) job.Job {
	j.RunAt = j.DueAt()
	j.Ready = nil
	return j
}
