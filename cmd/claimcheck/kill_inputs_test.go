package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// slowRemote serves documents of about 300 KB in pieces, so that kills find
// fetches on their way.
func slowRemote(t *testing.T) (base, port string) {
	t.Helper()
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		_, _ = io.WriteString(w, `["`)
		for range 10 {
			_, _ = io.WriteString(w, strings.Repeat("r", 30_000))
			w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // it is one
			<-tick.C
		}
		_, _ = io.WriteString(w, `"]`)
	}))
	t.Cleanup(ts.Close)
	u, err := url.Parse(ts.URL)
	if err != nil {
		t.Fatal(err)
	}
	return ts.URL, u.Port()
}

// inputs is what became of work whose input is not in the request.
type inputs struct {
	mu       sync.Mutex        // guards the fields below
	uploads  map[string]string // key of an upload that was answered 204, and its document
	accepted map[string]string // job that was answered 202, and its output
	n        int               // answers of this round
}

func (in *inputs) note(to map[string]string, key, value string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	to[key] = value
	in.n++
}

// once uploads a document and hands in a job for it, or a job for a remote one;
// an error says that no answer arrived.
func (in *inputs) once(ctx context.Context, c *caller, remote string, r *rand.Rand) error {
	source, where, want := "url", remote+"/a.json", `["`+strings.Repeat("r", 300_000)+`"]`
	if r.IntN(3) > 0 {
		want = fmt.Sprintf(`["%016x%s"]`, r.Uint64(), strings.Repeat("u", 100_000+r.IntN(1<<20)))
		key, err := c.upload(ctx, "a.json", int64(len(want)), strings.NewReader(want))
		if err != nil {
			return err
		}
		in.note(in.uploads, key, want)
		source, where = "file", key
	}
	body, err := json.Marshal(map[string]string{source: where})
	if err != nil {
		return err
	}
	a, err := c.try(ctx, http.MethodPost, "/json-minify-api", body, "x-source-type", source)
	if err != nil {
		return err
	}
	var is api.Accepted
	if err := json.Unmarshal(a.body, &is); err != nil || a.status != http.StatusAccepted {
		return fmt.Errorf("got %s: %w", a, err)
	}
	in.note(in.accepted, is.JobID, want)
	return nil
}

// TestKillDuringUploadsAndFetchesLosesNothing kills the server while files
// arrive, are fetched and are written.
func TestKillDuringUploadsAndFetchesLosesNothing(t *testing.T) {
	remote, port := slowRemote(t)
	args := []string{"--max-attempts=100", "--fetch-allow-networks=127.0.0.0/8", "--fetch-allow-ports=" + port}
	eachStorage(t, func(t *testing.T, st storage) {
		t.Helper()
		data := serverproc.Folder(t)
		key := serverproc.Key(t, data, "ann", "--plan=unlimited")
		in := &inputs{uploads: map[string]string{}, accepted: map[string]string{}}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 2))
		for range times(t, "CLAIMCHECK_TEST_KILLS", plainKills) {
			s := st.start(t, data, args...)
			in.round(t, s, newCaller(s, key), remote, r)
		}
		s := st.start(t, data, args...)
		c := newCaller(s, key)
		in.check(t, c)
		r1, code := examine(t, data)
		if code != 0 || r1.Missing != 0 {
			t.Errorf("doctor: code %d, %+v", code, r1)
		}
		s.Stop()
		if st.bucket == nil && st.args == nil { // what no row names was collected when the last server began
			for name := range filesOf(t, data) {
				if strings.HasPrefix(name, "tmp/") {
					t.Errorf("left over: %s", name)
				}
			}
			if r2, code := examine(t, data); code != 0 || r2.Orphans != 0 {
				t.Errorf("doctor without a server: code %d, %+v", code, r2)
			}
		}
		t.Logf("%d uploads, %d jobs", len(in.uploads), len(in.accepted))
	})
}

// round lets clients work for a random time, then kills the server.
func (in *inputs) round(t *testing.T, s *serverproc.Server, c *caller, remote string, r *rand.Rand) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), jobLimit)
	defer cancel()
	var clients sync.WaitGroup
	for range killClients {
		own := rand.New(rand.NewPCG(r.Uint64(), 0))
		clients.Go(func() {
			for in.once(ctx, c, remote, own) == nil {
			}
		})
	}
	<-time.After(time.Duration(50+r.IntN(400)) * time.Millisecond)
	s.Kill()
	clients.Wait()
}

// check looks for everything that was answered.
func (in *inputs) check(t *testing.T, c *caller) {
	t.Helper()
	for id, want := range in.accepted {
		if got := c.outputOf(t, c.finished(t, id)); got != want {
			t.Errorf("job %s: %d bytes, want %d", id, len(got), len(want))
		}
	}
	for key, want := range in.uploads {
		a := c.submitFile(t, "/json-minify-api", key, "Prefer", "wait=25")
		if a.status != http.StatusOK {
			t.Errorf("upload %s: %s", key, a)
			continue
		}
		if got := c.download(t, decode[api.Result](t, a).File); got != want {
			t.Errorf("upload %s: %d bytes, want %d", key, len(got), len(want))
		}
	}
	if len(in.accepted) == 0 || len(in.uploads) == 0 {
		t.Errorf("%d jobs, %d uploads were answered", len(in.accepted), len(in.uploads))
	}
}
