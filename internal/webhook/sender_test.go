package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/webhook"
)

func TestTheEndOfAJobIsDeliveredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h, h2 := w.add("ann", "https://in.example/hook"), w.add("ann", "http://two.example:80/hook")
		id := w.fail("ann", "")
		w.after(0)
		calls := w.to("two.example:80")
		if len(calls) != 1 {
			t.Fatalf("%d calls, want 1", len(calls))
		}
		c, e := calls[0], calls[0].event(t)
		if e.Type != "job.failed" || e.Data.Sequence != 1 || e.Data.Job["job_id"] != id.String() || !e.Timestamp.Equal(c.at.Truncate(time.Second)) {
			t.Errorf("got body %s", c.body)
		}
		if c.header.Get("Content-Type") != "application/json" || c.header.Get("User-Agent") != "claimcheck/1.2.3" || c.header.Get("Webhook-Id") != job.DeliveryID(id, h2.ID) {
			t.Errorf("got headers %v", c.header)
		}
		d := w.deliveries(&h2)[0]
		log := webhook.Attempts(d.Log)
		if d.State != job.Delivered || len(log) != 1 || log[0].Status != 200 || log[0].At != c.at.Unix() || w.now(&h2).Succeeded.IsZero() {
			t.Errorf("got delivery %+v, log %s", d, d.Log)
		}
		if d := w.deliveries(&h)[0]; webhook.Attempts(d.Log)[0].Error == "" { // no TLS at the other end
			t.Errorf("log %s, want an error", d.Log)
		}
	})
}

func TestRetriesFollowTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/hook")
		w.answer("in.example", status(http.StatusInternalServerError))
		start := time.Now()
		w.fail("ann", "")
		w.long(100 * time.Hour)
		want := []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
		calls := w.to("in.example")
		if len(calls) != len(want) {
			t.Fatalf("%d calls, want %d", len(calls), len(want))
		}
		at := start
		for i, c := range calls {
			if at = at.Add(want[i]); c.at.Sub(at).Abs() > 10*time.Millisecond { // the store keeps milliseconds
				t.Errorf("attempt %d after %v, want %v", i, c.at.Sub(start), at.Sub(start))
			}
			if c.header.Get("Webhook-Id") != calls[0].header.Get("Webhook-Id") || c.header.Get("Webhook-Timestamp") != fmt.Sprint(c.at.Unix()) || string(c.body) != string(calls[0].body) {
				t.Errorf("attempt %d: %v %s, want the first one's id and body and its own time", i, c.header, c.body)
			}
			at = c.at
		}
		d, is := w.deliveries(&h)[0], w.now(&h)
		if d.State != job.DeliveryFailed || d.Reason == "" || len(webhook.Attempts(d.Log)) != len(want) {
			t.Errorf("got delivery %+v", d)
		}
		if is.Enabled || is.Reason == "" {
			t.Errorf("got webhook %+v, want it disabled with a reason", is)
		}
		w.fail("ann", "")
		w.long(time.Hour)
		if n := len(w.to("in.example")); n != len(want) {
			t.Errorf("a disabled webhook was called")
		}
	})
}

func TestAWebhookThatAnswersSometimesIsNotDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/hook")
		var first atomic.Pointer[string]
		w.answer("in.example", func(rw http.ResponseWriter, r *http.Request) {
			id := r.Header.Get("Webhook-Id")
			if first.CompareAndSwap(nil, &id); *first.Load() == id {
				rw.WriteHeader(http.StatusBadGateway)
			}
		})
		w.fail("ann", "")
		w.long(time.Hour)
		w.fail("ann", "")
		w.long(100 * time.Hour)
		list, is := w.deliveries(&h), w.now(&h)
		if list[0].State != job.Delivered || list[1].State != job.DeliveryFailed || !is.Enabled {
			t.Errorf("got %v, %v, webhook enabled %t", list[0].State, list[1].State, is.Enabled)
		}
	})
}

