package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
)

// Set by the linker for releases: -X main.version=v1.2.3 -X main.commit=0123abcd….
var (
	version = ""
	commit  = ""
)

// A build is what claimcheck version --json prints.
type build struct {
	Version  string `json:"version"`  // (devel) if it is no release
	Commit   string `json:"commit"`   // of the source; empty if it is not known
	Modified bool   `json:"modified"` // whether the source differed from the commit
	Go       string `json:"go"`       // the version of Go
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// thisBuild is what the linker and the Go command have written into the program.
func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return buildOf(version, commit, info)
}

// buildOf puts together what was said by the linker's flags, which go first, and by
// the Go command, which may be nil.
func buildOf(version, commit string, info *debug.BuildInfo) build {
	b := build{Version: version, Commit: commit, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info != nil {
		b.Version = cmp.Or(b.Version, info.Main.Version)
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = cmp.Or(b.Commit, s.Value)
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	b.Version = cmp.Or(b.Version, "(devel)")
	return b
}

// versionText is the release, or what the build says of itself.
func versionText() string { return thisBuild().Version }

func showVersion(e *cli.Env) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "version [--json]",
		Short:   "print the version",
		Long:    "Prints the version; with --json also the commit that the program was built from,\nwhether it was changed, the version of Go, the system and the processor.",
		Example: "  claimcheck version --json",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.UsageError("version does not take %q", args[0])
			}
			if asJSON {
				return json.NewEncoder(e.Stdout).Encode(thisBuild())
			}
			_, err := fmt.Fprintln(e.Stdout, cli.Program, versionText())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print one JSON object: version, commit, modified, go, os, arch.")
	return cmd
}
