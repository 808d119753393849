package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"claimcheck/internal/app"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
)

// An operatorCommand is a command that works on a data folder, whether a
// server runs on it or not.
type operatorCommand struct {
	name     string // keys create
	operand  string // what its one argument is, or empty if it takes none
	own      []config.Flag
	settings []string     // that it needs beside those of all
	begins   bool         // it may be the first on a new data folder
	check    func() error // refuses flags before anything is opened; may be nil
	do       func(ctx context.Context, op control.Operator, operand string) error
}

// run reads the flags and calls do.
func (c operatorCommand) run(ctx context.Context, args []string, e cli.Env) error {
	part := config.Part{Command: c.name, Settings: append([]string{"data", "store", "config", "plans", "link_expiry", "upload_expiry", "blobs"}, c.settings...), Own: c.own}
	cfg, operands, err := config.LoadPart(part, sources(args, e))
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprintf(e.Stdout, "claimcheck %s\n\n%s", strings.TrimSpace(c.name+" "+c.operand), part.Usage())
		return err
	case err != nil:
		return cli.UsageError("%s", err)
	case len(operands) > 1 || len(operands) == 1 && c.operand == "":
		return cli.UsageError("%s does not take %q", c.name, operands[len(operands)-1])
	case len(operands) == 0 && c.operand != "":
		return cli.UsageError("%s needs %s", c.name, c.operand)
	}
	if c.check != nil {
		if err := c.check(); err != nil {
			return err
		}
	}
	if !c.begins && !cfg.Store.Shared {
		if err := app.Installed(cfg.Data); err != nil {
			return err
		}
	}
	operand := strings.Join(operands, "")
	return app.WithOperator(ctx, cfg, func(op control.Operator) error { return c.do(ctx, op, operand) })
}

// choose runs the sub-command that the arguments name.
func choose(ctx context.Context, group string, all []operatorCommand, args []string, e cli.Env) error {
	var names []string
	for _, c := range all {
		name := strings.TrimPrefix(c.name, group+" ")
		if len(args) > 0 && args[0] == name {
			return c.run(ctx, args[1:], e)
		}
		names = append(names, name)
	}
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
		_, err := fmt.Fprint(e.Stdout, help())
		return err
	}
	return cli.UsageError("%s needs one of %s", group, strings.Join(names, ", "))
}
