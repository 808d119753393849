package submit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
	"claimcheck/internal/handin"
	"claimcheck/internal/terminal"
)

// cancelTime is how long the server is waited for when jobs are cancelled.
const cancelTime = 30 * time.Second

// A rest is what is not done when the command ends.
type rest struct {
	left    []string // jobs that go on
	fetch   []string // jobs that have succeeded, and whose outputs were not fetched
	unsure  []string // inputs of which it is not known whether they were handed in
	unsent  int      // inputs that were not
	because string
}

func (r *rest) add(it *handin.Item, async bool) {
	switch {
	case it.JobID != "" && !it.Finished() && !async:
		r.left = append(r.left, foreign.Text(it.JobID).String())
	case it.JobID != "" && it.Err != nil && client.Failure(it.Status) == nil && !async:
		r.fetch = append(r.fetch, foreign.Text(it.JobID).String())
	case it.Unsure:
		r.unsure = append(r.unsure, foreign.Text(it.Input.Name).String())
	case errors.Is(it.Err, handin.ErrNotSent):
		r.unsent++
	}
}

// end is how the command ends: jobs that go on are told, and after Ctrl-C they may
// be cancelled. The exit code is at least the one that is given.
func (s *submission) end(ctx context.Context, o *handin.Order, items []*handin.Item, code int, e *cli.Env) error {
	r := rest{because: "not all is done"}
	for _, it := range items {
		code = max(code, codeFor(it))
		r.add(it, s.async)
	}
	if ctx.Err() == nil {
		if s.waitFor > 0 && len(r.left) > 0 {
			r.because = fmt.Sprintf("not finished after %s", s.waitFor)
			code = max(code, cli.ExitServer)
		}
		if text := r.comeBack(); text != "" || code != 0 {
			return &cli.ExitError{Code: code, What: text}
		}
		return nil
	}
	r.because = "interrupted"
	text := cmp.Or(r.comeBack(), r.because)
	in := whoAnswers(ctx, e)
	if len(r.left) == 0 || in == nil {
		return &cli.ExitError{Code: cli.ExitInterrupted, What: text}
	}
	if _, err := fmt.Fprintln(e.Stderr, "claimcheck:", text); err != nil {
		return err
	}
	answer, err := terminal.Ask(context.WithoutCancel(ctx), in, e.Stderr, "Leave the jobs running, or cancel them? [l/c] ")
	if err == nil && strings.HasPrefix("cancel", strings.ToLower(answer)) && answer != "" {
		return cancelAll(ctx, o.Client, r.left, e)
	}
	return &cli.ExitError{Code: cli.ExitInterrupted, What: "the jobs go on"}
}

// comeBack says what goes on and how to come back to it; it is empty where there is
// nothing to come back to.
func (r *rest) comeBack() string {
	const again = "the same command with --resume"
	parts := []string{r.because}
	if len(r.left) == 1 {
		parts = append(parts, "the job goes on; to come back to it: claimcheck wait "+r.left[0]+", or "+again)
	} else if len(r.left) > 1 {
		parts = append(parts, "the jobs go on; to come back to them: claimcheck wait "+strings.Join(r.left, " ")+", or "+again)
	}
	if len(r.fetch) > 0 {
		parts = append(parts, "what was made and not fetched, "+again+" fetches, or claimcheck download, of "+strings.Join(r.fetch, " "))
	}
	if len(r.unsure) > 0 {
		parts = append(parts, strings.Join(r.unsure, ", ")+" may have been handed in, which "+again+" finds out")
	}
	if r.unsent > 0 {
		parts = append(parts, fmt.Sprintf("%d not handed in; %s goes on", r.unsent, again))
	}
	if len(parts) == 1 {
		return ""
	}
	return strings.Join(parts, "; ")
}

// whoAnswers is the terminal at which somebody has pressed Ctrl-C and can be asked;
// nil in a pipe, and where another signal ends the command.
func whoAnswers(ctx context.Context, e *cli.Env) *os.File {
	if cause := context.Cause(ctx); cause == nil || !strings.HasPrefix(cause.Error(), os.Interrupt.String()) { // as signal.NotifyContext words it
		return nil
	}
	if out, ok := e.Stdout.(*os.File); ok {
		if info, err := out.Stat(); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
			return nil
		}
	}
	if !terminal.Shows(e.Stderr) {
		return nil
	}
	return terminalIn(e)
}

// cancelAll cancels jobs after Ctrl-C.
func cancelAll(ctx context.Context, c *client.Client, ids []string, e *cli.Env) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	err := cli.Several(ctx, ids, func(ctx context.Context, id string) error {
		_, err := c.Cancel(ctx, id)
		return err
	}, func(id string, err error) error {
		what := "cancelled"
		if f, ok := errors.AsType[*client.Error](err); ok && f.HTTPStatus == http.StatusConflict {
			what = "was finished already"
		} else if err != nil {
			what = "not cancelled: " + foreign.Text(cli.Reason(err)).String()
		}
		_, err = fmt.Fprintf(e.Stderr, "claimcheck: %v: %s\n", foreign.Text(id), what)
		return err
	})
	if err != nil {
		return err
	}
	return &cli.ExitError{Code: cli.ExitInterrupted}
}
