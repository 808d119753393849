package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/config"
	"claimcheck/internal/foreign"
)

// Status is the command that asks once how jobs are.
func Status() Command {
	return Command{Name: "status", Help: "status ID... [--url URL] [--json]", Run: status}
}

const statusHelp = `claimcheck status ID...

Asks the server once for the status of each job. It exits with 1 if one of them
has failed, with 3 if the server refused to answer, with 4 if it could not.

  CLAIMCHECK_URL=https://jobs.example.org CLAIMCHECK_API_KEY=ck_... claimcheck status 01997f3e-5b80-7c41-9d02-6f1a8be3d274

`

func status(ctx context.Context, args []string, e Env) error {
	var from server
	asJSON := false
	flags := append(from.flags(), config.Flag{
		Name: "json", Doc: "Print for each job one line, its status in the form of GET /jobs/{job_id}.", Switch: true,
		Set: func(string) error { asJSON = true; return nil },
	})
	ids, err := config.ParseFlags("status", flags, args)
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprint(e.Stdout, statusHelp, config.FlagsUsage(flags))
		return err
	case err != nil:
		return UsageError("%s", err)
	case len(ids) == 0:
		return UsageError("status needs the ID of a job")
	}
	c, err := from.client("status", &e)
	if err != nil {
		return err
	}
	all, code, err := askAll(ctx, c, ids, &e)
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
