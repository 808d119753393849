package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/foreign"
)

// Tools is the command that tells what there is to call.
func Tools(e *Env) *cobra.Command {
	var from server
	asJSON := false
	cmd := &cobra.Command{
		Use:   "tools [NAME] [--url URL] [--json]",
		Short: "tell what there is to call, or all of one tool",
		Long: `Lists the tools that the key may call, or tells all that there is to know of one:
what it takes and makes, its options, its limits. It exits with 3 if the server
refused to answer or has no such tool, with 4 if it could not. Operators stop tools
with claimcheck tools pause, resume and purge, which have a --help of their own.`,
		Example: "  CLAIMCHECK_URL=https://jobs.example.org CLAIMCHECK_API_KEY=ck_... claimcheck tools json-formatter",
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) > 1 {
				return UsageError("tools takes one name at most")
			}
			c, err := from.client("tools", e)
			if err != nil {
				return err
			}
			return tools(cmd.Context(), c, names, asJSON, e)
		},
		ValidArgsFunction: from.completeTool(e, false),
	}
	from.addTo(cmd, e)
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print for each tool one line, in the form of GET /tools/{name}.")
	return cmd
}

// tools asks for the tools and prints what is said of them.
func tools(ctx context.Context, c *client.Client, names []string, asJSON bool, e *Env) error {
	all, err := askForTools(ctx, c, names)
	if err != nil {
		return errors.Join(complain(e, err), &ExitError{Code: codeOf(err)})
	}
	switch {
	case asJSON:
		return printLines(e.Stdout, all)
	case len(names) == 1:
		return printTool(e.Stdout, &all[0])
	default:
		return printTools(e.Stdout, all)
	}
}

// askForTools returns the tool that is named, or all.
func askForTools(ctx context.Context, c *client.Client, names []string) ([]api.Tool, error) {
	if len(names) == 0 {
		return c.Tools(ctx)
	}
	t, err := c.Tool(ctx, names[0])
	return []api.Tool{t}, err
}

func printTools(w io.Writer, all []api.Tool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(t, "NAME\tTAKES\tMAKES\tWHAT IT DOES")
	for i := range all {
		tool := &all[i]
		summary := tool.Summary
		if tool.Paused {
			summary = "(paused) " + summary
		}
		_, e := fmt.Fprintf(t, "%v\t%v\t%v\t%v\n", foreign.Text(tool.Name), endings(tool.Extensions), made(tool), foreign.Text(summary))
		err = errors.Join(err, e)
	}
	return errors.Join(err, t.Flush())
}

// pace tells what a tool's attempts keep to, over all callers.
func pace(l *api.ToolLimits) (lines [][2]string) {
	each := func(of string) string {
		if of == "" {
			return ""
		}
		return " for each " + of
	}
	if l.MaxRunning > 0 {
		lines = append(lines, [2]string{"  runs", fmt.Sprintf("at most %d at once%s", l.MaxRunning, each(l.ConcurrencyBy))})
	}
	if l.MaxPer != "" {
		lines = append(lines, [2]string{"  begins", fmt.Sprintf("at most %s, %d at once after a pause%s", l.MaxPer, l.Burst, each(l.By))})
	}
	return lines
}

// printTool tells what a caller needs to know, one line for each thing.
func printTool(w io.Writer, tool *api.Tool) error {
	limit := "any size"
	if n := tool.Limits.MaxBytes; n > 0 {
		limit = fmt.Sprintf("at most %d bytes", n)
	}
	takes := []string{endings(tool.Extensions), limit}
	if len(tool.Input.ContentTypes) > 0 {
		takes = append([]string{strings.Join(tool.Input.ContentTypes, ", ")}, takes...)
	}
	lines := [][2]string{
		{tool.Name, tool.Summary},
		{"  post to", tool.Path},
		{"  takes", strings.Join(takes, "; ")},
		{"  makes", made(tool)},
		{"  ends", fmt.Sprintf("an attempt after %d seconds", tool.Limits.TimeoutSeconds)},
	}
	lines = append(lines, pace(&tool.Limits)...)
	if tool.Paused {
		lines = append(lines, [2]string{"  paused", "its jobs wait until an operator lets them go on"})
	}
	for i := range tool.Options {
		o := &tool.Options[i]
		lines = append(lines, [2]string{"  " + o.Header, strings.TrimSuffix(values(o)+"; "+o.Summary, "; ")})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		if _, err := fmt.Fprintf(t, "%v\t%v\n", foreign.Text(l[0]), foreign.Text(l[1])); err != nil {
			return err
		}
	}
	return t.Flush()
}

// values says what an option can be.
func values(o *api.ToolOption) string {
	text := o.Kind
	switch {
	case o.Kind == "integer" && o.Min != nil && o.Max != nil:
		text = fmt.Sprintf("%d to %d", *o.Min, *o.Max)
	case o.Kind == "boolean":
		text = "true or false"
	case len(o.Choices) > 0:
		text = strings.Join(o.Choices, " or ")
	case o.Kind == "text" && o.Max != nil:
		text = fmt.Sprintf("text of at most %d characters", *o.Max)
	}
	if o.Default != "" {
		text += ", default " + o.Default
	}
	if o.Required {
		text += ", required"
	}
	return text
}

// endings are extensions as they stand at the end of a name.
func endings(extensions []string) string {
	if len(extensions) == 0 {
		return "any file"
	}
	return foreign.Text("." + strings.Join(extensions, " .")).String()
}

// made is the type of what a tool makes.
func made(t *api.Tool) string {
	if t.Output.ContentType == "" {
		return "what it answers"
	}
	return foreign.Text(t.Output.ContentType).String()
}
