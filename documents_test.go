package claimcheck_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

var (
	docLink   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	docFence  = regexp.MustCompile("(?ms)^```.*?^```$")
	docHead   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksOfDocumentsLeadSomewhere follows each link of a document to a file or
// folder of the repository, and to a heading of it.
func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	links := 0
	for _, doc := range testneeds.Documents(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range docLink.FindAllStringSubmatch(docFence.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			path, heading, _ := strings.Cut(m[1], "#")
			to := doc
			if path != "" {
				to = filepath.Join(filepath.Dir(doc), path)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", doc, m[1])
			} else if heading != "" && !headings(t, to)[heading] {
				t.Errorf("%s: %s has no such heading", doc, m[1])
			}
		}
	}
	if links < 50 {
		t.Errorf("there are %d links", links)
	}
}

// headings are the anchors of a document, as code hosts make them.
func headings(t *testing.T, path string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, m := range docHead.FindAllStringSubmatch(docFence.ReplaceAllString(string(text), ""), -1) {
		anchors[strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return anchors
}
