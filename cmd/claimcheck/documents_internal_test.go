package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
	"claimcheck/internal/testneeds"
)

var (
	shBlocks = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	inline   = regexp.MustCompile("`(claimcheck [^`]+)`")
	called   = regexp.MustCompile(`(?:^|[\s(;|&=])claimcheck ([^|;&<>)#]*)`)
)

// TestCommandsInDocumentsExist: what documents call, in blocks for the shell and in
// running text, are commands that there are, with flags that they have.
func TestCommandsInDocumentsExist(t *testing.T) {
	n := 0
	for _, doc := range testneeds.Documents(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, m := range shBlocks.FindAllStringSubmatch(string(text), -1) {
			lines = append(lines, strings.Split(strings.ReplaceAll(m[1], "\\\n", " "), "\n")...)
		}
		for _, m := range inline.FindAllStringSubmatch(string(text), -1) {
			lines = append(lines, m[1])
		}
		for _, line := range lines {
			line = strings.Replace(line, "go build -o claimcheck ", "", 1)
			for _, m := range called.FindAllStringSubmatch(line, -1) {
				n++
				if wrong := wrongCall(strings.Fields(strings.NewReplacer("[", " ", "]", " ", "…", " ", "...", " ").Replace(m[1]))); wrong != "" {
					t.Errorf("%s: %s: %s", doc, line, wrong)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("documents call %d commands", n)
	}
}

// wrongCall says what is wrong with the arguments of a call, whose values may be
// anything.
func wrongCall(args []string) string {
	root := cli.New(&cli.Env{}, "", commands())
	var words []string
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			words = append(words, a)
		}
	}
	cmd, rest := root, words
	for len(rest) > 0 {
		below := named(cmd, rest[0])
		if below == nil {
			break
		}
		cmd, rest = below, rest[1:]
	}
	if cmd == root && len(args) > 0 && args[0] != "--version" && args[0] != "--help" && args[0] != "COMMAND" && args[0] != "help" {
		return "there is no such command"
	}
	for _, a := range args {
		name, isFlag := strings.CutPrefix(a, "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && name != "" && name != "help" && cmd.Flag(name) == nil {
			return "there is no flag --" + name
		}
	}
	return ""
}

func named(cmd *cobra.Command, name string) *cobra.Command {
	for _, below := range cmd.Commands() {
		if below.Name() == name || below.HasAlias(name) {
			return below
		}
	}
	return nil
}
