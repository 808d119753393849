package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

// waits begins requests that wait for a job, and returns once one more is
// refused, as refused says.
func (f *fixture) waits(n int, path, key string, refused func() bool) (end func(leave bool)) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for f.waitFor(ctx, path, key) == http.StatusTooManyRequests { // the one more was quicker
			}
		})
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 2500 {
		if refused() {
			return func(leave bool) {
				if leave {
					cancel()
				}
				all.Wait()
				cancel()
			}
		}
		<-tick.C
	}
	cancel()
	f.t.Fatal("nothing is refused however many wait")
	return nil
}

// waitFor makes one such request and notes how it was answered.
func (f *fixture) waitFor(ctx context.Context, path, key string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+path, http.NoBody)
	if err != nil {
		return 0
	}
	r.Header.Set("x-api-key", key)
	r.Header.Set("Prefer", "wait=25")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusTooManyRequests {
		_, _ = fmt.Fprint(&f.logWaits, res.StatusCode, " ")
	}
	return res.StatusCode
}

func TestRequestsThatWaitAreCounted(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxHeld: 2}, maxHeld: 3})
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "default"})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	his := f.do("POST", "/gate-api", "x", async, "x-api-key: "+bob).text(t, "job_id")
	path := "/jobs/" + id
	refused := func() bool {
		return f.do("GET", path, "", "Prefer: wait=1").StatusCode == 429
	}
	end := f.waits(2, path, f.key, refused)
	a := f.do("GET", path+"/result", "", "Prefer: wait=1")
	f.wantError(a, 429, "RATE_LIMITED", "Too many requests are waiting already; ask without waiting, or later.")
	if a.Header.Get("Retry-After") != "5" || a.member(t, "retry_after") != 5.0 || a.Header.Get("Preference-Applied") != "" {
		t.Errorf("when to come again: %v %s", a.Header, a.body)
	}
	if !strings.Contains(string(a.body), `"limit":2`) {
		t.Errorf("the plan's limit is not told: %s", a.body)
	}
	if f.wantError(f.do("GET", path+"?view=full", "", "Prefer: wait=1"), 429, "RATE_LIMITED", ""); t.Failed() {
		end(true)
		t.FailNow()
	}
	f.wantError(f.do("GET", path+"/events", ""), 429, "RATE_LIMITED", "")
	if a := f.do("GET", path, ""); a.StatusCode != 200 {
		t.Errorf("without waiting: %d %s", a.StatusCode, a.body)
	}
	if a := f.do("GET", path, "", "Prefer: wait=20", `If-None-Match: "0"`); a.StatusCode != 200 {
		t.Errorf("with news to tell: %d %s", a.StatusCode, a.body)
	}
	if a := f.do("POST", "/gate-api", "y", "Prefer: respond-async, wait=20"); a.StatusCode != 202 {
		t.Errorf("a submission that would wait: %d %s", a.StatusCode, a.body)
	}
	endHis := f.waits(1, "/jobs/"+his+"/result", bob, func() bool { // the third of all
		return f.do("GET", "/jobs/"+his, "", "Prefer: wait=1", "x-api-key: "+bob).StatusCode == 429
	})
	if a := f.do("GET", "/jobs/"+his, "", "Prefer: wait=1", "x-api-key: "+bob); strings.Contains(string(a.body), `"limit"`) {
		t.Errorf("bob has one of two, and is told a limit of his plan: %s", a.body)
	}
	endHis(true)
	end(true)
	end = f.waits(2, path+"?view=full", f.key, refused)
	end(true)
	if a := f.do("POST", path+"/cancel", ""); a.StatusCode != 200 {
		t.Fatalf("cancel: %d %s", a.StatusCode, a.body)
	}
	for _, path := range []string{path, path + "/result", path + "/events"} { // a finished job is not waited for
		if a := f.do("GET", path, "", "Prefer: wait=20"); a.StatusCode == 429 {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	end = f.waits(2, "/jobs/"+his, bob, func() bool {
		return f.do("GET", "/jobs/"+his, "", "Prefer: wait=1", "x-api-key: "+bob).StatusCode == 429
	})
	f.do("POST", "/jobs/"+his+"/cancel", "", "x-api-key: "+bob)
	end(false)
	if got := f.logWaits.String(); got != "200 200 " {
		t.Errorf("the two that waited to the end were answered %q", got)
	}
}
