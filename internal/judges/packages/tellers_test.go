package packages_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// clients is where the packages are.
var clients = filepath.Join("..", "..", "..", "clients")

// A teller tells stories in one language.
type teller struct {
	name   string
	origin string // of the page that tells them
	below  string // the path that the server is known below
	// begin begins to tell a story; end waits for its outcome.
	begin func(t *testing.T, story string, settings map[string]any) (end func() json.RawMessage)
}

// tellers are the languages.
var tellers = map[string]func(t *testing.T) teller{"python": python, "node": node, "chromium": chromium}

func python(t *testing.T) teller {
	t.Helper()
	exe := pythonProgram(t)
	return teller{name: "python", below: "/team/jobs-1.0", begin: func(t *testing.T, story string, settings map[string]any) func() json.RawMessage {
		t.Helper()
		return program(t, exe, filepath.Join(clients, "python", "tests", "stories.py"), story, argument(t, settings))
	}}
}

// pythonProgram is Debian's Python with requests.
func pythonProgram(t *testing.T) string {
	t.Helper()
	exe := testneeds.Program(t, "Python 3 (apt-get install python3)", "/usr/bin/python3", "python3")
	if err := exec.CommandContext(t.Context(), exe, "-c", "import requests").Run(); err != nil {
		testneeds.Missing(t, "Python's requests (apt-get install python3-requests)")
	}
	return exe
}

func node(t *testing.T) teller {
	t.Helper()
	exe := testneeds.Node(t)
	folder := compiled(t)
	return teller{name: "node", below: "/team/jobs-1.0", begin: func(t *testing.T, story string, settings map[string]any) func() json.RawMessage {
		t.Helper()
		return program(t, exe, filepath.Join(folder, "test", "node.mjs"), story, argument(t, settings))
	}}
}

// typescript copies the package in TypeScript beside the packages of the tests.
func typescript(t *testing.T) (folder string) {
	t.Helper()
	modules := filepath.Dir(testneeds.NodeModules(t, "typescript"))
	folder = t.TempDir()
	from := filepath.Join(clients, "typescript")
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "dist" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(folder, name), 0o700)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, name), text, 0o600)
	})
	if err == nil {
		err = os.Symlink(modules, filepath.Join(folder, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// compiled is the package in TypeScript, compiled.
func compiled(t *testing.T) (folder string) {
	t.Helper()
	folder = typescript(t)
	if out, err := tsc(t, folder); err != nil {
		t.Fatalf("tsc: %v\n%s", err, out)
	}
	return folder
}

// tsc runs the compiler of TypeScript in a folder.
func tsc(t *testing.T, folder string, args ...string) ([]byte, error) {
	t.Helper()
	script := filepath.Join(testneeds.NodeModules(t, "typescript"), "bin", "tsc")
	cmd := exec.CommandContext(t.Context(), testneeds.Node(t), append([]string{script}, args...)...)
	cmd.Dir = folder
	return cmd.CombinedOutput()
}

func argument(t *testing.T, settings map[string]any) string {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// program begins a program that prints an outcome; its end must be exit code 0.
func program(t *testing.T, exe string, args ...string) (end func() json.RawMessage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, exe, args...)
	testneeds.DieWithParent(cmd)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() json.RawMessage {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v, %v\nstdout: %s\nstderr: %s", err, context.Cause(ctx), &out, &errors)
		}
		return out.Bytes()
	}
}

// A page is a web server with one page that tells stories.
type page struct {
	*httptest.Server
	next   chan string // JSON
	said   chan []byte
	opened sync.Once
}

func chromium(t *testing.T) teller {
	t.Helper()
	script := bundle(t, compiled(t))
	p := &page{next: make(chan string), said: make(chan []byte, 1)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(t, script, w, r) }))
	t.Cleanup(p.Close)
	top := t
	return teller{name: "chromium", origin: p.URL, begin: func(t *testing.T, story string, settings map[string]any) func() json.RawMessage {
		t.Helper()
		p.opened.Do(func() { browse(top, p.URL) })
		select {
		case p.next <- argument(t, map[string]any{"story": story, "settings": settings}):
		case <-time.After(patience):
			t.Fatalf("the page did not ask for the next story within %s", patience)
		}
		return func() json.RawMessage {
			t.Helper()
			select {
			case text := <-p.said:
				var said struct {
					Outcome json.RawMessage
					Error   string
				}
				if decode(t, text, &said); said.Error != "" {
					t.Fatal(said.Error)
				}
				return said.Outcome
			case <-time.After(2 * patience):
				t.Fatalf("the page said nothing within %s", 2*patience)
				return nil
			}
		}
	}}
}

func (p *page) serve(t *testing.T, script []byte, w http.ResponseWriter, r *http.Request) {
	t.Helper()
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><title>stories</title><script type="module" src="/script.js"></script>`) // the browser may go
	case "/script.js":
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(script) // the same
	case "/next":
		select {
		case text := <-p.next:
			_, _ = io.WriteString(w, text) // the same
		case <-r.Context().Done():
		}
	case "/file":
		path, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil || !strings.HasPrefix(path, os.TempDir()) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		http.ServeFile(w, r, path)
	case "/said":
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		p.said <- text
	default:
		http.NotFound(w, r)
	}
}

// bundle makes one script of the page's program and the package.
func bundle(t *testing.T, folder string) []byte {
	t.Helper()
	esbuild := filepath.Join(testneeds.NodeModules(t, "esbuild"), "bin", "esbuild")
	cmd := exec.CommandContext(t.Context(), esbuild, filepath.Join(folder, "test", "page.mjs"), "--bundle", "--format=esm", "--log-level=warning")
	var log bytes.Buffer
	cmd.Stderr = &log
	script, err := cmd.Output()
	if err != nil || log.Len() > 0 {
		t.Fatalf("esbuild: %v\n%s", err, log.String())
	}
	return script
}

// told is an outcome as it is compared.
func told(t *testing.T, text json.RawMessage) any {
	t.Helper()
	var v any
	decode(t, text, &v)
	return v
}

func show(v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
