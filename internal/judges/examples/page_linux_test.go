package examples_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// said is what page.mjs saw on the page.
type said struct {
	Statuses []string // in order
	Shown    string   // the output
	Key      string   // what is left of it in the page when the job is being followed
	Faults   []string
}

// visit serves the page from an origin of its own and has Chromium use it. The
// server is started when the origin is known.
func visit(t *testing.T, text string, start func(origin string) (url, key string)) said {
	t.Helper()
	node := testneeds.Node(t)
	modules := filepath.Dir(testneeds.NodeModules(t, "playwright-core"))
	chromium := testneeds.Program(t, "Chromium (apt-get install chromium)", "chromium", "chromium-browser", "google-chrome")
	page := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(folder, "browser"))))
	t.Cleanup(page.Close)
	url, key := start(page.URL)
	settings, err := json.Marshal(map[string]any{
		"modules": modules, "chromium": chromium, "page": page.URL, "url": url, "key": key, "text": text, "patience": patience.Milliseconds(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, filepath.Join("testdata", "page.mjs"), string(settings))
	testneeds.DieWithParent(cmd)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v, %v\n%s", err, context.Cause(ctx), stderr.String())
	}
	got := decode[said](t, out)
	if len(got.Faults) > 0 {
		t.Errorf("faults of the page: %q", got.Faults)
	}
	if got.Key != "" {
		t.Errorf("the key is still in the page: %q", got.Key)
	}
	return got
}

// TestThePageFollowsItsJob with a token, over the limit's end.
func TestThePageFollowsItsJob(t *testing.T) {
	t.Parallel()
	var d *door
	got := visit(t, good, func(origin string) (url, key string) {
		d = newDoor(t, origin, false)
		return d.URL, d.key
	})
	statuses := strings.Join(got.Statuses, " ")
	if !strings.HasPrefix(statuses, "Too much at once: again in ") || !strings.Contains(statuses, " s queued ") || !strings.HasSuffix(statuses, " success") || got.Shown != laidOut {
		t.Errorf("the page said %q and showed %q; its requests:\n%s", got.Statuses, got.Shown, d)
	}
	for _, p := range d.passes(func(p pass) bool { return p.method == http.MethodGet && p.key != "" }) {
		t.Errorf("the key went to %s", p.path)
	}
	if n := len(d.passes(func(p pass) bool { return strings.HasSuffix(p.path, "/events") })); n != 1 {
		t.Errorf("%d streams of events, want 1; its requests:\n%s", n, d)
	}
}

// TestThePageTellsWhatIsWrong with the text, with the key, and with the server's
// settings.
func TestThePageTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, key, origin string
		want                    string
	}{
		{name: "text", text: bad, want: "JSON validation failed. (INVALID_JSON) Line 2, column 3."},
		{name: "key", text: good, key: "ck_wrong", want: "UNAUTHORIZED: Missing authorizer context"},
		{name: "origin", text: good, origin: "https://example.org", want: "Failed to fetch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := visit(t, c.text, func(origin string) (url, key string) {
				if c.origin != "" {
					origin = c.origin
				}
				s := serverproc.Start(t, serverproc.Options{Args: []string{"--cors-origins=" + origin}})
				if c.key != "" {
					return s.URL, c.key
				}
				return s.URL, s.Key("ann")
			})
			if n := len(got.Statuses); n == 0 || got.Statuses[n-1] != c.want || got.Shown != "" {
				t.Errorf("the page said %q and showed %q, want %q at last", got.Statuses, got.Shown, c.want)
			}
		})
	}
}
