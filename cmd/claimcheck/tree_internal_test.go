package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"claimcheck/internal/cli"
)

// commandPaths are the arguments that lead to each command, the program itself first.
func commandPaths() (paths [][]string) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		paths = append(paths, strings.Fields(cmd.CommandPath())[1:])
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(cli.New(&cli.Env{}, "", commands()))
	return paths
}

// commandAt is the command of a fresh tree.
func commandAt(t *testing.T, path []string) *cobra.Command {
	t.Helper()
	cmd, _, err := cli.New(&cli.Env{}, "", commands()).Find(path)
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// exampleLine is a line of an example that calls the program; variables may stand before it.
var exampleLine = regexp.MustCompile(`^  (?:[A-Z_]+=\S+ )*claimcheck(?: (.*))?$`)

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, path := range commandPaths() {
		cmd := commandAt(t, path)
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || cmd.Example == "" || cmd.RunE == nil {
			t.Errorf("%q: short %q, example %q, run %t", path, cmd.Short, cmd.Example, cmd.RunE != nil)
		}
		if cmd.HasParent() && cmd.Parent() == cmd.Root() && cmd.GroupID == "" {
			t.Errorf("%q: it is in no group", path)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if len(f.Usage) < 5 || !strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%q: flag --%s: %q is no sentence", path, f.Name, f.Usage)
			}
		})
		for line := range strings.Lines(cmd.Example) {
			if !strings.HasPrefix(line, "  ") {
				t.Errorf("%q: the line %q of the example is not indented", path, line)
			}
		}
		var out, errs bytes.Buffer
		e := &cli.Env{Stdout: &out, Stderr: &errs}
		for _, args := range [][]string{slices.Concat(path, []string{"--help"}), slices.Concat([]string{"help"}, path)} {
			out.Reset()
			if err := cli.Execute(t.Context(), cli.New(e, "", commands()), e, args); err != nil || errs.Len() > 0 {
				t.Errorf("%q: %v, %s", args, err, errs.String())
			}
			if cmd.HasParent() && !strings.Contains(out.String(), cmd.Example) || out.String() != cli.Help(cmd) {
				t.Errorf("%q says\n%s", args, out.String())
			}
		}
	}
}

// TestExamplesAreCommandLines has the program read the examples: their commands and
// flags are there.
func TestExamplesAreCommandLines(t *testing.T) {
	for _, path := range commandPaths() {
		cmd := commandAt(t, path)
		lines := 0
		for line := range strings.Lines(cmd.Example) {
			found := exampleLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
			if found == nil {
				continue
			}
			lines++
			text, _, _ := strings.Cut(found[1], " >")
			text, _, _ = strings.Cut(text, " <")
			text, _, _ = strings.Cut(text, " |")
			root := cli.New(&cli.Env{}, "", commands())
			called, args, err := root.Find(strings.Fields(text))
			if err != nil || called == root && len(args) > 0 {
				t.Errorf("%q: %q calls no command", path, line)
				continue
			}
			if err := called.ParseFlags(args); err != nil {
				t.Errorf("%q: %q: %v", path, line, err)
			}
		}
		if lines == 0 && cmd.Name() != "mcp" { // whose example is a file for other programs
			t.Errorf("%q: no line of the example calls the program", path)
		}
	}
}
