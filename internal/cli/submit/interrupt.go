package submit

import (
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

// end is how the command ends: jobs that go on are told, and after Ctrl-C they may
// be cancelled.
func (s *submission) end(ctx context.Context, o *handin.Order, items []*handin.Item, e *cli.Env) error {
	code := 0
	var left, unsure []string
	unsent := 0
	for _, it := range items {
		code = max(code, codeFor(it))
		switch {
		case it.JobID != "" && !it.Finished() && !s.async:
			left = append(left, it.JobID)
		case it.Unsure:
			unsure = append(unsure, foreign.Text(it.Input.Name).String())
		case errors.Is(it.Err, handin.ErrNotSent):
			unsent++
		}
	}
	if ctx.Err() == nil {
		return s.leave(code, left, unsure, unsent)
	}
	text := comeBack("interrupted", left, unsure, unsent)
	in := whoAnswers(ctx, e)
	if len(left) == 0 || in == nil {
		return &cli.ExitError{Code: cli.ExitInterrupted, What: text}
	}
	if _, err := fmt.Fprintln(e.Stderr, "claimcheck:", text); err != nil {
		return err
	}
	answer, err := terminal.Ask(context.WithoutCancel(ctx), in, e.Stderr, "Leave the jobs running, or cancel them? [l/c] ")
	if err == nil && strings.HasPrefix("cancel", strings.ToLower(answer)) && answer != "" {
		return cancelAll(ctx, o.Client, left, e)
	}
	return &cli.ExitError{Code: cli.ExitInterrupted, What: "the jobs go on"}
}

// leave ends a command that was not interrupted.
func (s *submission) leave(code int, left, unsure []string, unsent int) error {
	switch {
	case len(left)+len(unsure)+unsent > 0 && s.waitFor > 0 && len(left) > 0:
		return &cli.ExitError{Code: max(code, cli.ExitServer), What: comeBack(fmt.Sprintf("not finished after %s", s.waitFor), left, unsure, unsent)}
	case len(left)+len(unsure)+unsent > 0:
		return &cli.ExitError{Code: code, What: comeBack("not all is done", left, unsure, unsent)}
	case code != 0:
		return &cli.ExitError{Code: code}
	}
	return nil
}

// comeBack says what goes on and how to come back to it.
func comeBack(why string, left, unsure []string, unsent int) string {
	parts := []string{why}
	if len(left) == 1 {
		parts = append(parts, "the job goes on; to come back to it: claimcheck wait "+foreign.Text(left[0]).String()+", or the same command with --resume")
	} else if len(left) > 1 {
		parts = append(parts, "the jobs go on; to come back to them: claimcheck wait "+foreign.Text(strings.Join(left, " ")).String()+", or the same command with --resume")
	}
	if len(unsure) > 0 {
		parts = append(parts, strings.Join(unsure, ", ")+" may have been handed in, which the same command with --resume finds out")
	}
	if unsent > 0 && len(left)+len(unsure) > 0 {
		parts = append(parts, fmt.Sprintf("%d not handed in", unsent))
	} else if unsent > 0 {
		parts = append(parts, fmt.Sprintf("%d not handed in; the same command with --resume goes on", unsent))
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
