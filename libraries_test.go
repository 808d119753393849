package claimcheck_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEachLibraryHasARow wants every module that go.mod names for ourselves in the
// table of libraries, which says why it is there.
func TestEachLibraryHasARow(t *testing.T) {
	design, err := os.ReadFile(filepath.Join("docs", "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(design), "\n## Libraries\n")
	table, _, _ = strings.Cut(table, "\n\nMigrations are our own too")
	needed, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(needed)) {
		m := regexp.MustCompile(`^\t(\S+?)(/v[0-9]+)? v\S+$`).FindStringSubmatch(strings.TrimSuffix(line, "\n")) // those of others have a comment
		if m == nil {
			continue
		}
		if n++; !strings.Contains(table, strings.TrimPrefix(m[1], "github.com/")) {
			t.Errorf("%s has no row in the table of libraries of docs/DESIGN.md", m[1])
		}
	}
	if n < 20 {
		t.Errorf("go.mod names %d modules", n)
	}
}
