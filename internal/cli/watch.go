package cli

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/terminal"
)

// Watch is the command that tells what becomes of jobs.
func Watch(e *Env) *cobra.Command {
	var f waiting
	cmd := &cobra.Command{
		Use:   "watch ID... [--timeout 10m] [--json]",
		Short: "tell each change of jobs until they are finished",
		Long: `Tells how each job is, and each change as it comes, until all are finished. On a
terminal each job has a line, which is written anew, and stays as the job ended; in a
pipe each change is a line, as claimcheck status prints it. The jobs go on whether or
not somebody watches them.

It exits as claimcheck wait does: with 0 if all have succeeded, with 1 if one has failed
or was cancelled, with 3 if the server refused to answer for one, with 4 if it could not
be asked or the time of --timeout was over, with 130 after Ctrl-C.

--json prints for each change the job in the form of GET /jobs/{job_id}?view=full, one
object a line, in the order in which the changes come.`,
		Example: `  claimcheck watch 01997f3e-5b80-7c41-9d02-6f1a8be3d274
  claimcheck watch --json 01997f3e-5b80-7c41-9d02-6f1a8be3d274 | jq --unbuffered -r '"\(.status) \(.progress // 0)"'`,
		ValidArgsFunction: f.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, ctx, cancel, err := f.begin(cmd.Context(), "watch", ids, e)
			if err != nil {
				return err
			}
			defer cancel()
			return watch(ctx, ids, c.WatchFull, &f, e)
		},
	}
	f.addTo(e, cmd, "Print for each change one line, the job in the form of GET /jobs/{job_id}?view=full.")
	return cmd
}

func watch(ctx context.Context, ids []string, of func(ctx context.Context, id string) iter.Seq2[client.Full, error], f *waiting, e *Env) error {
	bars := terminal.NewBars(e.Stdout, f.quiet || f.asJSON)
	defer bars.Close()
	above := e.above(bars)
	sum := newTally(above)
	drawn := make([]*terminal.Bar, len(ids))
	err := watchAll(ctx, ids, of, func(c change[client.Full]) error {
		if c.err != nil {
			drawn[c.i].End()
			return sum.failed(ctx, ids[c.i], c.err)
		}
		sum.code = max(sum.code, failedCode(&c.is.Status))
		if f.asJSON {
			return printLine(above.Stdout, &c.is)
		}
		if bars == nil {
			return printStatus(above.Stdout, &c.is)
		}
		if drawn[c.i] == nil {
			drawn[c.i] = bars.Add(shortID(ids[c.i]), "", terminal.Percent)
		}
		showOn(drawn[c.i], &c.is)
		if !finished(&c.is.Status) {
			return nil
		}
		drawn[c.i].End()
		return printStatus(above.Stdout, &c.is)
	})
	bars.Close()
	if err != nil {
		return err
	}
	return sum.endWaiting(ctx, "watch", f.timeout)
}

// A change is what one of the jobs that are watched has become, or why it cannot
// be watched any longer.
type change[T any] struct {
	i   int // which of them
	is  T
	err error
}

// watchAll watches jobs, some at a time, and shows each change as it comes, until
// all are finished or cannot be watched. After an error that is the server's or the
// network's, and when ctx ends, it begins with no more of them. It returns the first
// error of show, after which it shows no more.
func watchAll[T any](ctx context.Context, ids []string, of func(ctx context.Context, id string) iter.Seq2[T, error], show func(change[T]) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := make(chan change[T])
	slots := make(chan struct{}, inWait)
	var over atomic.Bool
	var watchers sync.WaitGroup
	for i, id := range ids {
		watchers.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if over.Load() || ctx.Err() != nil {
				changes <- change[T]{i: i, err: errNotAsked}
				return
			}
			for is, err := range of(ctx, id) {
				if err != nil && codeOf(err) == ExitServer {
					over.Store(true)
				}
				changes <- change[T]{i, is, err}
				if err != nil {
					return
				}
			}
		})
	}
	go func() {
		watchers.Wait()
		close(changes)
	}()
	var failed error
	for c := range changes {
		if failed != nil {
			continue
		}
		if failed = show(c); failed != nil {
			cancel()
		}
	}
	return failed
}
