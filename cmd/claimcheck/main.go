// Command claimcheck is an asynchronous-job API server, the commands with which
// operators look after it, and those with which callers use it; the one list of
// them is in commands.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
)

func main() {
	cobra.MousetrapHelpText = "" // on Windows it would answer a double click for us
	asked, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(context.Background())
	context.AfterFunc(asked, func() {
		stop() // a second signal ends the process at once, from before anybody is told of the first
		cancel(context.Cause(asked))
	})
	ignoreSignals()
	config, err := os.UserConfigDir()
	if err != nil {
		config = "" // whoever needs it says so
	}
	os.Exit(run(ctx, os.Args[1:], &cli.Env{Environ: os.Environ(), ConfigDir: config, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}
