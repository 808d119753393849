package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"claimcheck/internal/app"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/fault"
)

// version is set by the linker for releases.
var version = ""

// sources are what a command reads its settings from.
func sources(args []string, e cli.Env) config.Sources {
	return config.Sources{Args: args, Environ: e.Environ, ReadFile: os.ReadFile, Judges: app.Judges()}
}

// run runs a command and returns the process's exit code: 0 for success, 1 for
// a failure, 2 for a wrong command line or configuration; a command may have
// more of its own.
func run(ctx context.Context, args []string, e cli.Env) int {
	if len(args) == 0 {
		_, _ = fmt.Fprint(e.Stderr, help()) // the exit code tells as well
		return cli.ExitUsage
	}
	err := dispatch(ctx, args[0], args[1:], e)
	if err == nil {
		return 0
	}
	code, text := cli.ExitFailed, err.Error()
	if exit, ok := errors.AsType[*cli.ExitError](err); ok {
		code, text = exit.Code, exit.What
	} else if f := fault.Of(err); f != nil && f.Kind != fault.Internal {
		text = f.Message                                   // a sentence for people; the rest says where it came from
		if f.Kind == fault.Unavailable && f.Cause != nil { // an operator is told why
			text = strings.TrimSuffix(text, ".") + ": " + f.Cause.Error()
		}
		if f.Kind == fault.Invalid {
			code = cli.ExitUsage
		}
	}
	if text != "" {
		_, _ = fmt.Fprintln(e.Stderr, "claimcheck:", text) // the exit code tells as well
	}
	return code
}

// versionText is the release, or what the build says of itself.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func serve(ctx context.Context, args []string, e cli.Env) error {
	cfg, err := config.Load("serve", sources(args, e))
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprint(e.Stdout, config.Usage())
		return err
	case err != nil:
		return cli.UsageError("%s", err)
	}
	if err := cfg.Check(); err != nil {
		return cli.UsageError("%s", err)
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	load := func() (config.Config, error) { return config.Load("serve", sources(args, e)) }
	return app.Serve(ctx, cfg, versionText(), e.Stdout, e.Stderr, app.Reloading{Signal: hup, Load: load})
}
