package judges_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// TestCurlResumesDownload has curl go on with half a file, and look again at a
// whole one.
func TestCurlResumesDownload(t *testing.T) {
	t.Parallel()
	curl := testneeds.Program(t, "curl (apt-get install curl)", "curl")
	s := start(t, "")
	text := "[" + strings.Repeat("1234567,", 50_000) + "0]" // large enough to be a file of its own
	link := s.output(t, formatTool, text)
	whole, _ := run(t, curl, "--silent", "--fail", link)
	if len(whole) < len(text) {
		t.Fatalf("the download has %d bytes, the input had %d", len(whole), len(text))
	}
	file := filepath.Join(t.TempDir(), "output.json")
	if err := os.WriteFile(file, []byte(whole[:len(whole)/2]), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"206", "416"} { // the second time nothing is left
		code, stderr := run(t, curl, "--silent", "--show-error", "--continue-at", "-", "--output", file, "--write-out", "%{http_code}", link)
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if code != want || string(got) != whole {
			t.Errorf("curl: got %s %s and %d bytes, want %s and the %d bytes of the whole", code, stderr, len(got), want, len(whole))
		}
	}
}
