package main

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/internal/app"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
)

// migrate brings the schema of a shared database up to date, or says what it
// lacks. A server does the same when it starts; this is for those who want to
// see it done before.
func migrate(ctx context.Context, args []string, e cli.Env) error {
	dry := false
	part := config.Part{
		Command: "migrate", Settings: []string{"store", "config"},
		Own: []config.Flag{{Name: "dry-run", Doc: "Only say what would be applied.", Switch: true, Set: func(string) error {
			dry = true
			return nil
		}}},
	}
	cfg, rest, err := config.LoadPart(part, sources(args, e))
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprintf(e.Stdout, "claimcheck migrate\n\n%s", part.Usage())
		return err
	case err != nil:
		return cli.UsageError("%s", err)
	case len(rest) > 0:
		return cli.UsageError("migrate does not take %q", rest[0])
	case !cfg.Store.Shared:
		return cli.UsageError("migrate needs --store postgres://…; the embedded store is brought up to date by the server that opens it")
	}
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
