package console_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

const (
	maxPicture   = 150_000 // bytes
	pictureWidth = 1200
)

// TestPictures takes the pictures of the README: of what a mistake in the input
// looks like, light, and of a list of jobs, dark. Where
// CLAIMCHECK_TEST_PICTURES names a folder they stay there (make screenshots).
func TestPictures(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CLAIMCHECK_TEST_PICTURES") //nolint:forbidigo // tests have no configuration but their environment
	if folder == "" {
		folder = t.TempDir()
	}
	h := newHouse(t)
	const done, of = 14, 3
	for i := range done {
		metadata := fmt.Sprintf(`{"customer":"%d","batch":"november"}`, 4000+i*37)
		input := fmt.Sprintf(`{"invoice": %d, "lines": [1, 2, 3]}`, i)
		if i%4 == 2 {
			input = input[:len(input)-1]
		}
		tool := []string{"json-formatter", "json-minify", "json-validator"}[i%of]
		h.call(t, h.key, http.MethodGet, "/jobs/"+h.submit(t, tool, input, "x-metadata", metadata), "", "Prefer", "wait=25")
	}
	h.submit(t, slowTool, "wait", "x-metadata", `{"customer":"4711"}`)
	h.submit(t, slowTool, "wait", "x-metadata", `{"customer":"4712"}`)
	h.take(t)
	h.work("heartbeat", `{"progress":40}`)(t)
	walk[any](t, h.way("pictures.mjs", map[string]any{"folder": folder, "width": pictureWidth}, nil))
	for _, name := range []string{"console-light.png", "console-dark.png"} {
		taken, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		judgePicture(t, name, taken)
		committed, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		judgePicture(t, "docs/"+name, committed)
	}
}

func judgePicture(t *testing.T, name string, text []byte) {
	t.Helper()
	is, err := png.DecodeConfig(bytes.NewReader(text))
	if err != nil || len(text) > maxPicture || is.Width != pictureWidth {
		t.Errorf("%s: %d bytes, %d wide, %v; want at most %d, and %d wide", name, len(text), is.Width, err, maxPicture, pictureWidth)
	}
}
