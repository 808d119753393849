package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/foreign"
)

// Cancel is the command that stops jobs.
func Cancel(e *Env) *cobra.Command {
	var from server
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cancel ID... [--json]",
		Short: "stop jobs",
		Long: `Stops each job. One that waits ends at once, as failed with the code CANCELED; one
that runs goes on as processing until its attempt has stopped, which claimcheck wait
waits for. A job that is finished stays as it is.

It exits with 0 if all were stopped or are being stopped, with 3 if the server
refused one (JOB_FINISHED: it was over already), with 4 if it could not be asked.
Many jobs at once are cancelled by claimcheck bulk cancel.

--json prints for each job its status after that, in the form of GET /jobs/{job_id}.`,
		Example: `  claimcheck cancel 01997f3e-5b80-7c41-9d02-6f1a8be3d274
  claimcheck jobs --status queued --since 1h --quiet | xargs claimcheck cancel`,
		ValidArgsFunction: from.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := from.ask("cancel", ids, e)
			if err != nil {
				return err
			}
			return perJob(cmd.Context(), e, "cancel", ids, c.Cancel, func(_ string, s api.Status) (int, error) {
				if asJSON {
					return 0, printLine(e.Stdout, &s)
				}
				more := "is being stopped"
				if failure := client.Failure(s); failure != nil {
					more = foreign.Text(failure.Error()).String()
				}
				_, err := fmt.Fprintln(e.Stdout, row(s.JobID, s.Status, more))
				return 0, err
			})
		},
	}
	from.addTo(cmd, e)
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print for each job one line, its status in the form of GET /jobs/{job_id}.")
	return cmd
}

// A retried is what is printed of a job whose work is done again.
type retried struct {
	RetryOf string `json:"retry_of"`
	api.Accepted
}

// Retry is the command that has the work of finished jobs done again.
func Retry(e *Env) *cobra.Command {
	var from server
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "retry ID... [--json]",
		Short: "do the work of finished jobs again, as new jobs",
		Long: `Hands in the work of each job again, with the same input and options, as a new job,
which is charged like any other. It prints one line for each: the ID of the new job,
and which one it repeats.

It exits with 3 if the server refused one (JOB_UNFINISHED: it is not over yet), with
4 if it could not be asked. Many jobs at once are repeated by claimcheck bulk retry.

--json prints for each job {"retry_of","status","job_id","status_url","request_id"},
where job_id is the new one.`,
		Example: `  claimcheck retry 01997f3e-5b80-7c41-9d02-6f1a8be3d274
  claimcheck retry 01997f3e-5b80-7c41-9d02-6f1a8be3d274 --json | jq -r .job_id | xargs claimcheck wait`,
		ValidArgsFunction: from.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := from.ask("retry", ids, e)
			if err != nil {
				return err
			}
			return perJob(cmd.Context(), e, "retry", ids, c.Retry, func(id string, a api.Accepted) (int, error) {
				if asJSON {
					return 0, printLine(e.Stdout, &retried{id, a})
				}
				_, err := fmt.Fprintln(e.Stdout, row(a.JobID, a.Status, "again what was "+id))
				return 0, err
			})
		},
	}
	from.addTo(cmd, e)
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print for each job one line: what the server answered, and retry_of.")
	return cmd
}

// A deleted is what is printed of a job that is no more.
type deleted struct {
	JobID  string `json:"job_id"`
	Status string `json:"status"` // deleted
}

// Delete is the command that removes jobs.
func Delete(e *Env) *cobra.Command {
	var from server
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "delete ID... [--json]",
		Short: "remove jobs, with their inputs and outputs",
		Long: `Removes each job, with its input and its output; one that is not finished is stopped
before. It cannot be undone, and nothing is asked: the jobs were named one by one.

It exits with 3 if the server refused one (JOB_NOT_FOUND: it is not there), with 4 if
it could not be asked. Many jobs at once are removed by claimcheck bulk delete, which
counts them first.

--json prints for each job {"job_id","status":"deleted"}.`,
		Example:           `  claimcheck delete 01997f3e-5b80-7c41-9d02-6f1a8be3d274`,
		ValidArgsFunction: from.completeJobs(e),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, err := from.ask("delete", ids, e)
			if err != nil {
				return err
			}
			remove := func(ctx context.Context, id string) (deleted, error) {
				return deleted{JobID: id, Status: "deleted"}, c.Delete(ctx, id)
			}
			return perJob(cmd.Context(), e, "delete", ids, remove, func(id string, d deleted) (int, error) {
				if asJSON {
					return 0, printLine(e.Stdout, &d)
				}
				_, err := fmt.Fprintln(e.Stdout, row(id, d.Status, ""))
				return 0, err
			})
		},
	}
	from.addTo(cmd, e)
	cmd.Flags().BoolVar(&asJSON, "json", false, `Print for each job one line, {"job_id","status":"deleted"}.`)
	return cmd
}
