// Command claimcheck is an asynchronous-job API server, and the commands with
// which an operator runs and looks after it; claimcheck help lists them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)   // a second signal ends the process at once
	signal.Ignore(syscall.SIGXFSZ) // a file-size limit is an error of the write, not the end
	os.Exit(run(ctx, os.Args[1:], env{os.Environ(), os.Stdout, os.Stderr}))
}
