// Package words has the command that tells what jobs say while they run.
package words

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
	"claimcheck/internal/terminal"
)

// A logging is how a job's words are printed.
type logging struct {
	cli.Server

	follow, output, asJSON bool
}

// Log is the command that tells what a job has said while it ran.
func Log(e *cli.Env) *cobra.Command {
	var f logging
	cmd := &cobra.Command{
		Use:   "log ID [--follow] [--output] [--json]",
		Short: "tell what a job has said while it ran, or says",
		Long: `Prints the lines of a job's log, which those who do the work say while they do it, each
with its time. How many of the oldest are not kept is told on stderr.

--follow goes on with each line as it comes, and with messages of what is being done, until
the job is finished. --output prints the pieces of its output in their place, as a model
writes them, and nothing else; when another attempt begins anew, that is told on stderr.
It exits with 1 then if the job has failed, with 3 if the server refused to answer, with
4 if it could not be asked.

--json prints the answer of GET /jobs/{job_id}/log on one line; with --follow or --output
the data of each event of GET /jobs/{job_id}/events, one object a line.`,
		Example: `  claimcheck log 01997f3e-5b80-7c41-9d02-6f1a8be3d274
  claimcheck log --output 01997f3e-5b80-7c41-9d02-6f1a8be3d274 | tee poem.txt`,
		ValidArgsFunction: f.CompleteJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := f.AskOne("log", ids, e)
			if err != nil {
				return err
			}
			if f.follow || f.output {
				return f.hear(cmd.Context(), c, ids[0], e)
			}
			return f.print(cmd.Context(), c, ids[0], e)
		},
	}
	f.AddTo(cmd, e)
	cmd.Flags().BoolVar(&f.follow, "follow", false, "Go on until the job is finished.")
	cmd.Flags().BoolVar(&f.output, "output", false, "Print the output, as it comes, until the job is finished.")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "Print what the server tells, one JSON object a line.")
	return cmd
}

// print prints the log as it is.
func (f *logging) print(ctx context.Context, c *client.Client, id string, e *cli.Env) error {
	l, err := c.Log(ctx, id)
	switch {
	case err != nil:
		return cli.Ended(ctx, err)
	case f.asJSON:
		return cli.PrintLine(e.Stdout, &l)
	}
	if l.Dropped > 0 {
		if _, err := fmt.Fprintf(e.Stderr, "claimcheck: %d lines before these are not kept\n", l.Dropped); err != nil {
			return err
		}
	}
	for _, line := range l.Lines {
		if err := logLine(e.Stdout, line.At, line.Text); err != nil {
			return err
		}
	}
	return nil
}

func logLine(w io.Writer, at int64, text string) error {
	_, err := fmt.Fprintf(w, "%s  %v\n", time.Unix(at, 0).Format(time.TimeOnly), foreign.Text(text))
	return err
}

// hear prints what a job says until it is finished.
func (f *logging) hear(ctx context.Context, c *client.Client, id string, e *cli.Env) error {
	to := e.Stdout
	if terminal.Shows(to) {
		guarded := foreign.Writer(to)
		defer func() { _ = guarded.Close() }() // what fails was told by Write
		to = guarded
	}
	attempt := 0
	for ev, err := range c.Events(ctx, id) {
		switch {
		case err != nil:
			return cli.Ended(ctx, err)
		case ev.Status != nil:
			if ev.Status.Status == "success" || ev.Status.Status == "failed" {
				return f.end(ev.Status, attempt > 0, to)
			}
			continue
		case f.asJSON:
			err = cli.PrintLine(e.Stdout, &ev.JobWords)
		case f.output:
			if ev.Output == "" {
				continue
			}
			if attempt > 0 && ev.Attempt != attempt {
				_, err = fmt.Fprintf(e.Stderr, "\nclaimcheck: attempt %d begins anew\n", ev.Attempt)
			}
			if err == nil {
				_, err = io.WriteString(to, ev.Output)
			}
		default:
			err = printWords(to, &ev.JobWords)
		}
		if attempt = ev.Attempt; err != nil {
			return err
		}
	}
	return cli.Ended(ctx, ctx.Err())
}

func printWords(w io.Writer, said *api.JobWords) error {
	lines := said.Log
	if said.Message != "" {
		lines = append([]string{said.Message}, lines...)
	}
	for _, line := range lines {
		if err := logLine(w, said.At, line); err != nil {
			return err
		}
	}
	return nil
}

// end ends what was printed, and says how the job has.
func (f *logging) end(s *api.Status, some bool, to io.Writer) error {
	if f.output && !f.asJSON && some {
		if _, err := fmt.Fprintln(to); err != nil {
			return err
		}
	}
	if failure := client.Failure(*s); failure != nil {
		return &cli.ExitError{Code: cli.ExitFailed, What: foreign.Text(failure.Error()).String()}
	}
	return nil
}
