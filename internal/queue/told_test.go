package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
)

// A listener writes down what a queue tells of accepted work.
type listener struct {
	queue.Observer

	mu   sync.Mutex // guards the field below
	told []string
}

func (l *listener) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, fmt.Sprintf(format, args...))
}

func (l *listener) Accepted(tool, owner string) { l.note("accepted %s of %s", tool, owner) }
func (l *listener) Began(tool string, waited time.Duration) {
	l.note("began %s after %s", tool, waited)
}

func (l *listener) Ended(tool, code string, ran time.Duration) {
	l.note("ended %s %q after %s", tool, code, ran)
}
func (*listener) AttemptEnded(string, string) {}
func (*listener) TargetPaused(string)         {}
func (*listener) NoWorker(string, int64)      {}
func (*listener) CacheAsked(bool)             {}

// heard returns what was told since the last time.
func (l *listener) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := l.told
	l.told = nil
	return told
}

// listening is a bench whose queue tells a listener.
func listening(t *testing.T) (*bench, *listener) {
	t.Helper()
	b, l := newBench(t), &listener{}
	b.observer = l
	b.q = b.restart()
	return b, l
}

func (l *listener) want(t *testing.T, what string, want ...string) {
	t.Helper()
	if got := l.heard(); !slices.Equal(got, want) {
		t.Errorf("%s: heard %q, want %q", what, got, want)
	}
}

func TestEachPartOfAJobsLifeIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := listening(t)
		later := func(d time.Duration) { <-time.After(d) }

		b.submit("ann")
		later(3 * time.Second)
		c := b.claim()
		later(2 * time.Second)
		c.Ran = time.Second
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Fatal(err)
		}
		l.want(t, "success", "accepted json-formatter of ann", "began json-formatter after 3s", `ended json-formatter "" after 1s`)

		b.submit("bob")
		if _, err := b.q.Fail(t.Context(), b.claim(), errors.New("disk on fire")); err != nil {
			t.Fatal(err)
		}
		defer b.run(b.q)()
		later(5 * time.Second)
		c = b.claim()
		later(4 * time.Second)
		if _, err := b.q.Fail(t.Context(), c, fault.New(fault.Invalid, "INVALID_JSON", "no")); err != nil {
			t.Fatal(err)
		}
		l.want(t, "failure after another", "accepted json-formatter of bob", "began json-formatter after 0s", `ended json-formatter "INVALID_JSON" after 4s`)

		j := b.submit("ann")
		if _, err := b.q.Cancel(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		l.want(t, "canceled while it waits", "accepted json-formatter of ann", `ended json-formatter "CANCELED" after 0s`)

		j = b.submit("ann")
		if err := b.q.Delete(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		l.want(t, "deleted while it waits", "accepted json-formatter of ann")

		s := b.spec("ann")
		adopted, _, err := b.q.Adopt(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		if err := b.q.Release(t.Context(), adopted); err != nil {
			t.Fatal(err)
		}
		if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
			t.Fatal(err)
		}
		l.want(t, "a call that became a job and was handed back", "accepted json-formatter of ann", `ended json-formatter "" after 0s`)
	})
}

func TestSynchronousCallsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := listening(t)
		call := queue.Call{Owner: "ann", Plan: b.plans["default"], Tool: "x", Code: "INVALID_JSON", Ran: time.Second, Idempotency: &protocol.Idempotency{
			Key: "k", Status: 400, Body: []byte("{}"), Expires: time.Now().Add(time.Hour),
		}}
		for range 2 {
			if _, err := b.q.Record(t.Context(), call); err != nil {
				t.Fatal(err)
			}
		}
		l.want(t, "twice the same call", "accepted x of ann", `ended x "INVALID_JSON" after 1s`)
	})
}

// TestAJobClaimedAheadBeginsWithItsAttempt, and once, although it was handed back.
func TestAJobClaimedAheadBeginsWithItsAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := listening(t)
		b.submit("ann")
		for range 2 {
			<-time.After(time.Second)
			got, err := b.q.ClaimAhead(t.Context(), 1)
			if err != nil || len(got) != 1 {
				t.Fatal(len(got), err)
			}
			if err := b.q.HandBack(t.Context(), got[0]); err != nil {
				t.Fatal(err)
			}
		}
		got, err := b.q.ClaimAhead(t.Context(), 1)
		if err != nil || len(got) != 1 {
			t.Fatal(len(got), err)
		}
		<-time.After(time.Second)
		_, release := b.q.Bind(t.Context(), got[0])
		defer release()
		l.want(t, "claimed three times", "accepted json-formatter of ann", "began json-formatter after 3s")
	})
}

// TestAnEndWhoseAnswerWasLostIsToldOnce: to the observer, however often a worker asks.
func TestAnEndWhoseAnswerWasLostIsToldOnce(t *testing.T) {
	for _, patient := range []bool{true, false} {
		t.Run(fmt.Sprintf("patient %t", patient), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, l := listening(t)
				s := b.behind(false)
				b.submit("ann")
				c := b.claim()
				c.Ran = time.Second
				l.heard()
				s.Deaf.Store(true)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if patient {
					ctx = t.Context()
				}
				ended := make(chan error, 1)
				go func() {
					_, err := b.q.Finish(ctx, c, success())
					ended <- err
				}()
				<-time.After(2 * time.Second)
				s.Away.Store(false)
				if err := <-ended; (err == nil) != patient {
					t.Fatal(err)
				}
				for range 3 {
					again, ok := b.q.InDoubt(t.Context(), c.Job.ID, c.Lease.Attempt)
					if ok == patient {
						t.Fatalf("in doubt: %t", ok)
					}
					if ok {
						again.Ran = time.Second
						if _, err := b.q.Finish(t.Context(), again, success()); err != nil {
							t.Fatal(err)
						}
					}
				}
				if is := b.get("ann", c.Job.ID); is.Status != job.Success {
					t.Errorf("the job is %s", is.Status)
				}
				l.want(t, "a success whose answer was lost", `ended json-formatter "" after 1s`)
			})
		})
	}
}

// TestALostJobIsToldWithoutARun: nobody knows how long it ran.
func TestALostJobIsToldWithoutARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := listening(t)
		b.submit("ann")
		for range 4 {
			b.q = b.restart()
			stop := b.run(b.q)
			<-time.After(2 * time.Minute)
			stop()
			b.claim()
		}
		b.q = b.restart()
		told := l.heard()
		if got := told[len(told)-1]; got != `ended json-formatter "WORKER_LOST" after 0s` || len(told) != 3 {
			t.Errorf("heard %q", told)
		}
	})
}
