package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"claimcheck/internal/app"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
)

// migrate brings the schema of a shared database up to date, or says what it
// lacks. A server does the same when it starts; this is for those who want to
// see it done before.
func migrate(e *cli.Env) *cobra.Command {
	dry := false
	part := config.Part{
		Settings: []string{"store", "config"},
		Own:      []config.Flag{switchFlag("dry-run", "Only say what would be applied.", &dry)},
	}
	cmd := &cobra.Command{
		Use: "migrate --store URL [--dry-run]", Short: "bring the schema of a shared database up to date",
		Example: "  claimcheck migrate --store postgres://claimcheck@db.example.org/claimcheck --dry-run",
	}
	given := part.Add(cmd.Flags())
	cli.After(cmd, config.SettingsNote)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := part.Load(given, sources(e))
		switch {
		case err != nil:
			return cli.UsageError("%s", err)
		case len(args) > 0:
			return cli.UsageError("migrate does not take %q", args[0])
		case !cfg.Store.Shared:
			return cli.UsageError("migrate needs --store postgres://…; the embedded store is brought up to date by the server that opens it")
		}
		return migrated(cmd.Context(), cfg, dry, e)
	}
	return cmd
}

func migrated(ctx context.Context, cfg config.Config, dry bool, e *cli.Env) error {
	applied, err := app.Migrate(ctx, cfg, dry)
	word := "applied"
	if dry {
		word = "would apply"
	}
	for _, name := range applied {
		if _, printErr := fmt.Fprintln(e.Stdout, word, name); printErr != nil {
			return errors.Join(err, printErr)
		}
	}
	if err == nil && len(applied) == 0 {
		_, err = fmt.Fprintln(e.Stdout, "the schema is up to date")
	}
	return err
}
