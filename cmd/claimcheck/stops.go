package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/pause"
)

const (
	toolOperand  = "the NAME of a tool (claimcheck tools lists them)"
	ownerOperand = "the NAME of an owner (claimcheck keys list shows them)"
)

// tools tells callers what there is to call; below it is what operators do with
// tools.
func tools(e *cli.Env) *cobra.Command {
	cmd := cli.Tools(e)
	cmd.AddGroup(&cobra.Group{ID: cli.ForOperators})
	for _, c := range []*cobra.Command{setPaused(e, pause.Tool, true), setPaused(e, pause.Tool, false), purgeTool(e)} {
		c.GroupID = cli.ForOperators
		cmd.AddCommand(c)
	}
	return cmd
}

func owners(e *cli.Env) *cobra.Command {
	return cli.Family("owners", "pause owners, and let them go on", "  claimcheck owners pause acme", setPaused(e, pause.Owner, true), setPaused(e, pause.Owner, false))
}

// setPaused pauses a tool or an owner, or lets it go on.
func setPaused(e *cli.Env, kind pause.Kind, paused bool) *cobra.Command {
	operand, example, short := toolOperand, "json-formatter", "let the jobs of a tool begin again"
	if kind == pause.Owner {
		operand, example, short = ownerOperand, "acme", "let the jobs of an owner begin again"
	}
	path := strings.ReplaceAll(pause.Action(kind, paused), ".", " ") // tools pause
	_, verb, _ := strings.Cut(path, " ")
	if paused {
		short = strings.NewReplacer("the jobs", "no job", " again", "").Replace(short)
	}
	return operatorCommand{
		use: verb + " NAME", short: short, example: "  claimcheck " + path + " " + example, operand: operand, settings: []string{"tools"},
		do: func(ctx context.Context, op control.Operator, name string) error {
			changed, err := op.SetPaused(ctx, kind, name, paused)
			return printed(e.Stdout, pausedText(kind, name, paused, changed), err)
		},
	}.command(e)
}

func pausedText(kind pause.Kind, name string, paused, changed bool) string {
	switch {
	case paused && changed:
		return fmt.Sprintf("the %s %s is paused: no attempt at its jobs begins, on other servers within a second, until claimcheck %ss resume %s", kind, name, kind, name)
	case paused:
		return fmt.Sprintf("the %s %s was paused already", kind, name)
	case changed:
		return fmt.Sprintf("the %s %s is resumed: its jobs begin again, on other servers within a second", kind, name)
	default:
		return fmt.Sprintf("the %s %s was not paused", kind, name)
	}
}

// purgeTool ends what waits of a tool, after it has said how much that is and has asked.
func purgeTool(e *cli.Env) *cobra.Command {
	owner, yes := "", false
	return operatorCommand{
		use: "purge NAME [--owner NAME] [--yes]", short: "end what waits of a tool, and give its charges back", example: "  claimcheck tools purge json-formatter --owner acme", operand: toolOperand, settings: []string{"tools", "retention"},
		own: []config.Flag{
			textFlag("owner", "NAME", "Only what this owner has waiting.", &owner),
			switchFlag("yes", "Do not ask.", &yes),
		},
		do: func(ctx context.Context, op control.Operator, name string) error {
			is, err := op.PurgeTool(ctx, name, owner, true)
			if err != nil {
				return err
			}
			whose := name
			if owner != "" {
				whose += " of " + owner
			}
			if is.Matched == 0 {
				return printed(e.Stdout, "no job of "+whose+" waits", nil)
			}
			if !yes && !agreed(e, os.Stdin, fmt.Sprintf("%d jobs of %s wait. End them as CANCELED and give their charges back? [y/N] ", is.Matched, whose)) {
				return &cli.ExitError{Code: cli.ExitFailed, What: "nothing was ended"}
			}
			return purge(ctx, op, e, name, owner, whose)
		},
	}.command(e)
}

// purge ends what waits, for as long as that gets on.
func purge(ctx context.Context, op control.Operator, e *cli.Env, name, owner, whose string) error {
	var ended int64
	for {
		is, err := op.PurgeTool(ctx, name, owner, false)
		if ended += is.Ended; err != nil {
			return errors.Join(fmt.Errorf("%d jobs were ended before this", ended), err)
		}
		if is.Left == 0 || is.Ended == 0 {
			line := fmt.Sprintf("%d jobs of %s were ended", ended, whose)
			if is.Left > 0 {
				line += fmt.Sprintf("; %d wait that came or were handed back meanwhile: do it again, with the tool paused", is.Left)
			}
			return printed(e.Stdout, line, nil)
		}
		if _, err := fmt.Fprintf(e.Stderr, "%d jobs were ended, %d wait still\n", ended, is.Left); err != nil {
			return err
		}
	}
}

// agreed asks a question whose answer is yes, or not.
func agreed(e *cli.Env, from io.Reader, question string) bool {
	if _, err := fmt.Fprint(e.Stderr, question); err != nil {
		return false
	}
	line, _ := bufio.NewReader(from).ReadString('\n') // an end of the input is no yes
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line)))
}

// pauses lists what is paused.
func pauses(e *cli.Env) *cobra.Command {
	asJSON := false
	return operatorCommand{
		use: "pauses [--json]", short: "list what is paused", example: "  claimcheck pauses --json",
		own: []config.Flag{switchFlag("json", "Print a JSON array.", &asJSON)},
		do: func(ctx context.Context, op control.Operator, _ string) error {
			all, err := op.Pauses(ctx)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printPausesJSON(e.Stdout, all)
			default:
				return printPauses(e.Stdout, all)
			}
		},
	}.command(e)
}

// pauseJSON is a pause as pauses --json prints it; the time is in Unix seconds.
type pauseJSON struct {
	Kind     pause.Kind `json:"kind"`
	Name     string     `json:"name"`
	PausedAt int64      `json:"paused_at"`
	By       string     `json:"by"`
}

func printPausesJSON(w io.Writer, all []pause.Pause) error {
	out := make([]pauseJSON, len(all))
	for i, p := range all {
		out[i] = pauseJSON{Kind: p.Kind, Name: p.Name, PausedAt: p.Since.Unix(), By: p.By}
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("encode pauses: %w", err)
	}
	_, err = fmt.Fprintln(w, string(b))
	return err
}

func printPauses(w io.Writer, all []pause.Pause) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(t, "PAUSED\tNAME\tSINCE\tBY")
	for _, p := range all {
		_, e := fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.Kind, p.Name, moment(p.Since), p.By)
		err = errors.Join(err, e)
	}
	return errors.Join(err, t.Flush())
}
