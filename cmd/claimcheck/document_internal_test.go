package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
	"claimcheck/internal/config"
)

var update = flag.Bool("update", false, "write docs/COMMANDS.md anew")

const commandsFile = "../../docs/COMMANDS.md"

// TestTheDocumentOfCommandsIsOfTheTree makes docs/COMMANDS.md of the tree of
// commands; go test ./cmd/claimcheck -run DocumentOfCommands -update writes it.
func TestTheDocumentOfCommandsIsOfTheTree(t *testing.T) {
	t.Parallel()
	want := commandsDocument()
	if *update {
		if err := os.WriteFile(commandsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(commandsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/COMMANDS.md is not what the commands say: go test ./cmd/claimcheck -run DocumentOfCommands -update")
	}
}

const documentHead = `# Commands

Made from the commands themselves by ` + "`go test ./cmd/claimcheck -run DocumentOfCommands -update`" + `. Each tells the same with ` + "`--help`" + `.
Flags may stand before and behind other arguments; after ` + "`--`" + ` nothing is a flag. What is mistyped is told in one sentence, and nothing is done.

Commands for callers find the server and the key by ` + "`--url`, `--profile`" + ` (made by ` + "`claimcheck login`), `CLAIMCHECK_URL`, `CLAIMCHECK_API_KEY` and `CLAIMCHECK_PROFILE`" + `; those for operators work on a data folder or a shared
database, whether a server runs on it or not. Settings can be given as environment variables and in a file as well ([SETTINGS.md](SETTINGS.md)).

| exit code | |
|---|---|
| 0 | done |
| 1 | a job failed, or the command |
| 2 | the command line is wrong, or a setting |
| 3 | the server refused: key, quota, limits, no such job |
| 4 | the server failed, or the network |
| 130 | Ctrl-C |
`

func commandsDocument() string {
	root := cli.New(&cli.Env{}, "", commands())
	var index, texts strings.Builder
	for _, g := range root.Groups() {
		title := strings.TrimSuffix(g.Title, ":")
		fmt.Fprintf(&index, "\n%s:\n\n| command | does |\n|---|---|\n", title)
		fmt.Fprintf(&texts, "\n## %s\n", title)
		for _, cmd := range cli.InGroup(root, g.ID) {
			name := cmd.CommandPath()
			fmt.Fprintf(&index, "| [`%s`](#%s) | %s |\n", name, strings.ReplaceAll(name, " ", "-"), cell(cmd.Short))
			documentCommand(&texts, cmd)
		}
	}
	return documentHead + index.String() + texts.String()
}

func documentCommand(b *strings.Builder, cmd *cobra.Command) {
	fmt.Fprintf(b, "\n### `%s`\n\n```text\n%s\n```\n\n%s\n\n```text\n%s\n```\n", cmd.CommandPath(), cli.UseLine(cmd), cmp.Or(cmd.Long, cli.Sentence(cmd.Short)), unindented(cmd.Example))
	settings := map[string]bool{}
	for _, s := range config.Settings() {
		settings[s.Flag()] = true
	}
	var own, of []string
	for _, line := range cli.FlagLines(cmd) {
		if name, _, _ := strings.Cut(line[0], " "); settings[name] {
			of = append(of, "`"+name+"`")
		} else {
			own = append(own, fmt.Sprintf("| `%s` | %s |\n", cell(line[0]), cell(line[1])))
		}
	}
	if len(own) > 0 {
		b.WriteString("\n| flag | |\n|---|---|\n" + strings.Join(own, ""))
	}
	switch {
	case len(of) == len(settings):
		b.WriteString("\nAll [settings](SETTINGS.md).\n")
	case len(of) > 0:
		fmt.Fprintf(b, "\n[Settings](SETTINGS.md): %s.\n", strings.Join(of, ", "))
	}
}

// unindented are lines without the two spaces before each.
func unindented(lines string) string {
	return strings.ReplaceAll(strings.TrimPrefix(lines, "  "), "\n  ", "\n")
}

// cell is a text in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
