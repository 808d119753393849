package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
)

// Status is the command that asks once how jobs are.
func Status(e *Env) *cobra.Command {
	var from server
	var asJSON, full bool
	cmd := &cobra.Command{
		Use:   "status ID... [--full] [--json]",
		Short: "ask once how jobs are",
		Long: `Asks the server once for the status of each job, and prints one line for each, in
the order of the command line: its ID, its status, and why it waits, how far it is,
or why it failed.

It exits with 1 if a job has failed or was cancelled, with 3 if the server refused
to answer for one, with 4 if it could not be asked.

--json prints for each job its status in the form of GET /jobs/{job_id}, one object
a line; --full has the members of view=full in it. Jobs that the server refuses are
told on stderr and have no line.`,
		Example: `  CLAIMCHECK_URL=https://jobs.example.org CLAIMCHECK_API_KEY=ck_... claimcheck status 01997f3e-5b80-7c41-9d02-6f1a8be3d274
  claimcheck status --json --full 01997f3e-5b80-7c41-9d02-6f1a8be3d274 | jq .waiting_reason`,
		ValidArgsFunction: from.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := from.ask("status", ids, e)
			if err != nil {
				return err
			}
			if asJSON && !full {
				return perJob(cmd.Context(), e, "status", ids, c.Get, func(_ string, s api.Status) (int, error) {
					return failedCode(&s), printLine(e.Stdout, &s)
				})
			}
			return perJob(cmd.Context(), e, "status", ids, c.GetFull, func(_ string, s client.Full) (int, error) {
				if asJSON {
					return failedCode(&s.Status), printLine(e.Stdout, &s)
				}
				return failedCode(&s.Status), printStatus(e.Stdout, &s)
			})
		},
	}
	from.addTo(cmd, e)
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print for each job one line, its status in the form of GET /jobs/{job_id}.")
	cmd.Flags().BoolVar(&full, "full", false, "With --json: also what view=full tells.")
	return cmd
}

// ask checks the ids of a command about jobs and returns the client to ask with.
func (s *server) ask(command string, ids []string, e *Env) (*client.Client, error) {
	if err := checkIDs(command, ids); err != nil {
		return nil, err
	}
	return s.client(command, e)
}

// perJob does the same for each job, shows what came of each in the order of the
// ids, and returns how the command ends. The code is the exit code that goes with
// what came.
func perJob[T any](ctx context.Context, e *Env, command string, ids []string, do func(ctx context.Context, id string) (T, error), show func(id string, got T) (code int, err error)) error {
	sum := newTally(e)
	err := several(ctx, ids, inFlight, do, func(id string, got T, err error) error {
		if err != nil {
			return sum.failed(ctx, id, err)
		}
		code, err := show(id, got)
		sum.code = max(sum.code, code)
		return err
	})
	if err != nil {
		return err
	}
	return sum.end(ctx, command)
}

// failedCode is the exit code that goes with a job's status.
func failedCode(s *api.Status) int {
	if client.Failure(*s) != nil {
		return ExitFailed
	}
	return 0
}

// printStatus prints one line about a job.
func printStatus(w io.Writer, s *client.Full) error {
	_, err := fmt.Fprintln(w, row(s.JobID, s.Status.Status, howItIs(&s.Status, &s.FullJob)))
	return err
}
