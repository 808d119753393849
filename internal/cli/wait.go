package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/terminal"
)

// waiting are the flags of the commands that wait for jobs.
type waiting struct {
	server

	timeout time.Duration
	asJSON  bool
	quiet   bool
}

func (f *waiting) addTo(e *Env, cmd *cobra.Command, jsonDoc string) {
	f.server.addTo(cmd, e)
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "Wait no longer than this, for instance 90s or 10m. Default: for as long as it takes.")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, jsonDoc)
	cmd.Flags().BoolVar(&f.quiet, "quiet", false, "Show no progress on the terminal.")
}

// begin checks the command line and returns the client, and the context in which is
// waited.
func (f *waiting) begin(ctx context.Context, command string, ids []string, e *Env) (*client.Client, context.Context, context.CancelFunc, error) {
	if f.timeout < 0 {
		return nil, nil, nil, UsageError("--timeout: it is a time to come, such as 10m")
	}
	c, err := f.ask(command, ids, e)
	if err != nil {
		return nil, nil, nil, err
	}
	if f.timeout == 0 {
		return c, ctx, func() {}, nil
	}
	limited, cancel := context.WithTimeoutCause(ctx, f.timeout, errTooLong)
	return c, limited, cancel, nil
}

var errTooLong = errors.New("the time of --timeout is over")

// endWaiting is how a command that waited ends. Jobs that were not seen to the end go on
// all the same, and it is told how to come back to them.
func (t *tally) endWaiting(ctx context.Context, command string, timeout time.Duration) error {
	rest := t.rest()
	switch {
	case ctx.Err() == nil:
		return t.end(ctx, command)
	case len(rest) == 0 && errors.Is(context.Cause(ctx), errTooLong): // in the last moment
		return t.exit()
	}
	text, code := "interrupted", ExitInterrupted
	if errors.Is(context.Cause(ctx), errTooLong) {
		text, code = fmt.Sprintf("not finished after %s", timeout), ExitServer
	}
	if len(rest) > 0 {
		text += "; the jobs go on; to come back to them: claimcheck " + command + " " + strings.Join(rest, " ")
	}
	return &ExitError{code, text}
}

// Wait is the command that waits for jobs to be finished.
func Wait(e *Env) *cobra.Command {
	var f waiting
	cmd := &cobra.Command{
		Use:   "wait ID... [--timeout 10m] [--json]",
		Short: "wait until jobs are finished",
		Long: `Waits until every job is finished, and prints one line for each, in the order of the
command line, as claimcheck status does. Its questions are left with the server until
there is something new. On a terminal it shows meanwhile how far the jobs are; the
jobs go on whether or not somebody waits for them.

It exits with 0 if all have succeeded, with 1 if one has failed or was cancelled, with
3 if the server refused to answer for one, with 4 if it could not be asked or the time
of --timeout was over, with 130 after Ctrl-C. In the last two cases the IDs of what is
not finished are told on stderr, with the command that comes back to them.

--json prints for each job its status in the form of GET /jobs/{job_id}, one object
a line.`,
		Example: `  claimcheck wait 01997f3e-5b80-7c41-9d02-6f1a8be3d274
  claimcheck wait --timeout 10m 01997f3e-5b80-7c41-9d02-6f1a8be3d274 && echo well`,
		ValidArgsFunction: f.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, ctx, cancel, err := f.begin(cmd.Context(), "wait", ids, e)
			if err != nil {
				return err
			}
			defer cancel()
			return wait(ctx, c, ids, &f, e)
		},
	}
	f.addTo(e, cmd, "Print for each job one line, its status in the form of GET /jobs/{job_id}.")
	return cmd
}

func wait(ctx context.Context, c *client.Client, ids []string, f *waiting, e *Env) error {
	bars := terminal.NewBars(e.Stderr, f.quiet)
	defer bars.Close()
	above := e.above(bars)
	sum := newTally(above)
	err := several(ctx, ids, inWait, func(ctx context.Context, id string) (api.Status, error) {
		if bars == nil {
			return c.Wait(ctx, id)
		}
		bar := bars.Add(shortID(id), "", terminal.Percent)
		defer bar.End()
		return follow(c.WatchFull(ctx, id), bar)
	}, func(id string, is api.Status, err error) error {
		if err != nil {
			return sum.failed(ctx, id, err)
		}
		return f.print(above, sum, &is)
	})
	bars.Close()
	if err == nil && errors.Is(context.Cause(ctx), errTooLong) {
		err = f.lookAtRest(ctx, c, sum, e)
	}
	if err != nil {
		return err
	}
	return sum.endWaiting(ctx, "wait", f.timeout)
}

// print tells how a job has ended.
func (f *waiting) print(e *Env, sum *tally, is *api.Status) error {
	sum.code = max(sum.code, failedCode(is))
	if f.asJSON {
		return printLine(e.Stdout, is)
	}
	return printStatus(e.Stdout, &client.Full{Status: *is})
}

// lastLook is for how long it is asked once, when the time of --timeout is over, for the
// jobs whose turn to be waited for had not come.
const lastLook = 10 * time.Second

// lookAtRest tells of those jobs which are finished: they are no more among the rest.
func (f *waiting) lookAtRest(ctx context.Context, c *client.Client, sum *tally, e *Env) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	found, err := c.Batch(ctx, sum.left)
	if err != nil {
		return nil // they are told as not finished, which is all that is known
	}
	sum.left = nil
	for i := range found {
		if found[i].Err != nil || !finished(&found[i].Status) {
			sum.left = append(sum.left, found[i].ID)
			continue
		}
		if err := f.print(e, sum, &found[i].Status); err != nil {
			return err
		}
	}
	return nil
}

// follow shows on a bar how far a job is, until it is finished.
func follow(changes iter.Seq2[client.Full, error], bar *terminal.Bar) (api.Status, error) {
	var last api.Status
	for is, err := range changes {
		if err != nil {
			return last, err
		}
		last = is.Status
		showOn(bar, &is)
	}
	return last, nil
}

// showOn shows on a bar how a job is.
func showOn(bar *terminal.Bar, is *client.Full) {
	bar.Doing(strings.TrimSpace(is.Status.Status + "  " + howItIs(&is.Status, &is.FullJob)))
	if is.Progress != nil {
		bar.Set(int64(*is.Progress), 100)
	}
}

// shortID is the end of a job's id, which tells jobs of about the same time apart.
func shortID(id string) string { return "…" + id[max(len(id)-12, 0):] }

// above is the process's environment while bars are drawn: what is printed on the
// terminal stands above them. Without bars it is what it was.
func (e *Env) above(bars *terminal.Bars) *Env {
	if bars == nil {
		return e
	}
	raised := *e
	raised.Stderr = &lines{say: bars.Say}
	e.notes.onto(raised.Stderr)
	if terminal.Shows(e.Stdout) {
		raised.Stdout = &lines{say: bars.Say}
	}
	return &raised
}

// A lines has each line that is written to it said. What is behind the last line
// break waits for the next one. It is safe for concurrent use.
type lines struct {
	mu   sync.Mutex // guards the field rest
	say  func(line string)
	rest []byte
}

// Write says the lines that are whole.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte{'\n'})
		if !ok {
			return len(p), nil
		}
		l.say(string(line))
		l.rest = rest
	}
}
