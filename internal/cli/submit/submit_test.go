package submit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/cli"
	"claimcheck/internal/cli/submit"
)

// A server answers as the test wants: what is not set is a job that is finished at
// once, whose output is the input.
type server struct {
	t *testing.T

	extension string                                  // of the tool's outputs
	file      string                                  // the name of an output in its link
	result    string                                  // instead of a file
	failure   string                                  // of every job, the JSON of its error
	fetched   func()                                  // called when an output is asked for, which then does not come
	endless   string                                  // the input of a job that goes on for ever
	spoilt    bool                                    // outputs are not what their digest says
	accept    func(w http.ResponseWriter, n int) bool // of the n-th submission; it reports that it has answered

	mu     sync.Mutex // guards the fields below
	keys   []string   // idempotency keys of submissions
	inputs []string   // by the number in the job's id
	URL    string
}

func (s *server) start() *server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tools", func(w http.ResponseWriter, _ *http.Request) {
		s.say(w, api.Tools{Tools: []api.Tool{{Name: "echo", Path: "/echo-api", Output: api.ToolOutput{Extension: s.extension}}}})
	})
	mux.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) { s.say(w, api.Usage{Owner: "ann"}) })
	mux.HandleFunc("POST /echo-api", s.submission)
	mux.HandleFunc("GET /jobs/{id}", s.status)
	mux.HandleFunc("GET /downloads/{file}", s.download)
	srv := httptest.NewServer(mux)
	s.t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

func (s *server) say(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.t.Error(err)
	}
}

func (s *server) submission(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone away
	}
	s.mu.Lock()
	s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
	n := len(s.keys)
	s.inputs = append(s.inputs, string(body))
	s.mu.Unlock()
	if s.accept != nil && s.accept(w, n) {
		return
	}
	w.WriteHeader(http.StatusAccepted)
	s.say(w, api.Accepted{Status: "accepted", JobID: fmt.Sprintf("00000000-0000-7000-8000-%012d", n)})
}

func (s *server) status(w http.ResponseWriter, r *http.Request) {
	is := api.Status{JobID: r.PathValue("id"), Status: "success"}
	switch {
	case s.endless != "" && s.inputOf(is.JobID) == s.endless:
		is.Status, is.RetryAfter = "processing", 60
	case s.failure != "":
		is.Status, is.Error = "failed", new(api.JobError)
		if err := json.Unmarshal([]byte(s.failure), is.Error); err != nil {
			s.t.Error(err)
		}
	case s.result != "":
		is.Result = json.RawMessage(s.result)
	default:
		link := s.URL + "/downloads/" + s.file + "?n=" + is.JobID[len(is.JobID)-12:]
		is.Result = json.RawMessage(fmt.Sprintf(`{"request_id":"r","status":"success","file":%q,"preview":""}`, link))
	}
	s.say(w, is)
}

