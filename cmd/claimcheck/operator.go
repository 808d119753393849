package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"claimcheck/internal/app"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
)

// An operatorCommand is a command that works on a data folder, whether a
// server runs on it or not.
type operatorCommand struct {
	use      string // its name, and how it is called; that it takes --data or --store is added
	short    string
	long     string // empty: short
	example  string
	operand  string // what its one argument is, or empty if it takes none
	own      []config.Flag
	settings []string     // that it needs beside those of all
	begins   bool         // it may be the first on a new data folder
	check    func() error // refuses flags before anything is opened; may be nil
	do       func(ctx context.Context, op control.Operator, operand string) error
}

// command is the command, which reads its settings and calls do.
func (c operatorCommand) command(e *cli.Env) *cobra.Command {
	part := config.Part{Settings: append([]string{"data", "store", "config", "plans", "link_expiry", "upload_expiry", "blobs"}, c.settings...), Own: c.own}
	cmd := &cobra.Command{Use: c.use + " [--data DIR | --store URL]", Short: c.short, Long: c.long, Example: c.example}
	given := part.Add(cmd.Flags())
	cli.After(cmd, config.SettingsNote)
	cmd.RunE = func(cmd *cobra.Command, operands []string) error {
		cfg, err := part.Load(given, sources(e))
		switch {
		case err != nil:
			return cli.UsageError("%s", err)
		case len(operands) > 1 || len(operands) == 1 && c.operand == "":
			return cli.UsageError("%s does not take %q", cli.Path(cmd), operands[len(operands)-1])
		case len(operands) == 0 && c.operand != "":
			return cli.UsageError("%s needs %s", cli.Path(cmd), c.operand)
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
		return app.WithOperator(cmd.Context(), cfg, func(op control.Operator) error { return c.do(cmd.Context(), op, operand) })
	}
	return cmd
}
