package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"claimcheck/internal/app"
	"claimcheck/internal/config"
	"claimcheck/internal/fault"
)

// version is set by the linker for releases.
var version = ""

// env is what a command gets from its process.
type env struct {
	environ []string
	stdout  io.Writer
	stderr  io.Writer
}

// sources are what a command reads its settings from.
func (e env) sources(args []string) config.Sources {
	return config.Sources{Args: args, Environ: e.environ, ReadFile: os.ReadFile, Judges: app.Judges()}
}

const usage = `claimcheck: hand in work, get a ticket, come back for the result

  claimcheck demo                  show the main job on real input, on a temporary folder and a free port
  claimcheck serve [flags]         run the server; claimcheck serve --help lists the flags
  claimcheck keys create --owner NAME [--plan default] [--name TEXT] [--expires 720h] [--scopes submit,read] [--tools a,b] [--data DIR | --store URL]
  claimcheck keys list [--json] [--data DIR | --store URL]
  claimcheck keys revoke ID [--data DIR | --store URL]
  claimcheck keys rotate ID [--overlap 24h] [--data DIR | --store URL]
  claimcheck secrets rotate [--data DIR | --store URL]
  claimcheck backup DEST [--data DIR]
  claimcheck doctor [--repair] [--json] [--data DIR | --store URL]
  claimcheck migrate --store URL [--dry-run]
  claimcheck copy --from DIR --to URL --blobs URL
  claimcheck version
`

// A usageError means that the command line is wrong; what is wrong is its text.
type usageError struct{ what string }

// Error says what is wrong.
func (e usageError) Error() string { return e.what }

// run runs a command and returns the process's exit code: 0 for success, 1 for
// a failure, 2 for a wrong command line or configuration.
func run(ctx context.Context, args []string, e env) int {
	if len(args) == 0 {
		_, _ = fmt.Fprint(e.stderr, usage) // the exit code tells as well
		return 2
	}
	err := dispatch(ctx, args[0], args[1:], e)
	if err == nil {
		return 0
	}
	code, text := 1, err.Error()
	if wrong, ok := errors.AsType[usageError](err); ok {
		code, text = 2, wrong.what
	} else if f := fault.Of(err); f != nil && f.Kind != fault.Internal {
		text = f.Message                                   // a sentence for people; the rest says where it came from
		if f.Kind == fault.Unavailable && f.Cause != nil { // an operator is told why
			text = strings.TrimSuffix(text, ".") + ": " + f.Cause.Error()
		}
		if f.Kind == fault.Invalid {
			code = 2
		}
	}
	_, _ = fmt.Fprintln(e.stderr, "claimcheck:", text) // the exit code tells as well
	return code
}

func dispatch(ctx context.Context, command string, args []string, e env) error {
	switch command {
	case "serve":
		return serve(ctx, args, e)
	case "keys":
		return keys(ctx, args, e)
	case "secrets":
		return secrets(ctx, args, e)
	case "migrate":
		return migrate(ctx, args, e)
	case "copy":
		return copyTo(ctx, args, e)
	case "backup":
		return backup(ctx, args, e)
	case "doctor":
		return doctor(ctx, args, e)
	case "demo":
		return demo(ctx, args, e)
	case "version", "--version":
		_, err := fmt.Fprintln(e.stdout, "claimcheck", versionText())
		return err
	case "help", "--help", "-h":
		_, err := fmt.Fprint(e.stdout, usage)
		return err
	default:
		return usageError{fmt.Sprintf("there is no command %q; claimcheck help lists them", command)}
	}
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

func serve(ctx context.Context, args []string, e env) error {
	cfg, err := config.Load("serve", e.sources(args))
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprint(e.stdout, config.Usage())
		return err
	case err != nil:
		return usageError{err.Error()}
	}
	if err := cfg.Check(); err != nil {
		return usageError{err.Error()}
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	load := func() (config.Config, error) { return config.Load("serve", e.sources(args)) }
	return app.Serve(ctx, cfg, versionText(), e.stdout, e.stderr, app.Reloading{Signal: hup, Load: load})
}