// inputOf is the input of a job, whose id ends in its number.
func (s *server) inputOf(id string) string {
	n, err := strconv.Atoi(strings.TrimLeft(id[len(id)-12:], "0"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || n > len(s.inputs) {
		s.t.Errorf("there is no job %s: %v", id, err)
		return ""
	}
	return s.inputs[n-1]
}

func (s *server) download(w http.ResponseWriter, r *http.Request) {
	text := s.inputOf(r.URL.Query().Get("n"))
	if s.fetched != nil && r.Method == http.MethodGet {
		s.fetched()
		<-r.Context().Done()
		return
	}
	sum := sha256.Sum256([]byte(text))
	if s.spoilt {
		sum[0]++
	}
	w.Header().Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	w.Header().Set("Etag", `"a"`)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
}

// A run is how the command ended.
type run struct {
	stdout, stderr string
	code           int
}

// submit runs the command in a folder, with a home of its own.
func (s *server) submit(ctx context.Context, dir string, args ...string) run {
	s.t.Helper()
	var out bytes.Buffer
	ended := s.submitTo(ctx, &out, dir, args...)
	ended.stdout = out.String()
	return ended
}

// submitTo is submit with a standard output of the test's.
func (s *server) submitTo(ctx context.Context, out io.Writer, dir string, args ...string) run {
	s.t.Helper()
	s.t.Chdir(dir)
	var errs bytes.Buffer
	e := &cli.Env{
		Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=" + s.URL}, ConfigDir: filepath.Join(dir, "home"),
		Stdin: strings.NewReader("piped in"), Stdout: out, Stderr: &errs,
	}
	cmd := submit.Command(e)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(append([]string{"echo"}, args...))
	err := cmd.ExecuteContext(ctx)
	ended := run{stderr: errs.String()}
	if exit, ok := errors.AsType[*cli.ExitError](err); ok {
		ended.code = exit.Code
		ended.stderr += exit.What
	} else if err != nil {
		s.t.Fatal(err)
	}
	return ended
}

func inputs(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("input of "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAnOutputThatIsNotWhatItShouldBeIsNotThere(t *testing.T) {
	s := (&server{t: t, extension: "txt", file: "f.txt", spoilt: true}).start()
	dir := inputs(t, "a.csv")
	if got := s.submit(t.Context(), dir, "a.csv"); got.code != cli.ExitServer || got.stdout != "" || !strings.Contains(got.stderr, "digest") {
		t.Errorf("printed: got %+v", got)
	}
	if got := s.submit(t.Context(), dir, "a.csv", "-o", "out/"); got.code != cli.ExitServer || len(filesIn(t, filepath.Join(dir, "out"))) != 0 {
		t.Errorf("into a folder: got %+v, files %q", got, filesIn(t, filepath.Join(dir, "out")))
	}
}

func TestNamesOfTheServerStayInTheFolder(t *testing.T) {
	for _, c := range []struct{ extension, file, want string }{
		{"../../evil", "f.png", "a.png"},
		{"", "f.png", "a.png"},
		{"", "..%2f..%2fevil", "a"},
		{"", "f.%1b%5b2J", "a"},
		{"txt", "..%2f..%2fevil.sh", "a.txt"},
	} {
		s := (&server{t: t, extension: c.extension, file: c.file}).start()
		dir := inputs(t, "a.csv")
		got := s.submit(t.Context(), dir, "a.csv", "-o", "out/")
		if names := filesIn(t, filepath.Join(dir, "out")); got.code != 0 || len(names) != 1 || names[0] != c.want {
			t.Errorf("%+v: got %+v, files %q", c, got, names)
		}
		if names := filesIn(t, dir); len(names) != 3 { // a.csv, home, out
			t.Errorf("%+v: files %q", c, names)
		}
	}
}

// TestAnUnknownExtensionReplacesNothing has names that only the outputs tell.
func TestAnUnknownExtensionReplacesNothing(t *testing.T) {
	s := (&server{t: t, file: "f.csv"}).start()
	dir := inputs(t, "a.csv")
	got := s.submit(t.Context(), dir, "a.csv", "-o", ".", "--force")
	text, err := os.ReadFile(filepath.Join(dir, "a.csv"))
	if got.code == 0 || err != nil || string(text) != "input of a.csv" || !strings.Contains(got.stderr, "an input too") {
		t.Errorf("an input: got %+v, %q, %v", got, text, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.csv"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.txt")); err != nil {
		t.Fatal(err)
	}
	got = s.submit(t.Context(), dir, "b.txt", "-o", ".")
	text, err = os.ReadFile(filepath.Join(dir, "b.csv"))
	if got.code != cli.ExitUsage || err != nil || string(text) != "mine" || !strings.Contains(got.stderr, "--force replaces it") {
		t.Errorf("another file: got %+v, %q, %v", got, text, err)
	}
}

func TestAResultThatIsNoFileIsPrintedAsItIs(t *testing.T) {
	s := (&server{t: t, result: `{"answer":[1,2]}`}).start()
	dir := inputs(t, "a.csv")
	if got := s.submit(t.Context(), dir, "a.csv"); got.code != 0 || got.stdout != `{"answer":[1,2]}`+"\n" {
		t.Errorf("printed: got %+v", got)
	}
	got := s.submit(t.Context(), dir, "a.csv", "-o", "out/")
	if text, err := os.ReadFile(filepath.Join(dir, "out", "a.json")); got.code != 0 || err != nil || string(text) != `{"answer":[1,2]}`+"\n" {
		t.Errorf("into a folder: got %+v, %q, %v", got, text, err)
	}
}

func TestWhatJobsSayIsHarmless(t *testing.T) {
	s := (&server{t: t, failure: `{"code":"X\u009b","message":"two\nlines \u001b[2J \u202e","details":{"line":1,"column":1}}`}).start()
	dir := inputs(t, "a\x1b[2J.csv", "b.csv")
	for _, args := range [][]string{{"a\x1b[2J.csv"}, {"a\x1b[2J.csv", "b.csv"}, {"a\x1b[2J.csv", "--json"}} {
		got := s.submit(t.Context(), dir, args...)
		if got.code != cli.ExitFailed || strings.ContainsAny(got.stdout+got.stderr, "\x1b\u009b\u202e") || !strings.Contains(got.stdout+got.stderr, `[2J`) {
			t.Errorf("%q: got %+v", args, got)
		}
	}
}

func TestTheServersWishToWaitIsObeyed(t *testing.T) {
	s := &server{t: t, extension: "txt", file: "f.txt"}
	s.accept = func(w http.ResponseWriter, n int) bool {
		if n == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			s.say(w, api.Error{Status: "error", Error: "UNAVAILABLE", Details: api.ErrorDetails{Message: "Later."}, RetryAfter: 1})
		}
		return n == 1
	}
	s.start()
	got := s.submit(t.Context(), inputs(t, "a.csv"), "a.csv")
	if got.code != 0 || got.stdout != "input of a.csv" || len(s.keys) != 2 || s.keys[0] != s.keys[1] {
		t.Errorf("got %+v, keys %q", got, s.keys)
	}
}

// TestWhatIsRefusedForAllIsNotTriedForAll has a key that may not submit.
func TestWhatIsRefusedForAllIsNotTriedForAll(t *testing.T) {
	s := &server{t: t}
	s.accept = func(w http.ResponseWriter, _ int) bool {
		w.WriteHeader(http.StatusForbidden)
		s.say(w, api.Error{Status: "error", Error: "FORBIDDEN", Details: api.ErrorDetails{Message: "No."}})
		return true
	}
	s.start()
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("%d.csv", i))
	}
	got := s.submit(t.Context(), inputs(t, names...), names...)
	if got.code != cli.ExitRefused || len(s.keys) > 20 || !strings.Contains(got.stderr, "not handed in; the same command with --resume goes on") {
		t.Errorf("got exit code %d, %d submissions, %s", got.code, len(s.keys), got.stderr)
	}
}

// TestADownloadThatIsInterruptedIsToldWithItsJob ends the command while an output is
// on its way, and goes on.
func TestADownloadThatIsInterruptedIsToldWithItsJob(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{t: t, extension: "txt", file: "f.txt", fetched: cancel}
	s.start()
	dir := inputs(t, "a.csv")
	got := s.submit(ctx, dir, "a.csv", "-o", "out/")
	if got.code != cli.ExitInterrupted || !strings.Contains(got.stderr, "00000000-0000-7000-8000-000000000001") || len(s.keys) != 1 {
		t.Errorf("interrupted: got %+v", got)
	}
	for _, name := range filesIn(t, filepath.Join(dir, "out")) {
		if !strings.HasSuffix(name, ".part") {
			t.Errorf("%s is there", name)
		}
	}
	s.fetched = nil
	got = s.submit(t.Context(), dir, "a.csv", "-o", "out/", "--resume")
	if names := filesIn(t, filepath.Join(dir, "out")); got.code != 0 || len(s.keys) != 1 || len(names) != 1 || names[0] != "a.txt" {
		t.Errorf("resumed: got %+v, %d submissions, files %q", got, len(s.keys), names)
	}
}

// broken is a standard output that cannot be written to.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left\x1b[2J") }

// TestAStandardOutputThatIsFullEndsTheWaiting has a second job that never ends.
func TestAStandardOutputThatIsFullEndsTheWaiting(t *testing.T) {
	s := &server{t: t, extension: "txt", file: "f.txt", endless: "input of b.csv"}
	s.start()
	dir := inputs(t, "a.csv", "b.csv")
	got := s.submitTo(t.Context(), broken{}, dir, "a.csv", "b.csv", "--json")
	if got.code < cli.ExitFailed || !strings.Contains(got.stderr, "no space left") || !strings.Contains(got.stderr, "claimcheck wait") || strings.Contains(got.stderr, "\x1b") {
		t.Errorf("got %+v", got)
	}
}

// TestALostAnswerIsFoundAgain interrupts the command while its submission is under
// way: the answer that still comes tells the job; one that does not come is asked
// for again under the same key.
func TestALostAnswerIsFoundAgain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{t: t, extension: "txt", file: "f.txt"}
	s.accept = func(http.ResponseWriter, int) bool {
		cancel() // and the answer comes all the same
		return false
	}
	s.start()
	dir := inputs(t, "a.csv")
	got := s.submit(ctx, dir, "a.csv")
	if got.code != cli.ExitInterrupted || !strings.Contains(got.stderr, "claimcheck wait 00000000-0000-7000-8000-000000000001") {
		t.Errorf("interrupted: got %+v", got)
	}
	s.accept = nil
	if got := s.submit(t.Context(), dir, "a.csv", "--resume"); got.code != 0 || got.stdout != "input of a.csv" || len(s.keys) != 1 {
		t.Errorf("resumed: got %+v, %d submissions", got, len(s.keys))
	}
	s.accept = func(w http.ResponseWriter, n int) bool {
		if n > 2 {
			return false
		}
		panic(http.ErrAbortHandler) // the answer is lost
	}
	if got := s.submit(t.Context(), dir, "a.csv"); got.code != 0 || len(s.keys) != 3 || s.keys[1] != s.keys[2] || s.keys[0] == s.keys[1] {
		t.Errorf("a lost answer: got %+v, keys %q", got, s.keys)
	}
}
