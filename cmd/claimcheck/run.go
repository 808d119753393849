package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"claimcheck/internal/app"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/fault"
	"claimcheck/internal/foreign"
)

// sources are what a command reads its settings from.
func sources(e *cli.Env) config.Sources {
	return config.Sources{Environ: e.Environ, ReadFile: os.ReadFile, Judges: app.Judges()}
}

// run runs a command and returns the process's exit code: 0 for success, 1 for
// a failure, 2 for a wrong command line or configuration; a command may have
// more of its own.
func run(ctx context.Context, args []string, e *cli.Env) int {
	err := execute(ctx, args, e)
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

// execute runs the command; a panic of ours becomes an error that says where it was.
func execute(ctx context.Context, args []string, e *cli.Env) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("a fault of the program at %s, please report it: %s", where(), foreign.Text(fmt.Sprint(what)))
		}
	}()
	return cli.Execute(ctx, cli.New(e, versionText(), commands()), e, args)
}

// where is the place of ours at which a panic began.
func where() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	panicked := false
	for {
		f, more := frames.Next()
		panicked = panicked || f.Function == "runtime.gopanic"
		if panicked && (strings.HasPrefix(f.Function, "claimcheck/") || strings.HasPrefix(f.Function, "main.")) {
			return fmt.Sprintf("%s, line %d", f.Function, f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

// serve runs the server.
func serve(e *cli.Env) *cobra.Command {
	part := config.Part{Settings: config.Names()}
	cmd := &cobra.Command{
		Use:     "serve [flags]",
		Short:   "run the server; claimcheck serve --help lists the flags",
		Long:    "Runs the server until it is told to stop (SIGTERM, Ctrl-C). SIGHUP has it read plans and tools anew.",
		Example: "  claimcheck serve --data ./claimcheck-data",
	}
	given := part.Add(cmd.Flags())
	cli.After(cmd, config.SettingsNote+"\n"+config.FileNote())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return cli.UsageError("serve takes no argument, but was given %s", config.Shown(args[0]))
		}
		load := func() (config.Config, error) { return part.Load(given, sources(e)) }
		cfg, err := load()
		if err != nil {
			return cli.UsageError("%s", err)
		}
		if err := cfg.Check(); err != nil {
			return cli.UsageError("%s", err)
		}
		hup := make(chan os.Signal, 1)
		signal.Notify(hup, syscall.SIGHUP)
		defer signal.Stop(hup)
		return app.Serve(cmd.Context(), cfg, versionText(), e.Stdout, e.Stderr, app.Reloading{Signal: hup, Load: load})
	}
	return cmd
}
