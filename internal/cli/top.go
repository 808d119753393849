package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/config"
	"claimcheck/internal/reach"
	"claimcheck/internal/terminal"
	"claimcheck/internal/top"
)

const (
	topEvery    = 2 * time.Second // between two questions
	leastEvery  = time.Second     // what the server is spared
	mostEvery   = time.Hour
	topPatience = 10 * time.Second // for the answers of one frame
	ctrlC       = 3                // the byte that the key sends
	ctrlD       = 4
)

// Top is the command that shows how a server is, again and again.
func Top(e *Env) *cobra.Command {
	var from server
	every, once, asJSON := topEvery, false, false
	cmd := &cobra.Command{
		Use:   "top [--every 2s] [--once] [--json]",
		Short: "watch queues, owners, rates and the slowest jobs",
		Long: `Shows how much waits and runs, of which tools and owners, how many jobs a minute are
accepted and end (of the last five minutes), what is paused, and the slowest jobs, again
and again; q or Ctrl-C leaves. A key of scope admin shows all owners, any other its own.
An owner's frame is made of four or five calls, which count on its limit of status calls.

--once prints one frame, as wide and long as it is, also into a pipe; with --json as one
object of JSON. It exits with 3 if the server refused the key, with 4 if it could not be
asked. While it shows frames, a server that is away is asked until it is back.`,
		Example: `  claimcheck top
  claimcheck top --profile operator --every 10s
  claimcheck top --once --json | jq .queued`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				return UsageError("top takes no arguments")
			case asJSON && !once:
				return UsageError("top --json prints one frame: add --once")
			}
			address, key, err := from.resolve("top", e)
			if err != nil {
				return err
			}
			if _, err := from.newClient(address, key); err != nil {
				return err
			}
			base, transport, err := reach.To(address, from.ca)
			if err != nil {
				return err
			}
			t := &topView{ask: top.NewAsker(base, key, &http.Client{Transport: transport}), every: every}
			if once {
				return t.once(cmd.Context(), e.Stdout, asJSON)
			}
			return t.live(cmd.Context(), e)
		},
	}
	from.addTo(cmd, e)
	config.Flag{
		Name: "every", Form: "DURATION", Doc: "How long after one frame the next is asked for, at least 1s. Default: 2s.", Set: func(text string) (err error) {
			if every, err = config.ParseDuration(text); err == nil && (every < leastEvery || every > mostEvery) {
				err = fmt.Errorf("it must be from %v to %v", leastEvery, mostEvery)
			}
			return err
		},
	}.Add(cmd.Flags())
	cmd.Flags().BoolVar(&once, "once", false, "Print one frame and end.")
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print the frame as one object of JSON; with --once.")
	return cmd
}

// A topView is one run of the command top.
type topView struct {
	ask   *top.Asker
	every time.Duration

	view    top.View
	trouble string // why the view is an old one; empty: it is not
}

// once prints one frame.
func (t *topView) once(ctx context.Context, w io.Writer, asJSON bool) error {
	a := t.answer(ctx)
	switch {
	case a.err != nil:
		return ended(ctx, a.err)
	case asJSON:
		return printLine(w, &a.view)
	}
	for _, line := range a.view.Lines(0, 0, "", "") {
		if _, err := fmt.Fprintln(w, line.Text); err != nil {
			return err
		}
	}
	return nil
}

// live shows frames on the terminal until a key says that it is enough. The first is
// asked for before the terminal is taken, so that a wrong key is told as everywhere.
func (t *topView) live(ctx context.Context, e *Env) (err error) {
	in, _ := e.Stdin.(*os.File)
	out, _ := e.Stdout.(*os.File)
	if in == nil || out == nil || !terminal.Is(in) || !terminal.Is(out) {
		return UsageError("top needs a terminal; top --once prints one frame")
	}
	first := t.answer(ctx)
	if first.err != nil {
		return ended(ctx, first.err)
	}
	t.view = first.view
	screen, err := terminal.OpenScreen(in, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, screen.Close()) }()
	return t.loop(ctx, screen)
}

// loop asks and draws. One question is under way at a time, and none when it
// returns.
func (t *topView) loop(ctx context.Context, screen *terminal.Screen) error {
	ctx, cancel := context.WithCancel(ctx)
	answers := make(chan answer, 1)
	asking := false
	defer func() {
		cancel()
		if asking {
			<-answers
		}
	}()
	next := time.NewTimer(t.every)
	defer next.Stop()
	for {
		columns, rows := screen.Size()
		if err := screen.Draw(t.view.Lines(columns, rows, "q leaves", t.trouble)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return &ExitError{Code: ExitInterrupted}
		case key, ok := <-screen.Keys():
			if !ok || key == 'q' || key == 'Q' || key == ctrlC || key == ctrlD {
				return nil
			}
		case <-screen.Resized():
		case <-next.C:
			asking = true
			go func() { answers <- t.answer(ctx) }()
		case a := <-answers:
			asking = false
			next.Reset(max(t.every, t.take(a)))
		}
	}
}

// take notes an answer; it returns how long the server wants to be left alone.
func (t *topView) take(a answer) (pause time.Duration) {
	if a.err == nil {
		t.view, t.trouble = a.view, ""
		return 0
	}
	t.trouble = "NOT NOW: " + reason(a.err)
	if errors.Is(a.err, context.DeadlineExceeded) {
		t.trouble = "NOT NOW: the server does not answer in time"
	}
	if refused, ok := errors.AsType[*client.Error](a.err); ok {
		pause = min(refused.RetryAfter, mostEvery)
	}
	return pause
}

// An answer is one frame, or why there is none.
type answer struct {
	view top.View
	err  error
}

func (t *topView) answer(ctx context.Context) answer {
	ctx, cancel := context.WithTimeout(ctx, topPatience)
	defer cancel()
	v, err := t.ask.Ask(ctx)
	return answer{v, err}
}
