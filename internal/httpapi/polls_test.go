package httpapi_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/dialect"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

// A teller is a dialect for tests whose clients give up when they are told to slow
// down.
type teller struct{ post }

func (teller) Status(v dialect.View) []byte { return v.Job.ID.AppendText(nil) }

// polling is where it is asked for a job: POST /tell, the id in the body.
func polling() httpapi.Mount {
	return httpapi.Mount{Name: "teller", Prefix: "/tell", Words: teller{}, Routes: []httpapi.Route{
		{Method: "POST", Path: "/tell", Access: httpapi.Later, Handler: func(c *httpapi.Call) error {
			text, err := c.Body(100)
			if err != nil {
				return err
			}
			id, err := job.ParseID(string(text))
			if err != nil {
				return err
			}
			if err := c.AdmitPoll(id); err != nil {
				return err
			}
			snap, err := c.Get(id)
			if err != nil {
				return err
			}
			c.Answer(http.StatusOK, c.Polled(snap))
			return nil
		}},
	}}
}

// TestAPollIsDelayedNotRefused: five clients that ask as fast as they are answered
// are let in at the pace of the limit.
func TestAPollIsDelayedNotRefused(t *testing.T) {
	const limit, clients, asks = 300, 5, 62
	f := newFixture(t, options{workers: 1, dialects: []httpapi.Mount{polling()}, plan: account.Plan{StatusPerMinute: limit}})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	began := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range asks {
				if a := f.do("POST", "/tell", id); a.StatusCode != 200 || string(a.body) != id {
					t.Errorf("%d %s", a.StatusCode, a.body)
				}
			}
		})
	}
	all.Wait()
	if most := limit + limit*time.Since(began).Minutes() + 1; clients*asks > most {
		t.Errorf("%d were let in, at most %.0f may be", clients*asks, most)
	}
	f.wantError(f.do("GET", "/jobs/"+id, ""), 429, "RATE_LIMITED", "") // the plain dialect is as it was
}

// TestAPollThatKeepsItsPaceIsNeverRefused: also where nothing can wait.
func TestAPollThatKeepsItsPaceIsNeverRefused(t *testing.T) {
	f := newFixture(t, options{workers: 1, dialects: []httpapi.Mount{polling()}, plan: account.Plan{StatusPerMinute: 1}, maxHeld: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	bob := "x-api-key: " + f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	his := f.do("POST", "/gate-api", "x", async, bob, "x-run-at: "+strconv.FormatInt(f.now().Add(24*time.Hour).Unix(), 10)).text(t, "job_id")
	_, held := f.readEvents(t.Context(), "/jobs/"+his+"/events", bob) // the one that may wait
	<-held
	const hint = time.Minute // one call in a minute is this plan's
	spend := func() { f.do("GET", "/usage", "") }
	spend()
	poll := func(when string, want int) {
		t.Helper()
		if a := f.do("POST", "/tell", id); a.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", when, a.StatusCode, a.body, want)
		}
	}
	poll("nothing told yet", 200)
	poll("at once again", 503)
	f.advance(hint / 2)
	poll("too early", 503)
	f.advance(hint / 2)
	spend()
	poll("in time", 200)
	poll("at once again", 503)
	f.advance(hint)
	spend()
	for name, c := range map[string]struct{ id, key string }{
		"another owner's": {his, ""}, "unknown": {"00000000-0000-7000-8000-000000000000", ""}, "without a key": {id, "x-api-key: "},
	} {
		a := f.do("POST", "/tell", c.id, c.key)
		if want := map[bool]int{true: 401, false: 503}[c.key != ""]; a.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", name, a.StatusCode, a.body, want)
		}
	}
	f.gate.openAll()
	hers, err := job.ParseID(id)
	f.must(err)
	_, err = f.queue.Await(t.Context(), "ann", hers, view.Finished)
	f.must(err)
	poll("how it ended", 200)
	poll("and once more", 503)
}

// TestADelayedPollNeedsItsScope: a delay is no way around it.
func TestADelayedPollNeedsItsScope(t *testing.T) {
	f := newFixture(t, options{workers: 1, dialects: []httpapi.Mount{polling()}, plan: account.Plan{StatusPerMinute: 120}})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	hands := "x-api-key: " + f.newKey(auth.NewKey{Owner: "ann", Plan: "default", Scopes: []string{account.ScopeSubmit}})
	for range 122 {
		if a := f.do("POST", "/tell", id, hands); a.StatusCode != 403 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
	}
}
