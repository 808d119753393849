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

	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/pause"
)

const (
	stopsHelp = `tools pause|resume NAME [--data DIR | --store URL]
tools purge NAME [--owner NAME] [--yes] [--data DIR | --store URL]
owners pause|resume NAME [--data DIR | --store URL]`

	toolOperand  = "the NAME of a tool (claimcheck tools lists them)"
	ownerOperand = "the NAME of an owner (claimcheck keys list shows them)"
)

// tools tells callers what there is to call, or does what operators do with tools.
func tools(ctx context.Context, args []string, e cli.Env) error {
	stops := []operatorCommand{setPaused(e, pause.Tool, true), setPaused(e, pause.Tool, false), purgeTool(e)}
	if len(args) > 0 && slices.ContainsFunc(stops, func(c operatorCommand) bool { return c.name == "tools "+args[0] }) {
		return choose(ctx, "tools", stops, args, e)
	}
	return cli.Tools().Run(ctx, args, e)
}

func owners(ctx context.Context, args []string, e cli.Env) error {
	return choose(ctx, "owners", []operatorCommand{setPaused(e, pause.Owner, true), setPaused(e, pause.Owner, false)}, args, e)
}

// setPaused pauses a tool or an owner, or lets it go on.
func setPaused(e cli.Env, kind pause.Kind, paused bool) operatorCommand {
	operand := toolOperand
	if kind == pause.Owner {
		operand = ownerOperand
	}
	return operatorCommand{
		name: strings.ReplaceAll(pause.Action(kind, paused), ".", " "), operand: operand, settings: []string{"tools"},
		do: func(ctx context.Context, op control.Operator, name string) error {
			changed, err := op.SetPaused(ctx, kind, name, paused)
			return printed(e.Stdout, pausedText(kind, name, paused, changed), err)
		},
	}
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
func purgeTool(e cli.Env) operatorCommand {
	owner, yes := "", false
	return operatorCommand{
		name: "tools purge", operand: toolOperand, settings: []string{"tools", "retention"},
		own: []config.Flag{
			textFlag("owner", "NAME", "Only what this owner has waiting.", &owner),
			{Name: "yes", Doc: "Do not ask.", Switch: true, Set: func(string) error { yes = true; return nil }},
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
	}
}

// purge ends what waits, for as long as that gets on.
func purge(ctx context.Context, op control.Operator, e cli.Env, name, owner, whose string) error {
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
func agreed(e cli.Env, from io.Reader, question string) bool {
	if _, err := fmt.Fprint(e.Stderr, question); err != nil {
		return false
	}
	line, _ := bufio.NewReader(from).ReadString('\n') // an end of the input is no yes
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line)))
}

// pauses lists what is paused.
func pauses(ctx context.Context, args []string, e cli.Env) error {
	asJSON := false
	return operatorCommand{
		name: "pauses",
		own: []config.Flag{{Name: "json", Doc: "Print a JSON array.", Switch: true, Set: func(string) error {
			asJSON = true
			return nil
		}}},
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
	}.run(ctx, args, e)
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
