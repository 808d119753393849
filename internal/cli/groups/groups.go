// Package groups has the commands for callers about jobs that belong together,
// claimcheck groups, and about the ends of all jobs, claimcheck feed.
package groups

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
)

// Groups are the commands about groups of jobs.
func Groups(e *cli.Env) *cobra.Command {
	return cli.Family("groups", "look at jobs that belong together, and wait for them", "  claimcheck submit json-formatter *.json --group nightly\n  claimcheck groups wait nightly",
		listGroups(e), showGroup(e), waitGroup(e), closeGroup(e))
}

// exits ends the help of each.
const exits = "\n\nIt exits with 3 if the server refused, with 4 if it could not be asked."

// groupJSON is what --json says of them.
const groupJSON = "Print for each group one line, in the form of GET /groups/{name}."

type command struct {
	cli.Server

	asJSON bool
	judges bool // a job that has failed is a failure of the command
}

func (m *command) add(e *cli.Env, cmd *cobra.Command) *cobra.Command {
	m.AddTo(cmd, e)
	cmd.Flags().BoolVar(&m.asJSON, "json", false, groupJSON)
	return cmd
}

func listGroups(e *cli.Env) *cobra.Command {
	var m command
	return m.add(e, &cobra.Command{
		Use:     "list",
		Short:   "list groups, newest first",
		Long:    `Lists the groups of the key's owner of which a job is left, newest first.` + exits,
		Example: "  claimcheck groups list",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.UsageError("groups list takes no arguments")
			}
			c, err := m.Client("groups list", e)
			if err != nil {
				return err
			}
			var all []api.Group
			for g, err := range c.Groups(cmd.Context()) {
				if err != nil {
					return cli.Ended(cmd.Context(), err)
				}
				all = append(all, g)
			}
			return m.print(e.Stdout, all...)
		},
	})
}

// print prints groups.
func (m *command) print(w io.Writer, all ...api.Group) error {
	if m.asJSON {
		return cli.PrintLines(w, all)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(t, "GROUP\tSTATE\tQUEUED\tPROCESSING\tSUCCESS\tFAILED\tTOTAL"); err != nil {
		return err
	}
	for _, g := range all {
		state := "open"
		switch {
		case g.Closed && g.Done:
			state = "finished"
		case g.Closed:
			state = "closed"
		case g.Done:
			state = "done"
		}
		n := g.Jobs
		if _, err := fmt.Fprintf(t, "%v\t%s\t%d\t%d\t%d\t%d\t%d\n", foreign.Text(g.Group), state, n.Queued, n.Processing, n.Success, n.Failed, g.Total); err != nil {
			return err
		}
	}
	return t.Flush()
}

// one is a command about one group.
func (m *command) one(e *cli.Env, cmd *cobra.Command, do func(ctx context.Context, c *client.Client, name string) (api.Group, error)) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return cli.UsageError("%s needs the name of one group; claimcheck groups list has them", cli.Path(cmd))
		}
		c, err := m.Client(cli.Path(cmd), e)
		if err != nil {
			return err
		}
		g, err := do(cmd.Context(), c, args[0])
		if err != nil {
			return cli.Ended(cmd.Context(), err)
		}
		if err := m.print(e.Stdout, g); err != nil {
			return err
		}
		if !m.asJSON {
			if err := tellMore(e.Stdout, &g); err != nil {
				return err
			}
		}
		if m.judges && g.Jobs.Failed > 0 {
			return &cli.ExitError{Code: cli.ExitFailed}
		}
		return nil
	}
	return m.add(e, cmd)
}

// tellMore tells what has no column.
func tellMore(w io.Writer, g *api.Group) error {
	if s := g.EstimatedSeconds; s != nil && !g.Done {
		if _, err := fmt.Fprintf(w, "about %d s are left\n", *s); err != nil {
			return err
		}
	}
	if f := g.FirstError; f != nil {
		if _, err := fmt.Fprintf(w, "first failed: %v  %v: %v\n", foreign.Text(f.JobID), foreign.Text(f.Code), foreign.Text(f.Message)); err != nil {
			return err
		}
	}
	return nil
}

func showGroup(e *cli.Env) *cobra.Command {
	var m command
	return m.one(e, &cobra.Command{
		Use:   "show NAME",
		Short: "show how a group stands",
		Long: `Shows how many of a group's jobs wait, run and have ended, how long the others may take,
and what the first that failed failed with.` + exits,
		Example: "  claimcheck groups show nightly",
	}, func(ctx context.Context, c *client.Client, name string) (api.Group, error) { return c.Group(ctx, name) })
}

func waitGroup(e *cli.Env) *cobra.Command {
	m := command{judges: true}
	return m.one(e, &cobra.Command{
		Use:   "wait NAME",
		Short: "wait until all jobs of a group are over",
		Long: `Waits until all jobs that a group has are over, and shows how they ended. Until the group
is closed more may come afterwards.

It exits with 1 if one of them has failed, with 3 if the server refused, with 4 if it
could not be asked.`,
		Example: "  claimcheck groups close nightly && claimcheck groups wait nightly",
	}, func(ctx context.Context, c *client.Client, name string) (api.Group, error) {
		return c.WaitGroup(ctx, name)
	})
}

func closeGroup(e *cli.Env) *cobra.Command {
	var m command
	return m.one(e, &cobra.Command{
		Use:   "close NAME",
		Short: "let a group take no more jobs",
		Long: `Lets a group take no more jobs, retries neither. When none of its jobs is unfinished any
more, webhooks with the event group.finished are called.` + exits,
		Example: "  claimcheck groups close nightly",
	}, func(ctx context.Context, c *client.Client, name string) (api.Group, error) {
		return c.CloseGroup(ctx, name)
	})
}
