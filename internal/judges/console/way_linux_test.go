package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// patience is how long one thing may take on a slow machine; wayPatience is for
// a whole way.
const (
	patience    = 40 * time.Second
	wayPatience = 3 * time.Minute
)

func TestMain(m *testing.M) {
	serverproc.Main(m)
	browser.close()
}

// A way is what one visitor does: a program of testdata.
type way struct {
	script string
	server string                            // the console's origin, as the visitor sees it
	say    map[string]any                    // what the program is told beside
	ask    map[string]func(t *testing.T) any // what it may ask of the test; what is returned is sent as JSON
}

// walk runs the program to its end, which must be good: it fails if the page asked
// another origin for anything, an error came to its console or its policy was
// broken. T is what the program returns.
func walk[T any](t *testing.T, w way) T {
	t.Helper()
	node := testneeds.Node(t)
	modules := filepath.Dir(testneeds.NodeModules(t, "playwright-core"))
	testneeds.NodeModules(t, "axe-core")
	settings := map[string]any{
		"browser": browser.open(t), "server": w.server, "outside": w.outside(t), "patience": patience.Milliseconds(),
		"pictures": os.Getenv("CLAIMCHECK_TEST_SCREENSHOTS"), //nolint:forbidigo // tests have no configuration but their environment
	}
	maps.Copy(settings, w.say)
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), wayPatience)
	defer cancel()
	dir := copyOf(t, "testdata", modules)
	cmd := exec.CommandContext(ctx, node, filepath.Join(dir, w.script), string(text))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if err != nil {
		t.Fatalf("%s: %v %v\n%s", w.script, err, context.Cause(ctx), stderr.Bytes())
	}
	var answer T
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		t.Fatalf("%s: %v in %.300s", w.script, err, stdout.Bytes())
	}
	return answer
}

// copyOf copies the programs to where Node finds the packages: above them.
func copyOf(t *testing.T, folder, modules string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// outside is where the program asks the test for something, by name.
func (w *way) outside(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		do, ok := w.ask[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.Error(rw, fmt.Sprintf("the test does not know %s", r.URL.Path), http.StatusNotFound)
			return
		}
		if err := json.NewEncoder(rw).Encode(do(t)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}
