package client_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

// prefers are the long polls that were asked for.
func (s *script) prefers() []string {
	var list []string
	for _, a := range s.asked {
		list = append(list, a.header.Get("Prefer"))
	}
	return list
}

// after is a step that takes its time, as a long poll does.
func after(d time.Duration, step http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		<-time.After(d)
		step(w, r)
	}
}

// kept is a step of a server that keeps a question for a while.
func kept(d time.Duration, step http.HandlerFunc) http.HandlerFunc {
	return after(d, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Preference-Applied", r.Header.Get("Prefer"))
		step(w, r)
	})
}

func TestQuestionsThatAreLeftWithTheServerFollowOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t,
			kept(20*time.Second, unfinished("queued", 5, `W/"1"`)),
			kept(20*time.Second, unchanged(5)),
			kept(3*time.Second, unfinished("processing", 5, `W/"2"`)),
			kept(0, unchanged(5)), // a server that is about to stop keeps nothing
			kept(time.Second, succeeded),
		)
		if _, err := s.client().Wait(t.Context(), jobID); err != nil {
			t.Fatal(err)
		}
		s.finished()
		if want := []time.Duration{0, 20 * time.Second, 40 * time.Second, 43 * time.Second, 48 * time.Second}; !slices.Equal(s.times(), want) {
			t.Errorf("asked at %v, want %v", s.times(), want)
		}
	})
}

// TestAProxyThatCutsLongPollsMakesThemShorter has one that ends them after 10 seconds,
// once with words of its own, and one that keeps none at all.
func TestAProxyThatCutsLongPollsMakesThemShorter(t *testing.T) {
	for name, cut := range map[string]http.HandlerFunc{"cut off": lose, "504": reply(http.StatusGatewayTimeout, nil)} {
		synctest.Test(t, func(t *testing.T) {
			s := newScript(t,
				after(10*time.Second, cut), kept(5*time.Second, unfinished("queued", 2, `W/"1"`)), kept(time.Second, succeeded))
			if _, err := s.client().Wait(t.Context(), jobID); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			s.finished()
			if want := []string{"wait=20", "wait=5", "wait=5"}; !slices.Equal(s.prefers(), want) {
				t.Errorf("%s: asked for %q, want %q", name, s.prefers(), want)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, after(3*time.Second, lose), unfinished("queued", 2, `W/"1"`), succeeded)
		if _, err := s.client().Wait(t.Context(), jobID); err != nil {
			t.Fatal(err)
		}
		s.finished()
		if want := []string{"wait=20", "", ""}; !slices.Equal(s.prefers(), want) {
			t.Errorf("asked for %q, want %q", s.prefers(), want)
		}
	})
}

func TestAServerWithTooManyThatWaitIsAskedWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := refuse(http.StatusTooManyRequests, "RATE_LIMITED", 5)
		s := newScript(t, full, unfinished("queued", 2, `W/"1"`), full, unchanged(2), unchanged(2), kept(time.Second, succeeded))
		if _, err := s.client().Wait(t.Context(), jobID); err != nil {
			t.Fatal(err)
		}
		s.finished()
		if want := []string{"wait=20", "", "wait=20", "", "", "wait=20"}; !slices.Equal(s.prefers(), want) {
			t.Errorf("asked for %q, want %q", s.prefers(), want)
		}
	})
}

