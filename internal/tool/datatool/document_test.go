package datatool_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
)

const toolsFile = "../../../docs/TOOLS.md"

// sections are the families of the document, by how the names of their tools begin.
var sections = []struct {
	heading string
	begin   []string
}{
	{"JSON", []string{"json-"}},
	{"XML", []string{"xml-"}},
	{"YAML", []string{"yaml-"}},
	{"CSV", []string{"csv-"}},
	{"Workbooks", []string{"excel-"}},
	{"HTML, Markdown, CSS", []string{"html-", "markdown-", "css-"}},
	{"JavaScript, SQL", []string{"javascript-", "sql-"}},
	{"Text and its encodings", []string{"text-", "url-", "base16-", "base32-", "base64-", "base85-"}},
	{"Images", []string{"image-"}},
}

// TestTheDocumentOfToolsIsOfTheTable makes docs/TOOLS.md of the tools; go test
// ./internal/tool/datatool -run Document -update writes it.
func TestTheDocumentOfToolsIsOfTheTable(t *testing.T) {
	t.Parallel()
	want := document(t)
	if *update {
		if err := os.WriteFile(toolsFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(toolsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/TOOLS.md is not what the tables say: go test ./internal/tool/datatool -run Document -update")
	}
}

func document(t *testing.T) string {
	t.Helper()
	specs := map[string]tool.Spec{}
	for _, it := range datatool.Tools() {
		specs[it.Spec().Name] = it.Spec()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Built-in tools\n\n"+
		"Made from the tables in `internal/tool/datatool` by `go test ./internal/tool/datatool -run Document -update`. There are %d. `GET /tools` of a server, `claimcheck tools` and `/docs` tell the same, with the limits of the caller's plan, and with the tools of the server's own configuration.\n\n"+
		"Each is called by `POST` to its path, with the input as the body, or with `x-source-type: url` or `file`, where the name must end in one of the endings. Options are headers; what they take stands [below](#options). What is made of the input exactly, and what is lost, is in [CONVERSIONS.md](CONVERSIONS.md), and what the codes of errors mean in [ERRORS.md](ERRORS.md). "+
		"A tool without a limit streams: it takes as much as the plan allows, in memory that does not grow.\n", len(specs))
	for _, section := range sections {
		var in []tool.Spec
		for _, name := range names(section.begin) {
			in = append(in, specs[name])
			delete(specs, name)
		}
		if len(in) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| path | what it does | endings | options, with their defaults | output | limit |\n|---|---|---|---|---|---|\n", section.heading)
		for i := range in {
			fmt.Fprintf(&b, "| `/%s-api` | %s | %s | %s | %s | %s |\n", in[i].Name, in[i].Summary, strings.Join(in[i].Extensions, " "), defaults(in[i].Options), output(&in[i]), limit(in[i].MaxBytes))
		}
	}
	for name := range specs {
		t.Errorf("%s is in no section", name)
	}
	b.WriteString("\n## Options\n\nA value that is not as described is `INVALID_OPTION`.\n\n| header | takes | what it does |\n|---|---|---|\n" + explained())
	return b.String()
}

// explained are the options of all tools, a line each. Where the same header does not mean quite the
// same everywhere it has several, with the tools of each.
func explained() string {
	of := map[[3]string][]string{} // tools by header, what it takes and does
	meanings := map[string]int{}
	for _, it := range datatool.Tools() {
		s := it.Spec()
		for i := range s.Options {
			o := &s.Options[i]
			key := [3]string{o.Header, takes(o), cell(o.Summary)}
			if of[key] == nil {
				meanings[o.Header]++
			}
			of[key] = append(of[key], "`"+s.Name+"`")
		}
	}
	var lines []string
	for key, tools := range of {
		line := fmt.Sprintf("| `%s` | %s | %s", key[0], key[1], key[2])
		if meanings[key[0]] > 1 {
			line += " (" + strings.Join(tools, ", ") + ")"
		}
		lines = append(lines, line+" |\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// names are those of tools that begin with one of some words, in the order of the words and
// then of the table.
func names(begin []string) (all []string) {
	for _, word := range begin {
		for _, it := range datatool.Tools() {
			if name := it.Spec().Name; strings.HasPrefix(name, word) {
				all = append(all, name)
			}
		}
	}
	return all
}

func defaults(options []tool.Option) string {
	var all []string
	for _, o := range options {
		text := "`" + o.Header + "`"
		switch {
		case o.Required:
			text += " required"
		case o.Default != "":
			text += " `" + o.Default + "`"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// takes is what an option can be.
func takes(o *tool.Option) string {
	least, most, _ := o.Bounds()
	switch o.Kind {
	case tool.Int:
		return fmt.Sprintf("%d to %d", least, most)
	case tool.Bool:
		return "`1`, `true`, `yes` or `0`, `false`, `no`"
	case tool.Choice:
		return "`" + strings.Join(o.Choices, "`, `") + "`"
	case tool.Text, tool.Passed:
		return fmt.Sprintf("text of at most %d characters", most)
	}
	panic("a kind of option that is not known")
}

func output(s *tool.Spec) string {
	if s.AnyOutput {
		return "as an option says"
	}
	return fmt.Sprintf("`.%s`, `%s`", s.OutputExt, s.ContentType)
}

func limit(bytes int64) string {
	const mib = 1 << 20
	if bytes%mib != 0 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return cmp.Or(map[bool]string{true: "none"}[bytes == 0], fmt.Sprintf("%d MiB", bytes/mib))
}

// cell is a text as it can stand in a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
