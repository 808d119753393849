package main

import (
	"context"
	"fmt"
	"strings"

	"claimcheck/internal/cli"
)

// commands is the one list of commands, in the order of the help.
func commands() []cli.Command {
	return []cli.Command{
		{Name: "demo", Help: "demo                  show the main job on real input, on a temporary folder and a free port", Run: demo},
		{Name: "serve", Help: "serve [flags]         run the server; claimcheck serve --help lists the flags", Run: serve},
		{Name: "keys", Help: keysHelp, Run: keys},
		{Name: "secrets", Help: "secrets rotate [--data DIR | --store URL]", Run: secrets},
		{Name: "owners", Help: stopsHelp, Run: owners},
		{Name: "pauses", Help: "pauses [--json] [--data DIR | --store URL]", Run: pauses},
		{Name: "audit", Help: auditHelp, Run: audit},
		{Name: "backup", Help: "backup DEST [--data DIR]", Run: backup},
		{Name: "doctor", Help: "doctor [--repair] [--json] [--data DIR | --store URL]", Run: doctor},
		{Name: "migrate", Help: "migrate --store URL [--dry-run]", Run: migrate},
		{Name: "copy", Help: "copy --from DIR --to URL --blobs URL", Run: copyTo},
		cli.Login(),
		cli.Logout(),
		cli.Status(),
		{Name: "tools", Help: cli.Tools().Help, Run: tools},
		cli.MCP(),
		{Name: "version", Help: "version", Run: showVersion},
		{Name: "help", Run: showHelp},
	}
}

// otherNames of commands are those that programs commonly have.
var otherNames = map[string]string{"--version": "version", "--help": "help", "-h": "help"}

// dispatch runs the command of this name.
func dispatch(ctx context.Context, name string, args []string, e cli.Env) error {
	if other, ok := otherNames[name]; ok {
		name = other
	}
	for _, c := range commands() {
		if c.Name == name {
			return c.Run(ctx, args, e)
		}
	}
	return cli.UsageError("there is no command %q; claimcheck help lists them", name)
}

// help is the help of the program.
func help() string {
	var b strings.Builder
	b.WriteString("claimcheck: hand in work, get a ticket, come back for the result\n\n")
	for _, c := range commands() {
		for line := range strings.Lines(c.Help) {
			fmt.Fprintf(&b, "  claimcheck %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	return b.String()
}

func showHelp(_ context.Context, _ []string, e cli.Env) error {
	_, err := fmt.Fprint(e.Stdout, help())
	return err
}

func showVersion(_ context.Context, _ []string, e cli.Env) error {
	_, err := fmt.Fprintln(e.Stdout, "claimcheck", versionText())
	return err
}
