// Package remote is the desk at which remote programs take jobs and hand in
// what they made: pull workers with a key of scope work, and targets of HTTP
// tools that call back. Whose turn it is, and whether a lease is still good, is
// decided in package queue; this package knows nothing of HTTP.
package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/queue"
	"claimcheck/internal/sign"
	"claimcheck/internal/tool"
	"claimcheck/internal/trace"
	"claimcheck/internal/words"
)

// A Desk serves remote programs. It is safe for concurrent use.
type Desk struct {
	Queue     *queue.Queue
	Runner    *attempt.Runner
	Inputs    *attempt.Inputs
	Tools     *tool.Set
	Signer    *sign.Signer
	PublicURL string           // what addresses begin with, no final slash
	Now       func() time.Time // of a clock that never steps
	Trace     *trace.Tracer    // nil: no spans are made
	Deposit   Deposit          // puts outputs where their callers want them; nil: nowhere

	puttings puttings
}

// A Wish is what a program asks for.
type Wish struct {
	KeyID  string   // names the program's key in leases
	Tools  []string // that it works for; those that are known here must have mode pull
	Max    int      // jobs at most
	Worker string   // the program's own name
}

// A Lease is a job in the hands of a remote program.
type Lease struct {
	Ref

	Tool    string
	Options []byte // canonical JSON object, or nil
	Until   time.Time
	Trace   string    // traceparent of the attempt, or empty
	EndBy   time.Time // when the job is ended by itself, so that no outcome is of use; zero: never
}

// Claim leases waiting jobs; when there are none it waits until there are or
// ctx is done, and returns none then. gone is done when the program has gone
// away: what was leased by then is handed back. A tool that is not known here has
// no work: another server of the cluster may know it already. Failures: Invalid
// INVALID_REQUEST for a tool that programs do not come for.
func (d *Desk) Claim(ctx, gone context.Context, w Wish) ([]Lease, error) {
	known := make([]string, 0, len(w.Tools))
	for _, name := range w.Tools {
		t, ok := d.Tools.Get(name)
		switch {
		case !ok:
		case t.Spec().Mode != tool.Pull:
			return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "The tool %s does its work itself; there is none to be claimed.", name)
		default:
			known = append(known, name)
		}
	}
	worker := queue.PullWorker(w.KeyID, w.Worker)
	for {
		wake := d.Queue.PullWake()
		got, err := d.Queue.ClaimFor(context.WithoutCancel(ctx), worker, known, w.Max)
		if gone.Err() != nil {
			return nil, d.handBack(ctx, got)
		}
		if err != nil && len(got) == 0 {
			return nil, err
		}
		if len(got) > 0 {
			return d.leases(got, w.KeyID), nil
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-wake:
		}
	}
}

func (d *Desk) handBack(ctx context.Context, got []queue.Claimed) error {
	ctx, cancel := recording(ctx)
	defer cancel()
	var all error
	for _, c := range got {
		all = errors.Join(all, d.Queue.HandBack(ctx, c))
	}
	return all
}

// patience is for how long a store that is away is waited for before a program
// is told so; it asks again, and its lease is its own.
const patience = 10 * time.Second