func TestLongPollsEndBeforeTheHTTPClientDoes(t *testing.T) {
	for _, c := range []struct {
		timeout time.Duration
		option  client.Option
		want    string
	}{
		{0, client.WithLongPoll(time.Hour), "wait=25"},
		{0, client.WithLongPoll(0), ""},
		{15 * time.Second, client.WithTries(1), "wait=10"},
		{time.Second, client.WithTries(1), ""},
	} {
		s := newScript(t, succeeded)
		h := &http.Client{Timeout: c.timeout, Transport: s}
		cl, err := client.New("http://claimcheck.test", key, client.WithHTTPClient(h), c.option)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cl.Wait(t.Context(), jobID); err != nil || s.prefers()[0] != c.want {
			t.Errorf("timeout %s: asked for %q, want %q; %v", c.timeout, s.prefers(), c.want, err)
		}
	}
	asked := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Prefer")
		succeeded(w, r)
	}))
	defer srv.Close()
	transport := &http.Transport{ResponseHeaderTimeout: 8 * time.Second}
	defer transport.CloseIdleConnections()
	c, err := client.New(srv.URL, key, client.WithHTTPClient(&http.Client{Timeout: time.Minute, Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Wait(t.Context(), jobID); err != nil {
		t.Fatal(err)
	}
	if got := <-asked; got != "wait=4" {
		t.Errorf("with a transport that waits 8 s: asked for %q, want wait=4", got)
	}
}

func TestRetryAfterMayBeADate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		later := func(w http.ResponseWriter, r *http.Request) { // by the server's clock, which is an hour ahead
			now := time.Now().Add(time.Hour).UTC()
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("Retry-After", now.Add(7*time.Second).Format(http.TimeFormat))
			reply(http.StatusServiceUnavailable, api.Error{Status: "error", Error: "UNAVAILABLE"})(w, r)
		}
		own := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", time.Now().Add(9*time.Second).UTC().Format(http.TimeFormat))
			reply(http.StatusServiceUnavailable, nil)(w, r)
		}
		s := newScript(t, later, own, reply(http.StatusOK, api.Usage{}))
		if _, err := s.client().Usage(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.finished()
		if got := s.times()[1]; got != 7*time.Second {
			t.Errorf("asked again after %s, want 7s", got)
		}
	})
}

// statusEvents are a stream of statuses.
func statusEvents(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		_, _ = io.WriteString(w, text)
	}
}

func statusEvent(id, status string) string {
	return "event: status\nid: " + id + "\ndata: {\"job_id\":\"" + jobID + "\",\ndata: \"status\":\"" + status + "\",\"updated_at\":" + id + "}\n\n"
}

// watch returns the statuses that Watch gives, and its error.
func watch(t *testing.T, c *client.Client) (seen []string, err error) {
	t.Helper()
	for s, e := range c.Watch(t.Context(), jobID) {
		if e != nil {
			return seen, e
		}
		seen = append(seen, s.Status)
	}
	return seen, nil
}

func TestAStreamThatIsCutOffGoesOnAfterItsLastEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t,
			statusEvents("retry: 3000\n"+statusEvent("4", "queued")+"event: status\nid: 5\ndata: {\"job"),
			refuse(http.StatusServiceUnavailable, "UNAVAILABLE", 5),
			statusEvents(": alive\n\n"+statusEvent("6", "processing")),
			lose,
			statusEvents("event: other\ndata: {}\n\n"+statusEvent("7", "success")),
		)
		seen, err := watch(t, s.client())
		if want := []string{"queued", "processing", "success"}; err != nil || !slices.Equal(seen, want) {
			t.Errorf("saw %q, %v", seen, err)
		}
		s.finished()
		var ids []string
		for _, a := range s.asked {
			ids = append(ids, a.header.Get("Last-Event-ID"))
		}
		if want := []string{"", "4", "4", "6", "6"}; !slices.Equal(ids, want) {
			t.Errorf("went on after %q, want %q", ids, want)
		}
		if want := []time.Duration{0, 3 * time.Second, 8 * time.Second, 11 * time.Second, 12 * time.Second}; !slices.Equal(s.times(), want) {
			t.Errorf("asked at %v, want %v", s.times(), want)
		}
	})
}

func TestWhereStreamsDoNotGetThroughThereAreQuestions(t *testing.T) {
	for name, steps := range map[string][]http.HandlerFunc{
		"no such route":         {refuse(http.StatusNotFound, "NOT_FOUND", 0)},
		"too many that wait":    {refuse(http.StatusTooManyRequests, "RATE_LIMITED", 60)},
		"a page":                {page("<h1>Sign in</h1>")},
		"streams of nothing":    {statusEvents(""), statusEvents(":\n")},
		"another form of event": {statusEvents("event: status\ndata: [1]\n\n")},
		"finished and seen":     {reply(http.StatusNoContent, nil)},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newScript(t, append(steps, unfinished("queued", 2, `W/"1"`), kept(time.Second, unfinished("processing", 2, `W/"2"`)), kept(time.Second, succeeded))...)
			seen, err := watch(t, s.client())
			if want := []string{"queued", "processing", "success"}; err != nil || !slices.Equal(seen, want) {
				t.Errorf("%s: saw %q, %v", name, seen, err)
			}
			s.finished()
		})
	}
}

func TestWatchingAJobThatIsGoneIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := refuse(http.StatusNotFound, "JOB_NOT_FOUND", 0)
		s := newScript(t, statusEvents(statusEvent("1", "queued")), gone, gone)
		seen, err := watch(t, s.client())
		wantError(t, err, http.StatusNotFound, "JOB_NOT_FOUND")
		if len(seen) != 1 {
			t.Errorf("saw %q", seen)
		}
		s.finished()
	})
}

func TestWhatMayHaveBeenDoneIsNotDoneAgain(t *testing.T) {
	unknown := reply(http.StatusServiceUnavailable, api.Error{
		Status: "error", Error: "UNAVAILABLE", Details: api.ErrorDetails{Facts: api.Facts{Outcome: "unknown"}}, RetryAfter: 1,
	})
	for name, step := range map[string]http.HandlerFunc{"lost": lose, "a proxy's 502": reply(http.StatusBadGateway, nil), "unknown": unknown} {
		s := newScript(t, step, step, step)
		c := s.client()
		_, retryErr := c.Retry(t.Context(), jobID)
		_, rotateErr := c.Webhooks().Rotate(t.Context(), "wh_1")
		_, testErr := c.Webhooks().Test(t.Context(), "wh_1")
		if err := errors.Join(retryErr, rotateErr, testErr); err == nil {
			t.Errorf("%s: no error", name)
		}
		s.finished()
	}
	synctest.Test(t, func(t *testing.T) { // what was refused was not done
		s := newScript(t, refuse(http.StatusTooManyRequests, "RATE_LIMITED", 3), acceptedAfter(1))
		if _, err := s.client().Retry(t.Context(), jobID); err != nil {
			t.Error(err)
		}
		s.finished()
	})
}

// TestAWebhookIsMadeOnce although the answer is lost: it is asked for again by the same
// key.
func TestAWebhookIsMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		noted := func(next http.HandlerFunc) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				keys = append(keys, r.Header.Get("Idempotency-Key"))
				next(w, r)
			}
		}
		s := newScript(t, noted(lose), noted(reply(http.StatusCreated, api.Webhook{ID: "wh_1"})))
		made, err := s.client().Webhooks().Create(t.Context(), "https://example.org")
		if err != nil || made.ID != "wh_1" {
			t.Errorf("got %+v, %v", made, err)
		}
		s.finished()
		if len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] {
			t.Errorf("asked with the keys %q", keys)
		}
	})
}

func TestChangesWhoseAnswerWasLostAreFoundDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		canceled := reply(http.StatusOK, api.Status{JobID: jobID, Status: "failed", Error: &api.JobError{Code: "CANCELED"}})
		finished := refuse(http.StatusConflict, "JOB_FINISHED", 0)
		s := newScript(t, lose, finished, canceled, lose, refuse(http.StatusNotFound, "JOB_NOT_FOUND", 0))
		c := s.client()
		if is, err := c.Cancel(t.Context(), jobID); err != nil || is.Error.Code != "CANCELED" {
			t.Errorf("cancel: %+v, %v", is, err)
		}
		if err := c.Delete(t.Context(), jobID); err != nil {
			t.Errorf("delete: %v", err)
		}
		s.finished()
		s = newScript(t, lose, finished, succeeded, finished)
		_, err := s.client().Cancel(t.Context(), jobID) // it was over before it was heard
		wantError(t, err, http.StatusConflict, "JOB_FINISHED")
		_, err = s.client().Cancel(t.Context(), jobID)
		wantError(t, err, http.StatusConflict, "JOB_FINISHED")
		s.finished()
	})
}
