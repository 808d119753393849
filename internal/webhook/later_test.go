package webhook_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/webhook"
)

// busy answers with a status and a wish to be left alone, once; then it accepts.
func busy(code int, header func(http.Header)) http.HandlerFunc {
	first := true
	return func(rw http.ResponseWriter, _ *http.Request) {
		if first {
			first = false
			header(rw.Header())
			rw.WriteHeader(code)
		}
	}
}

func TestAReceiverThatAsksForItIsLeftAlone(t *testing.T) {
	seconds := func(s string) func(http.Header) { return func(h http.Header) { h.Set("Retry-After", s) } }
	for name, c := range map[string]struct {
		code   int
		header func(http.Header)
		want   time.Duration
	}{
		"seconds":                  {429, seconds("60"), time.Minute},
		"unavailable":              {503, seconds("60"), time.Minute},
		"any failure":              {500, seconds("60"), time.Minute},
		"less than the schedule":   {429, seconds("1"), 5 * time.Second},
		"nothing that can be read": {429, seconds("soon"), 5 * time.Second},
		"a day at most":            {429, seconds("864000"), 24 * time.Hour},
		"more than 31 bits":        {429, seconds("4294967296"), 24 * time.Hour},
		"a date": {503, func(h http.Header) {
			h.Set("Retry-After", time.Now().Add(90*time.Second).UTC().Format(http.TimeFormat))
		}, 90 * time.Second},
		"a date without one beside": {503, func(h http.Header) {
			h.Set("Retry-After", time.Now().Add(90*time.Second).UTC().Format(http.TimeFormat))
			h["Date"] = nil
		}, 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				h := w.add("ann", "http://in.example/")
				w.answer("in.example", busy(c.code, c.header))
				w.fail("ann", "")
				w.long(c.want + time.Minute)
				calls := w.to("in.example")
				if len(calls) != 2 {
					t.Fatalf("%d calls, want 2", len(calls))
				}
				if after := calls[1].at.Sub(calls[0].at); after < c.want || after > c.want+time.Second {
					t.Errorf("called again after %v, want %v", after, c.want)
				}
				if d := w.deliveries(&h)[0]; d.State != job.Delivered || len(webhook.Attempts(d.Log)) != 2 {
					t.Errorf("got %+v", d)
				}
			})
		})
	}
}

// TestAllThatGoesToAReceiverWaits: also what comes later, and after a restart;
// others do not.
func TestAllThatGoesToAReceiverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		_, err := w.endpoints.Own(t.Context(), "ann")
		w.must(err)
		w.answer("in.example", busy(429, func(h http.Header) { h.Set("Retry-After", "600") }))
		began := time.Now()
		w.fail("ann", "http://in.example/a")
		w.after(time.Second)
		for range 5 {
			w.fail("ann", "http://in.example/b")
			w.fail("ann", "http://other.example/")
		}
		w.after(time.Minute)
		w.stopped()
		w.start(w.store)
		w.fail("ann", "http://in.example/c")
		w.after(8 * time.Minute)
		if n := len(w.to("in.example")); n != 1 {
			t.Errorf("%d calls of a receiver that asked to be left alone for ten minutes, want 1", n)
		}
		if n := len(w.to("other.example")); n != 5 {
			t.Errorf("%d calls of another receiver, want 5", n)
		}
		w.after(2 * time.Minute)
		calls := w.to("in.example")
		if len(calls) != 8 {
			t.Fatalf("%d calls in the end, want 8", len(calls))
		}
		if early := calls[1].at.Sub(began); early < 10*time.Minute {
			t.Errorf("called again after %v, want ten minutes", early)
		}
	})
}

// TestBeingLeftAloneEndsWithTheDelivery: a receiver that asks for a day each
// time has fewer calls than the schedule, and its delivery an end.
func TestBeingLeftAloneEndsWithTheDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.answer("in.example", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "86400")
			rw.WriteHeader(http.StatusTooManyRequests)
		})
		w.fail("ann", "")
		w.long(job.DeliveryLife - time.Hour)
		d := w.deliveries(&h)[0]
		if n := len(w.to("in.example")); n != 7 || d.State != job.DeliveryFailed || d.Reason == "" {
			t.Errorf("%d calls, %v, %q, want 7 and the end", n, d.State, d.Reason)
		}
	})
}
