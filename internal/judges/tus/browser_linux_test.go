package tus_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// browsed is what page.mjs says.
type browsed struct {
	Key, URL, Error string
	Requests        []string // method and status
}

// TestUppySendsThroughCuts from a page in headless Chromium, of another origin than
// the server: over a line that is cut, while the server is killed once.
func TestUppySendsThroughCuts(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	script := bundle(t, "page.mjs", "@uppy/tus")
	for _, chunk := range []int{0, 2_000_000} {
		t.Run(fmt.Sprintf("chunks of %d bytes", chunk), func(t *testing.T) {
			t.Parallel()
			p := newPage(t, script)
			w := newWorld(t, p.URL, nil, nil)
			w.plan(spread(size, 3, func(i int) func() {
				if i == 1 {
					return w.kill
				}
				return nil
			}))
			settings, err := json.Marshal(map[string]any{"url": w.URL, "key": w.key, "name": "from-page.log", "size": size, "chunk": chunk})
			if err != nil {
				t.Fatal(err)
			}
			p.settings.Store(string(settings))
			testneeds.Browse(t, p.URL)
			select {
			case said := <-p.said:
				if said.Error != "" || said.Key == "" || !strings.HasPrefix(said.URL, w.URL+"/files/") || w.count() != 3 {
					t.Fatalf("%d cuts, %+v", w.count(), said)
				}
				w.wantDigest(said.Key, pageSum(size), size)
			case <-time.After(patience):
				t.Fatalf("the page said nothing within %s", patience)
			}
		})
	}
}

// pageSum is the SHA-256 of the bytes that the page makes.
func pageSum(size int) string {
	h := sha256.New()
	x := uint32(2463534242)
	for range size / 4 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		_ = binary.Write(h, binary.LittleEndian, x) // a hash takes all
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A page is where a browser finds a script with its settings.
type page struct {
	*httptest.Server
	settings atomic.Value // JSON
	said     chan browsed
}

func newPage(t *testing.T, script []byte) *page {
	t.Helper()
	p := &page{said: make(chan browsed, 1)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprintf(w, `<!doctype html><script id="settings" type="application/json">%s</script><script src="/script.js"></script>`, p.settings.Load()) // the browser may go
		case "/script.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(script) // the browser may go
		case "/said":
			text, err := io.ReadAll(r.Body)
			var said browsed
			if err == nil {
				err = json.Unmarshal(text, &said)
			}
			if err != nil {
				t.Errorf("the page said %q: %v", text, err)
			}
			p.said <- said
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// bundle makes one script of a program of testdata and the packages that it
// imports.
func bundle(t *testing.T, name, pkg string) []byte {
	t.Helper()
	modules := strings.TrimSuffix(testneeds.NodeModules(t, pkg), string(filepath.Separator)+filepath.FromSlash(pkg))
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
	esbuild := filepath.Join(testneeds.NodeModules(t, "esbuild"), "bin", "esbuild")
	cmd := exec.CommandContext(t.Context(), esbuild, filepath.Join(dir, name), "--bundle", "--format=iife", "--log-level=error")
	var log bytes.Buffer
	cmd.Stderr = &log
	script, err := cmd.Output()
	if err != nil {
		t.Fatalf("esbuild: %v\n%s", err, log.String())
	}
	return script
}