func TestOnly2xxIsSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for code, want := range map[int]job.DeliveryState{
			200: job.Delivered, 201: job.Delivered, 204: job.Delivered, 299: job.Delivered,
			301: job.DeliveryPending, 302: job.DeliveryPending, 307: job.DeliveryPending, 308: job.DeliveryPending, 304: job.DeliveryPending,
			400: job.DeliveryPending, 404: job.DeliveryPending, 429: job.DeliveryPending, 500: job.DeliveryPending, 503: job.DeliveryPending, 410: job.DeliveryFailed,
		} {
			owner, host := fmt.Sprint("o", code), fmt.Sprint("h", code, ".example")
			h := w.add(owner, "http://"+host+"/")
			w.answer(host, func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Location", "http://elsewhere.example/")
				rw.WriteHeader(code)
			})
			w.fail(owner, "")
			w.after(0)
			if d := w.deliveries(&h)[0]; d.State != want || webhook.Attempts(d.Log)[0].Status != code {
				t.Errorf("%d: got %v, log %s, want %v", code, d.State, d.Log, want)
			}
			if is := w.now(&h); is.Enabled != (code != 410) || (is.Reason == "") != is.Enabled {
				t.Errorf("%d: got enabled %t, reason %q", code, is.Enabled, is.Reason)
			}
		}
		if n := len(w.to("elsewhere.example")); n != 0 {
			t.Errorf("%d redirects were followed", n)
		}
	})
}

func TestAHugeAnswerIsNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		var wrote atomic.Int64
		w.answer("in.example", func(rw http.ResponseWriter, _ *http.Request) {
			for range 1 << 20 {
				n, err := io.WriteString(rw, strings.Repeat("x", 1024))
				if wrote.Add(int64(n)); err != nil {
					return
				}
			}
		})
		w.fail("ann", "")
		w.after(time.Second)
		if d := w.deliveries(&h)[0]; d.State != job.Delivered || wrote.Load() > 256<<10 {
			t.Errorf("got %v, %d bytes were taken", d.State, wrote.Load())
		}
	})
}

func TestAStallIsGivenUpAfter30Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.answer("in.example", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		w.fail("ann", "")
		w.after(31 * time.Second)
		a := webhook.Attempts(w.deliveries(&h)[0].Log)
		if len(a) != 1 || a[0].Error != "timeout" || a[0].DurationMS != 30_000 {
			t.Errorf("got %+v, want a timeout after 30 s", a)
		}
	})
}

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.fail("ann", "")
		w.after(0)
		w.caller.Close() // no connection is left
		w.mu.Lock()
		w.names["in.example"] = "10.0.0.1" // it was public when it was added
		w.mu.Unlock()
		w.fail("ann", "")
		w.after(time.Second)
		d := w.deliveries(&h)[0]
		if a := webhook.Attempts(d.Log); d.State != job.DeliveryPending || len(a) != 1 || a[0].Error != "not_allowed" || strings.Contains(string(d.Log), "10.0") {
			t.Errorf("got %v, log %s", d.State, d.Log)
		}
		if dialed := w.receivers.Dialed(); len(dialed) != 1 {
			t.Errorf("dialed %v, want the public address alone", dialed)
		}
		if _, _, err := w.endpoints.Add(t.Context(), "ann", asked("http://127.0.0.1/", nil), nil); err == nil {
			t.Error("a private address was added")
		}
	})
}

func TestAReceiverHasFourCallsAtOnceAndASlowOneOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("ann", "http://in.example/")
		var now, most atomic.Int64
		w.answer("in.example", func(http.ResponseWriter, *http.Request) {
			most.Store(max(most.Load(), now.Add(1)))
			<-time.After(time.Second)
			now.Add(-1)
		})
		for range 9 {
			w.fail("ann", "")
		}
		w.after(500 * time.Millisecond)
		if most.Load() != 1 {
			t.Errorf("%d calls at once of a receiver that nothing is known of, want 1", most.Load())
		}
		w.after(3 * time.Second)
		if n := len(w.to("in.example")); n != 9 || most.Load() != 4 {
			t.Errorf("%d calls, %d at once, want 9 and 4", n, most.Load())
		}
	})
}

func TestARestartDeliversWhatWasNotRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.stopped()
		w.start(&forgetful{Outbox: w.store}) // it calls, and dies before it can write that down
		h := w.add("ann", "http://in.example/")
		w.fail("ann", "")
		w.after(20 * time.Second)
		w.stopped()
		if n := len(w.to("in.example")); n != 1 {
			t.Fatalf("%d calls, want 1", n)
		}
		w.start(w.store)
		w.after(2 * time.Minute)
		calls := w.to("in.example")
		if len(calls) != 2 || calls[0].header.Get("Webhook-Id") != calls[1].header.Get("Webhook-Id") || string(calls[0].body) != string(calls[1].body) {
			t.Errorf("got %d calls, want a second one like the first", len(calls))
		}
		if d := w.deliveries(&h)[0]; d.State != job.Delivered {
			t.Errorf("got %v", d.State)
		}
	})
}

// forgetful is an outbox in which nothing can be recorded.
type forgetful struct{ protocol.Outbox }

func (forgetful) ChangeDelivery(context.Context, string, func(*job.Delivery, *job.Webhook, time.Time) error) (job.Delivery, error) {
	return job.Delivery{}, errors.New("the process died")
}

func TestShutdownHandsCallsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.answer("in.example", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		w.fail("ann", "")
		w.after(time.Second)
		w.stopped()
		d := w.deliveries(&h)[0]
		if d.State != job.DeliveryPending || d.Attempts != 0 || d.Due.After(time.Now()) {
			t.Errorf("got %+v, want it due and no attempt counted", d)
		}
		w.answer("in.example", nil)
		w.start(w.store)
		w.after(time.Second)
		if d := w.deliveries(&h)[0]; d.State != job.Delivered {
			t.Errorf("after the restart: %v", d.State)
		}
	})
}

func TestEventsAreNumberedForEachWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("ann", "http://in.example/")
		for range 5 {
			w.fail("ann", "")
			w.succeed("ann", `{}`)
		}
		w.after(time.Second)
		var numbers []int64
		for _, c := range w.to("in.example") {
			numbers = append(numbers, c.event(t).Data.Sequence)
		}
		slices.Sort(numbers)
		if !slices.Equal(numbers, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
			t.Errorf("got %v", numbers)
		}
	})
}

func TestALargeResultIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("ann", "http://in.example/")
		w.succeed("ann", `"`+strings.Repeat("a", 19_000)+`"`)
		id := w.succeed("ann", `"`+strings.Repeat("a", 20_000)+`"`)
		w.after(time.Second)
		calls := w.to("in.example")
		if len(calls) != 2 {
			t.Fatalf("%d calls, want one for each job", len(calls))
		}
		for _, c := range calls {
			e := c.event(t)
			large := e.Data.Job["job_id"] == id.String()
			if len(c.body) > 20_000 || (e.Data.Job["result"] == nil) != large || (e.Data.ResultURL == "https://api.example/jobs/"+id.String()+"/result") != large {
				t.Errorf("large %t: got %d bytes, %.200s", large, len(c.body), c.body)
			}
		}
	})
}

func TestADeliveryOfAJobThatIsGoneFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.answer("in.example", status(http.StatusInternalServerError))
		id := w.fail("ann", "")
		w.after(time.Second)
		w.must(w.queue.Delete(t.Context(), "ann", id))
		w.after(time.Minute)
		d := w.deliveries(&h)[0]
		if d.State != job.DeliveryFailed || d.Reason != "The job is gone." || len(w.to("in.example")) != 1 || !w.now(&h).Enabled {
			t.Errorf("got %+v after %d calls", d, len(w.to("in.example")))
		}
	})
}

func TestDeliveriesAreRemovedAfterAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.fail("ann", "")
		w.long(job.DeliveryLife - time.Minute)
		if n := len(w.deliveries(&h)); n != 1 {
			t.Errorf("%d deliveries, want 1", n)
		}
		w.after(2 * time.Minute)
		if n := len(w.deliveries(&h)); n != 0 {
			t.Errorf("%d deliveries after a week", n)
		}
	})
}
