package console_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/internal/job"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/store/sqlitestore"
)

const (
	manyJobs  = 10_000
	atOnce    = 512 // that are stored at once
	watched   = 50  // jobs on a list that nobody touches
	idleFor   = 60  // seconds, of the page's own clock
	idleLimit = 60  // requests
)

// TestTenThousandJobs: a list of them is turned page by page, and they are
// cancelled: those that are ticked, then all that fit the filters. Then some are run
// again, which the quota forbids, and deleted.
func TestTenThousandJobs(t *testing.T) {
	t.Parallel()
	h := fullHouse(t, manyJobs)
	longest := walk[float64](t, h.way("many.mjs", map[string]any{"owner": rig.Owner, "jobs": manyJobs}, nil))
	t.Logf("the longest that the page did not answer for: %.0f ms", longest)
	walk[any](t, h.way("cancel.mjs", map[string]any{"owner": rig.Owner, "jobs": manyJobs}, nil))
	walk[any](t, h.way("batch.mjs", nil, nil))
}

// TestAListThatNobodyTouches: a page of unfinished jobs asks at most once a second
// by its own clock, which the test turns, and not at all while nobody looks at it.
func TestAListThatNobodyTouches(t *testing.T) {
	t.Parallel()
	h := fullHouse(t, watched)
	asked := walk[int](t, h.way("idle.mjs", map[string]any{"owner": rig.Owner, "seconds": idleFor}, nil))
	if asked < 2 || asked > idleLimit {
		t.Errorf("%d requests in %d s, want at most one a second, and some", asked, idleFor)
	}
	t.Logf("%d requests in %d s", asked, idleFor)
}

// fullHouse is a house with jobs that are queued and stay so.
func fullHouse(t *testing.T, n int) *house {
	t.Helper()
	data := serverproc.Folder(t)
	fill(t, data, n)
	h := openHouse(t, data, "--workers=0")
	h.key = h.Key(rig.Owner)
	return h
}

func fill(t *testing.T, data string, n int) {
	t.Helper()
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	store, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(data, "claimcheck.db")})
	if err != nil {
		t.Fatal(err)
	}
	source := job.NewIDSource(time.Now, rand.Reader, 0)
	err = rig.AtOnce(atOnce, n, func(int) error { return store.Submit(context.WithoutCancel(t.Context()), rig.Submission(source.New())) })
	if closeErr := store.Close(); err != nil || closeErr != nil {
		t.Fatalf("store jobs: %v, %v", err, closeErr)
	}
}

// TestWebhooksAreSetUp: made, tested, rotated and removed, against a receiver of
// the test's; the secrets are shown once.
func TestWebhooksAreSetUp(t *testing.T) {
	t.Parallel()
	called := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called <- r.Header.Get("Webhook-Id") }))
	t.Cleanup(receiver.Close)
	at, err := url.Parse(receiver.URL)
	if err != nil {
		t.Fatal(err)
	}
	h := openHouse(t, serverproc.Folder(t), "--fetch-allow-networks=127.0.0.0/8", "--fetch-allow-ports="+at.Port())
	walk[any](t, h.way("webhooks.mjs", map[string]any{"receiver": receiver.URL + "/hook"}, map[string]func(*testing.T) any{
		"called": func(t *testing.T) any {
			t.Helper()
			select {
			case id := <-called:
				return id
			case <-time.After(patience):
				return fmt.Sprintf("not called within %s", patience)
			}
		},
	}))
}
