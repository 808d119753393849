package cli_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/cli"
)

// A fileServer has one job, whose file it sends; where stall is set it sends half of
// it and waits for the client to go.
type fileServer struct {
	*httptest.Server

	file   []byte
	name   string // of the file, in its link
	digest []byte // that it tells
	stall  atomic.Bool
	half   chan struct{} // closed when half was sent
	ranges atomic.Int64  // requests for a part
}

func newFileServer(t *testing.T, file []byte, name string) *fileServer {
	t.Helper()
	sum := sha256.Sum256(file)
	s := &fileServer{file: file, name: name, digest: sum[:], half: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *fileServer) answer(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/jobs/") {
		_, _ = fmt.Fprintf(w, `{"job_id":%q,"status":"success","result":{"request_id":"r","status":"success","file":"%s/downloads/%s?signature=x","preview":""}}`, anID, s.URL, s.name) // the client may have gone
		return
	}
	w.Header().Set("Etag", `"e"`)
	w.Header().Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(s.digest)+":")
	if r.Header.Get("Range") != "" {
		s.ranges.Add(1)
	}
	if r.Method == http.MethodGet && s.stall.Load() {
		w.Header().Set("Content-Length", fmt.Sprint(len(s.file)))
		_, _ = w.Write(s.file[:len(s.file)/2]) // the client may have gone
		_ = http.NewResponseController(w).Flush()
		close(s.half)
		<-r.Context().Done()
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.file))
}

// download runs the command and returns how it ended.
func (s *fileServer) download(ctx context.Context, t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	e := cli.Env{Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=" + s.URL}, Stdout: &out, Stderr: &errs}
	err := cli.Execute(ctx, cli.Download(&e), &e, append([]string{anID}, args...))
	if ended, ok := errors.AsType[*cli.ExitError](err); ok {
		return out.String(), errs.String() + ended.What, ended.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), 0
}

// names are the files of a folder.
func names(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAnInterruptedDownloadGoesOn(t *testing.T) {
	file := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // more than any buffer
	s := newFileServer(t, file, "x_1.bin")
	s.stall.Store(true)
	folder := t.TempDir()
	name := filepath.Join(folder, "data.bin")
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		<-s.half
		for { // until something of it is on disk
			if parts, _ := filepath.Glob(filepath.Join(folder, ".data.bin.*.part")); len(parts) == 1 {
				if is, err := os.Stat(parts[0]); err == nil && is.Size() > 0 {
					interrupt()
					return
				}
			}
			<-time.After(time.Millisecond)
		}
	}()
	_, stderr, code := s.download(ctx, t, "-o", name)
	if code != cli.ExitInterrupted || stderr != "interrupted; the same command goes on from where it was" {
		t.Errorf("got exit code %d, %q", code, stderr)
	}
	if left := names(t, folder); len(left) != 1 || !strings.HasSuffix(left[0], ".part") {
		t.Fatalf("the folder has %q", left)
	}
	s.stall.Store(false)
	_, stderr, code = s.download(t.Context(), t, "-o", name)
	if code != 0 || stderr != name+": 1.0 MiB\n" || s.ranges.Load() != 1 {
		t.Errorf("again: got exit code %d, %q, %d requests for a part", code, stderr, s.ranges.Load())
	}
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, file) || len(names(t, folder)) != 1 {
		t.Errorf("got %d bytes, %v, the folder has %q", len(got), err, names(t, folder))
	}
}

func TestADownloadThatIsNotTheFileIsNotKept(t *testing.T) {
	s := newFileServer(t, []byte("text"), "x_1.txt")
	s.digest = make([]byte, sha256.Size)
	folder := t.TempDir()
	_, stderr, code := s.download(t.Context(), t, "-o", filepath.Join(folder, "data.txt"))
	if code != cli.ExitServer || !strings.Contains(stderr, "digest") || len(names(t, folder)) != 0 {
		t.Errorf("got exit code %d, %q, the folder has %q", code, stderr, names(t, folder))
	}
	_, stderr, code = s.download(t.Context(), t)
	if code != cli.ExitServer || !strings.Contains(stderr, "digest") {
		t.Errorf("in a pipe: got exit code %d, %q", code, stderr)
	}
}

// TestTheServersNameStaysInTheFolder has a hostile server name the file.
func TestTheServersNameStaysInTheFolder(t *testing.T) {
	for served, want := range map[string]string{
		"x_1.txt": "x_1.txt", "..%2f..%2fpasswd.txt": "passwd.txt", "%2e%2e": "output", ".profile": "_profile.profile", "%1b%5b2J.txt": "_[2J.txt", "a%5cb.txt": "a_b.txt", "nul.txt": "_nul.txt",
	} {
		parent := t.TempDir()
		folder := filepath.Join(parent, "out")
		s := newFileServer(t, []byte("text"), served)
		_, stderr, code := s.download(t.Context(), t, "-o", folder+"/")
		if got := names(t, folder); code != 0 || len(got) != 1 || got[0] != want || len(names(t, parent)) != 1 || strings.Contains(stderr, "\x1b") {
			t.Errorf("%s: got exit code %d, %q, the folder has %q and the one above %q", served, code, stderr, got, names(t, parent))
		}
	}
}

func TestADownloadIntoAPipeIsTheFileAlone(t *testing.T) {
	s := newFileServer(t, []byte("\x1b[2Jtext"), "x_1.txt")
	stdout, stderr, code := s.download(t.Context(), t)
	if stdout != "\x1b[2Jtext" || stderr != "" || code != 0 {
		t.Errorf("got exit code %d, %q, %q", code, stdout, stderr)
	}
	fails := cli.Env{Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=" + s.URL}, Stdout: fullDisk{}, Stderr: io.Discard}
	err := cli.Execute(t.Context(), cli.Download(&fails), &fails, []string{anID})
	if ended, ok := errors.AsType[*cli.ExitError](err); !ok || ended.Code != cli.ExitFailed || !strings.Contains(ended.What, "no space left") {
		t.Errorf("a full disk: got %v", err)
	}
}

// A fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left on device")}
}