// recording returns the context of recording what a program has told, which
// may have gone away since.
func recording(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

func (d *Desk) leases(got []queue.Claimed, keyID string) []Lease {
	list := make([]Lease, len(got))
	for i, c := range got {
		list[i] = Lease{
			Ref: Ref{Job: c.Job.ID, Attempt: c.Lease.Attempt, KeyID: keyID}, Tool: c.Job.Tool, Options: c.Job.Options, Until: c.Lease.Until,
			Trace: d.Trace.AttemptParent(&got[i].Job, c.Lease.Attempt),
			EndBy: c.Job.Ready.EndBy,
		}
	}
	return list
}

// current returns the attempt that a program means, if it is the current one and
// the program's own. Failures: LeaseLost.
func (d *Desk) current(ctx context.Context, r Ref) (queue.Claimed, error) {
	worker := ""
	if r.KeyID != "" {
		var err error
		if worker, err = d.Queue.WorkerOf(ctx, r.Job, r.Attempt); err != nil {
			return queue.Claimed{}, err
		}
		if !strings.HasPrefix(worker, queue.PullWorker(r.KeyID, "")) {
			return queue.Claimed{}, queue.ErrLeaseLost
		}
	}
	return d.Queue.RemoteAttempt(ctx, r.Job, r.Attempt, worker)
}

// ending is current for a program that reports the end of its attempt. If it did so
// before and was told that nobody knows whether that was recorded, it may report it
// again.
func (d *Desk) ending(ctx context.Context, r Ref) (queue.Claimed, error) {
	c, err := d.current(ctx, r)
	if !fault.Is(err, fault.LeaseLost) {
		return c, err
	}
	again, ok := d.Queue.InDoubt(ctx, r.Job, r.Attempt)
	if ok && (r.KeyID == "" || strings.HasPrefix(again.Lease.Worker, queue.PullWorker(r.KeyID, ""))) {
		return again, nil
	}
	return c, err
}

// Renew records a sign of life and what the program says with it, which is durable when
// it returns. It returns when the lease ends now and whether the client wants the
// job canceled. Failures: LeaseLost.
func (d *Desk) Renew(ctx context.Context, r Ref, said tool.Words) (until time.Time, cancel bool, err error) {
	c, err := d.current(ctx, r)
	if err == nil {
		until, cancel, err = d.Queue.Renew(ctx, c, words.Sign{
			Percent: int(said.Progress), Said: job.Said{Words: words.Of(r.Attempt, said.Message, said.Log, said.Output)},
		})
	}
	if fault.Is(err, fault.LeaseLost) && d.stopped(ctx, r) {
		return d.Now(), true, nil
	}
	return until, cancel, err
}

// stopped reports whether a program's attempt was ended by its job's deadline: its
// program learns that as it does of a job that is canceled, and its outcome is refused.
func (d *Desk) stopped(ctx context.Context, r Ref) bool {
	worker := d.Queue.StoppedBy(ctx, r.Job, r.Attempt)
	return worker != "" && (r.KeyID == "" || strings.HasPrefix(worker, queue.PullWorker(r.KeyID, "")))
}

// Finish records success: with a JSON value that becomes the job's result byte
// for byte, or, if that is nil, with the file that was put before. Failures:
// LeaseLost, Invalid INVALID_REQUEST if there is neither, Invalid
// OUTPUT_TOO_LARGE, Unavailable: then the program may tell the same again, and
// what was recorded all the same is a success.
func (d *Desk) Finish(ctx context.Context, r Ref, result []byte) error {
	c, err := d.ending(ctx, r)
	if err != nil {
		return err
	}
	if err := attempt.CheckSize(int64(len(result)), d.Queue.PlanOf(ctx, c.Job.Owner).MaxOutputBytes); err != nil {
		return err
	}
	out := queue.Outcome{Result: result}
	var kept *job.Output
	if result == nil {
		if out, kept, err = d.fileOf(ctx, &c.Job); err != nil {
			return err
		}
	}
	if d.puts(&c.Job) {
		var over bool
		if out, over, err = d.put(context.WithoutCancel(ctx), c, out, kept); over || err != nil {
			return err
		}
	}
	ctx, cancel := recording(ctx)
	defer cancel()
	_, err = d.Queue.Finish(ctx, c, out)
	d.ended(&c, "", err)
	return err
}

// A Failure is why an attempt did not succeed, in the program's words.
type Failure struct {
	Code    string
	Message string
	Details []byte // JSON object, or nil
	Retry   bool   // another attempt may succeed
}

// Fail records a failure; what follows is for the queue to decide. Failures:
// LeaseLost.
func (d *Desk) Fail(ctx context.Context, r Ref, f Failure) error {
	c, err := d.ending(ctx, r)
	if err != nil {
		return err
	}
	cause := tool.Failure(f.Code, f.Message, f.Details)
	if f.Retry {
		cause.Kind = fault.Upstream
	}
	ctx, cancel := recording(ctx)
	defer cancel()
	_, err = d.Queue.Fail(ctx, c, fault.ByTarget(cause))
	d.ended(&c, cause.Code, err)
	return err
}

// ended tells of an attempt whose end was recorded: with the code of a failure.
func (d *Desk) ended(c *queue.Claimed, code string, err error) {
	if err == nil && d.Trace.On() {
		d.Trace.Attempted(&c.Job, c.Lease.Attempt, time.Now(), code)
	}
}

// fileOf is the outcome of an attempt whose file was put before.
func (d *Desk) fileOf(ctx context.Context, j *job.Job) (queue.Outcome, *job.Output, error) {
	none := fault.New(fault.Invalid, "INVALID_REQUEST", "There is no result: give one, or put a file before.")
	if j.Output == "" {
		return queue.Outcome{}, nil, none
	}
	o, err := d.Queue.Output(ctx, tokenOf(j.Output))
	if fault.Is(err, fault.NotFound) {
		return queue.Outcome{}, nil, none
	}
	if err != nil {
		return queue.Outcome{}, nil, err
	}
	from := io.NopCloser(bytes.NewReader(o.Data))
	if o.File {
		if from, err = d.Inputs.Blobs.Open(ctx, job.OutputKey(o.Token)); err != nil {
			return queue.Outcome{}, nil, fmt.Errorf("open output: %w", err)
		}
	}
	defer from.Close()
	out, err := attempt.Describe(from, fileType(j.Tool, o.ContentType), j.RequestID)
	if err != nil {
		return queue.Outcome{}, nil, fmt.Errorf("read output: %w", err)
	}
	return out, &o, nil
}

func fileType(toolName, contentType string) attempt.File {
	contentType = media.ContentType(contentType)
	return attempt.File{Tool: toolName, Ext: media.Extension(contentType), ContentType: contentType, Text: media.IsText(contentType), Told: true}
}

// tokenOf takes the token out of <tool>_<token>.<ext>.
func tokenOf(name string) string {
	name, _, _ = strings.Cut(name, ".")
	return name[strings.LastIndex(name, "_")+1:]
}

// MayClaim returns the tools of a wish that a key does not have; a wish for
// none is one for all that it has.
func MayClaim(has, wants []string) (tools, refused []string) {
	if len(wants) == 0 {
		return has, nil
	}
	for _, name := range wants {
		if !slices.Contains(has, name) {
			refused = append(refused, name)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(wants))), refused
}
