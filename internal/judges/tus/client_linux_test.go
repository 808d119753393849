package tus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// sent is what send.mjs prints.
type sent struct {
	Requests []struct {
		Method, Path, Offset string
		Status               int
	}
	Key, URL, Error string
	Found           int   // earlier uploads of the file that it remembered
	Resumed         int64 // offset at which it went on; -1: it began
}

// send has tus-js-client send a file in a process of its own; begun is called
// with that, may be nil.
func (w *world) send(file string, limit time.Duration, more map[string]any, begun func(*os.Process)) sent {
	w.t.Helper()
	modules := filepath.Dir(testneeds.NodeModules(w.t, "tus-js-client"))
	exe := testneeds.Node(w.t)
	script, err := os.ReadFile("testdata/send.mjs")
	if err != nil {
		w.t.Fatal(err)
	}
	dir := w.t.TempDir() // Node looks for packages above the script
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "send.mjs"), script, 0o600); err != nil {
		w.t.Fatal(err)
	}
	settings := map[string]any{"url": w.URL, "key": w.key, "file": file, "name": filepath.Base(file)}
	maps.Copy(settings, more)
	argument, err := json.Marshal(settings)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, filepath.Join(dir, "send.mjs"), string(argument))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	if begun != nil {
		begun(cmd.Process)
	}
	err = cmd.Wait()
	if stderr.Len() > 0 {
		w.t.Logf("send.mjs: %.1000s", stderr.String())
	}
	if stdout.Len() == 0 {
		if ctx.Err() != nil {
			w.t.Fatalf("not sent within %s", limit)
		}
		w.t.Logf("it ended by %v", err)
		return sent{}
	}
	var s sent
	decode(w.t, stdout.Bytes(), &s)
	return s
}

// TestTusJSClientSendsThroughCuts: one request, and chunks, each over a line that
// is cut again and again, to every storage.
func TestTusJSClientSendsThroughCuts(t *testing.T) {
	t.Parallel()
	const size = 12<<20 + 12_345
	file, sum := largeFile(t, size)
	for _, storage := range storages {
		t.Run(storage.name, func(t *testing.T) {
			t.Parallel()
			args, env := storage.set(t)
			w := newWorld(t, "", args, env)
			for _, chunk := range []int{0, 1_000_000} {
				w.plan(spread(size, 4, func(int) func() { return nil }))
				before := w.count()
				s := w.send(file, patience, map[string]any{"chunk": chunk}, nil)
				if s.Error != "" || s.Key == "" || w.count()-before != 4 {
					t.Fatalf("chunks of %d: %d cuts, %+v", chunk, w.count()-before, s)
				}
				w.wantDigest(s.Key, sum, size)
			}
		})
	}
}

// TestTusJSClientGoesOnInAnotherProcess: what the first, which was killed, had sent
// is not sent again.
func TestTusJSClientGoesOnInAnotherProcess(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	file, sum := largeFile(t, size)
	w := newWorld(t, "", nil, nil)
	more := map[string]any{"store": filepath.Join(t.TempDir(), "urls.json"), "resume": true}
	w.send(file, patience, more, func(first *os.Process) {
		w.plan([]cut{{size / 2, func() { _ = first.Kill() }}}) // it may not end by itself
	})
	s := w.send(file, patience, more, nil)
	if s.Error != "" || s.Found != 1 || s.Resumed < 1 || s.Resumed > size/2 {
		t.Fatalf("the second process: %+v, want it to go on", s)
	}
	for _, r := range s.Requests {
		if r.Method == http.MethodPost {
			t.Errorf("it began anew: %+v", r)
		}
	}
	w.wantDigest(s.Key, sum, size)
}

// TestTusJSClientSendsPartsAtOnce, which the server joins.
func TestTusJSClientSendsPartsAtOnce(t *testing.T) {
	t.Parallel()
	const size = 17<<20 + 1
	file, sum := largeFile(t, size)
	for _, storage := range storages {
		t.Run(storage.name, func(t *testing.T) {
			t.Parallel()
			args, env := storage.set(t)
			w := newWorld(t, "", args, env)
			w.plan(spread(size, 2, func(int) func() { return nil }))
			s := w.send(file, patience, map[string]any{"parallel": 3}, nil)
			posts := 0
			for _, r := range s.Requests {
				if r.Method == http.MethodPost && r.Status == http.StatusCreated {
					posts++
				}
			}
			if s.Error != "" || s.Key == "" || posts < 4 {
				t.Fatalf("%d uploads were made: %+v", posts, s)
			}
			w.wantDigest(s.Key, sum, size)
		})
	}
}

