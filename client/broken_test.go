package client_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

func TestAFinishedStatusHasNothingOfTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, unfinished("queued", 2, "a"), succeeded)
		got, err := s.client().Wait(t.Context(), jobID)
		if err != nil || got.Status != "success" || got.Message != "" || got.RetryAfter != 0 {
			t.Errorf("got %+v, %v; want neither message nor retry_after", got, err)
		}
		s = newScript(t,
			reply(http.StatusOK, api.Bulk{Status: "processing", RetryAfter: 2}),
			page(`{"bulk_id":"b","status":"done"}`))
		bulk, err := s.client().WaitBulk(t.Context(), "b")
		if err != nil || bulk.Status != "done" || bulk.RetryAfter != 0 {
			t.Errorf("got %+v, %v; want no retry_after", bulk, err)
		}
	})
}

// proxy answers as what stands between client and server does.
func proxy(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
		if _, err := io.WriteString(w, "<html>Back soon.</html>"); err != nil {
			panic(err)
		}
	}
}

func TestAProxyThatSaysWhenIsObeyed(t *testing.T) {
	for _, status := range []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		synctest.Test(t, func(t *testing.T) {
			s := newScript(t, proxy(status, "7"), proxy(status, ""), unfinished("queued", 2, "a"))
			if _, err := s.client().Get(t.Context(), jobID); err != nil {
				t.Fatal(err)
			}
			if want := []time.Duration{0, 7 * time.Second, 9 * time.Second}; !slices.Equal(s.times(), want) {
				t.Errorf("status %d: asked at %v, want %v", status, s.times(), want)
			}
		})
	}
}

func TestRetryAfterThatIsAbsurd(t *testing.T) {
	for _, long := range []string{"3600", "4294967296", "99999999999999999999999"} {
		s := newScript(t, proxy(http.StatusServiceUnavailable, long))
		_, err := s.client().Get(t.Context(), jobID)
		if e := errorIn(t, err); e.RetryAfter < time.Hour {
			t.Errorf("Retry-After %s: %s", long, e.RetryAfter)
		}
	}
	for _, none := range []string{"-5", "1.5", "soon", "\u00b2", "Sat, 99 Foo 2000 00:00:00 GMT"} {
		synctest.Test(t, func(t *testing.T) {
			s := newScript(t, proxy(http.StatusTooManyRequests, none), unfinished("queued", 2, "a"))
			if _, err := s.client().Get(t.Context(), jobID); err != nil {
				t.Fatal(err)
			}
			if got := s.times()[1]; got != 5*time.Second {
				t.Errorf("Retry-After %s: paused for %s, want 5s", none, got)
			}
		})
	}
}

func TestAnAnswerThatBreaksOffUnnoticedIsALostOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := func(w http.ResponseWriter, _ *http.Request) { // as with HTTP/1.0, where the end of the connection is that of the answer
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusAccepted)
			if _, err := io.WriteString(w, `{"status":"accepted","job_`); err != nil {
				panic(err)
			}
		}
		s := newScript(t, cut, acceptedAfter(1))
		got, err := s.client().Submit(t.Context(), "json-minify", strings.NewReader("[]"), client.Options{})
		if err != nil || got.JobID != jobID {
			t.Fatalf("got %+v, %v", got, err)
		}
		if one, two := s.asked[0].header.Get("Idempotency-Key"), s.asked[1].header.Get("Idempotency-Key"); one == "" || one != two {
			t.Errorf("sent with keys %q and %q, want one", one, two)
		}
		s = newScript(t, cut)
		_, err = s.client().Retry(t.Context(), jobID)
		if err == nil || !strings.Contains(err.Error(), "breaks off after 26 bytes") {
			t.Errorf("retry: %v, want that the answer broke off", err)
		}
		s.finished()
	})
}
