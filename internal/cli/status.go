package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/foreign"
)

// Status is the command that asks once how jobs are.
func Status(e *Env) *cobra.Command {
	var from server
	asJSON := false
	cmd := &cobra.Command{
		Use:   "status ID... [--url URL] [--json]",
		Short: "ask once how jobs are",
		Long: `Asks the server once for the status of each job. It exits with 1 if one of them
has failed, with 3 if the server refused to answer, with 4 if it could not.`,
		Example: "  CLAIMCHECK_URL=https://jobs.example.org CLAIMCHECK_API_KEY=ck_... claimcheck status 01997f3e-5b80-7c41-9d02-6f1a8be3d274",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if len(ids) == 0 {
				return UsageError("status needs the ID of a job")
			}
			c, err := from.client("status", e)
			if err != nil {
				return err
			}
			return status(cmd.Context(), c, ids, asJSON, e)
		},
	}
	from.addTo(cmd, e)
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print for each job one line, its status in the form of GET /jobs/{job_id}.")
	return cmd
}

// status asks for the jobs and prints what is said of them.
func status(ctx context.Context, c *client.Client, ids []string, asJSON bool, e *Env) error {
	all, code, err := askAll(ctx, c, ids, e)
	if err == nil && asJSON {
		err = printLines(e.Stdout, all)
	} else if err == nil {
		err = printStatus(e.Stdout, all)
	}
	if err == nil && code != 0 {
		err = &ExitError{Code: code}
	}
	return err
}

// askAll asks for each job, and tells on stderr of those that it got no answer
// for; where the server cannot be asked it does not go on. The code is the
// greatest exit code of any.
func askAll(ctx context.Context, c *client.Client, ids []string, e *Env) (all []api.Status, code int, err error) {
	for _, id := range ids {
		s, err := c.Get(ctx, id)
		if err != nil {
			code = max(code, codeOf(err))
			if err := complain(e, err); err != nil {
				return nil, 0, err
			}
			if code == ExitServer {
				break
			}
			continue
		}
		if client.Failure(s) != nil {
			code = max(code, ExitFailed)
		}
		all = append(all, s)
	}
	return all, code, nil
}

func printStatus(w io.Writer, all []api.Status) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range all {
		s := &all[i]
		line := fmt.Sprintf("%v\t%v", foreign.Text(s.JobID), foreign.Text(s.Status))
		if failure := client.Failure(*s); failure != nil {
			line += fmt.Sprintf("\t%v", foreign.Text(failure.Error()))
		} else if s.Message != "" {
			line += fmt.Sprintf("\t%v", foreign.Text(s.Message))
		}
		if _, err := fmt.Fprintln(t, line); err != nil {
			return err
		}
	}
	return t.Flush()
}
