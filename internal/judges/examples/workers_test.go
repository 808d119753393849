package examples_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// TestWorkersComeAgain: the first claim, the first report of success and the first
// of failure are answered 503, and are made again when the server says.
func TestWorkersComeAgain(t *testing.T) {
	t.Parallel()
	for _, w := range []struct {
		name, want string
		argv       func(t *testing.T) []string
	}{
		{"Python", `"text": "B\nA\n"`, func(t *testing.T) []string {
			t.Helper()
			return []string{testneeds.Program(t, "Python 3 (apt-get install python3)", "python3"), filepath.Join(folder, "workers", "worker.py")}
		}},
		{"Node", `"words":2`, func(t *testing.T) []string {
			t.Helper()
			return []string{testneeds.Node(t), filepath.Join(folder, "workers", "worker.mjs")}
		}},
		{"shell", `"preview":"a\nb\n"`, func(t *testing.T) []string { t.Helper(); return shell(t, "workers/worker.sh") }},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			argv := w.argv(t)
			config := file(t, "claimcheck.yaml", "tools:\n  - {name: transcribe, mode: pull, summary: Waits for a worker., extensions: [txt]}\n")
			s := serverproc.Start(t, serverproc.Options{Args: []string{"--config=" + config}})
			front := newFront(t, s.URL)
			key := s.Key("ann")
			var ids []string
			for _, text := range []string{"b\na\n", "\n"} {
				a := call(t, s.URL, key, http.StatusAccepted, http.MethodPost, "/transcribe-api", text, "Prefer", "respond-async")
				ids = append(ids, decode[api.Accepted](t, a.Body).JobID)
			}
			if got := run(t, front.URL, s.Key("workers", "--scopes=work", "--tools=transcribe"), append(argv, "transcribe", "2")...); got.code != 0 {
				t.Fatalf("exit code %d, printed %q and %q", got.code, got.stdout, got.stderr)
			}
			if is := call(t, s.URL, key, http.StatusOK, http.MethodGet, "/jobs/"+ids[0], ""); !strings.Contains(string(is.Body), w.want) {
				t.Errorf("the first job: %s, want %s", is, w.want)
			}
			if is := call(t, s.URL, key, http.StatusOK, http.MethodGet, "/jobs/"+ids[1], ""); !strings.Contains(string(is.Body), `"NO_TEXT"`) {
				t.Errorf("the second job: %s, want NO_TEXT", is)
			}
			if got, want := front.refused(), []string{"claim", "fail", "finish"}; !slices.Equal(got, want) {
				t.Errorf("503 was answered to %v, want %v", got, want)
			}
		})
	}
}

// A front refuses what it sees for the first time.
type front struct {
	*httptest.Server

	mu   sync.Mutex // guards the field below
	seen map[string]bool
}

func newFront(t *testing.T, server string) *front {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{seen: map[string]bool{}}
	proxy := testneeds.Proxy(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }})
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if what := path.Base(r.URL.Path); what != "heartbeat" && f.first(what) {
			a := unavailable()
			w.Header().Set("Retry-After", a.Header.Get("Retry-After"))
			w.WriteHeader(a.Status)
			_, _ = w.Write(a.Body) // a worker that is gone is noticed elsewhere
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *front) first(what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.seen[what] = true }()
	return !f.seen[what]
}

func (f *front) refused() (list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for what := range f.seen {
		list = append(list, what)
	}
	slices.Sort(list)
	return list
}
