package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/internal/foreign"
	"claimcheck/internal/terminal"
)

// Usage is the command that tells what of the plan is used.
func Usage(e *Env) *cobra.Command {
	var from server
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "usage [--json]",
		Short: "tell who the key belongs to, and what of the plan is used",
		Long: `Tells whose the key is, and what of the plan's allowances is used: the month's jobs, what
is stored, and how many jobs run and wait now.

It exits with 3 if the server refused the key, with 4 if it could not be asked.

--json prints the answer of GET /usage on one line.`,
		Example: `  claimcheck usage
  claimcheck usage --json | jq .jobs.used`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return UsageError("usage takes no arguments: the key says whose it is")
			}
			c, err := from.client("usage", e)
			if err != nil {
				return err
			}
			u, err := c.Usage(cmd.Context())
			switch {
			case err != nil:
				return ended(cmd.Context(), err)
			case asJSON:
				return printLine(e.Stdout, &u)
			}
			return printUsage(e.Stdout, &u)
		},
	}
	from.addTo(cmd, e)
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print the answer of GET /usage on one line.")
	return cmd
}

func printUsage(w io.Writer, u *api.Usage) error {
	lines := [][2]string{
		{"owner", u.Owner},
		{"plan", u.Plan},
		{"month", time.Unix(u.Period.Start, 0).UTC().Format(time.DateOnly) + " to " + time.Unix(u.Period.End, 0).UTC().Format(time.DateOnly) + " (UTC)"},
		{"jobs", used(u.Jobs, func(n int64) string { return fmt.Sprint(n) })},
		{"stored", used(u.StoredBytes, terminal.Size)},
		{"now", fmt.Sprintf("%d running, %d queued", u.Running, u.Queued)},
	}
	if u.Subject != "" {
		lines = append(lines[:1], append([][2]string{{"subject", u.Subject}}, lines[1:]...)...)
	}
	if u.Paused {
		lines = append(lines, [2]string{"paused", "an operator lets none of these jobs begin"})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		if _, err := fmt.Fprintf(t, "%s\t%v\n", l[0], foreign.Text(l[1])); err != nil {
			return err
		}
	}
	return t.Flush()
}

// used is how much of an allowance is used.
func used(a api.Allowance, text func(int64) string) string {
	if a.Limit == 0 {
		return text(a.Used) + ", without a limit"
	}
	return fmt.Sprintf("%s of %s", text(a.Used), text(a.Limit))
}