// TestTusJSClientMovesBetweenServers, which share a database and files: each time the
// line is cut the client finds another, while the one before lives and may not know yet.
func TestTusJSClientMovesBetweenServers(t *testing.T) {
	t.Parallel()
	const size = 24<<20 + 77
	file, sum := largeFile(t, size)
	for _, storage := range storages[1:] { // the first belongs to one server
		t.Run(storage.name, func(t *testing.T) {
			t.Parallel()
			args, env := storage.set(t)
			w := newWorld(t, "", append(args, "--store="+pgproc.Database(t)), env)
			other := serverproc.Start(t, serverproc.Options{Args: w.args, Env: w.env})
			servers := []string{other.URL, w.server.URL}
			w.plan(spread(size, 6, func(i int) func() { return func() { w.to(t, servers[i%2]) } }))
			s := w.send(file, patience, nil, nil)
			if s.Error != "" || s.Key == "" || w.count() != 6 {
				t.Fatalf("%d cuts, %+v", w.count(), s)
			}
			w.wantDigest(s.Key, sum, size)
		})
	}
}

// TestTusJSClientGivesUp: the server forgets the file, and says so.
func TestTusJSClientGivesUp(t *testing.T) {
	t.Parallel()
	const size = 20 << 20
	file, _ := largeFile(t, size)
	w := newWorld(t, "", nil, nil)
	s := w.send(file, patience, map[string]any{"terminateAfter": 2_000_000, "chunk": 1_000_000}, nil)
	last := s.Requests[len(s.Requests)-1]
	if s.Error != "" || last.Method != http.MethodDelete || last.Status != http.StatusNoContent {
		t.Fatalf("it ended with %+v", s)
	}
	head := serverproc.Call{Base: w.server.URL, Key: w.key, Method: http.MethodHead, Path: last.Path, Headers: []string{"Tus-Resumable", "1.0.0"}}
	if a, err := head.Do(t.Context(), http.DefaultClient); err != nil || a.Status != http.StatusGone {
		t.Errorf("afterwards: %s, %v, want 410", a, err)
	}
	found := 0
	err := filepath.WalkDir(filepath.Join(w.data, "files"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "upl_") {
			found++
		}
		return err
	})
	if err != nil || found != 0 {
		t.Errorf("%d of its files are left, %v", found, err)
	}
}

// TestTusJSClientSendsALargeFile of CLAIMCHECK_TEST_TUS MiB (64 without it) over a
// line that is cut 10 times (50 from 1,024 MiB on); every second time the server is killed.
func TestTusJSClientSendsALargeFile(t *testing.T) {
	mib := int64(64)
	if set := os.Getenv("CLAIMCHECK_TEST_TUS"); set != "" { //nolint:forbidigo // tests have no configuration but their environment
		var err error
		if mib, err = strconv.ParseInt(set, 10, 64); err != nil || mib < 1 {
			t.Fatalf("CLAIMCHECK_TEST_TUS=%q is no number of MiB", set)
		}
	}
	cuts := 10
	if mib >= 1024 {
		cuts = 50
	}
	size := mib<<20 + 321
	file, sum := largeFile(t, size)
	for _, storage := range storages {
		t.Run(storage.name, func(t *testing.T) {
			args, env := storage.set(t)
			w := newWorld(t, "", args, env)
			w.plan(spread(size, cuts, func(i int) func() {
				if i%2 == 0 {
					return w.kill
				}
				return nil
			}))
			began := time.Now()
			s := w.send(file, 20*time.Minute, nil, nil)
			took := time.Since(began)
			if s.Error != "" || s.Key == "" || w.count() != cuts {
				t.Fatalf("%d cuts, %+v", w.count(), s)
			}
			w.wantDigest(s.Key, sum, size)
			peak := max(w.peak, peakMemory(t, w.server.PID()))
			t.Logf("%d MiB, %d cuts, %d of them kills of the server: %.0f MB/s, peak memory of the server %d MiB", mib, cuts, (cuts+1)/2, float64(size)/1e6/took.Seconds(), peak>>20)
			if peak > maxMemory {
				t.Errorf("the server needed %d MiB, at most %d", peak>>20, maxMemory>>20)
			}
		})
	}
}

// maxMemory is what a server may need whatever the size of files: a small part of
// the smallest one here would be seen.
const maxMemory = 96 << 20
