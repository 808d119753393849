package cluster_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/queue"
)

func quickLease(c *queue.Config) { c.Lease = 3 * time.Second }

// breaks are the ways in which a server loses its database.
var breaks = []struct {
	name       string
	begin, end func(*pgproc.Proxy)
}{
	{"cut off", func(p *pgproc.Proxy) { p.Refuse(true); p.Cut() }, func(p *pgproc.Proxy) { p.Refuse(false) }},
	{"silent", (*pgproc.Proxy).Stall, func(p *pgproc.Proxy) { p.Go(); p.Cut() }},
}

// TestAnAttemptEndsBeforeAnotherServerBeginsTheNext: a worker that does not reach
// the database any more stops by itself.
func TestAnAttemptEndsBeforeAnotherServerBeginsTheNext(t *testing.T) {
	for _, c := range breaks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := pgproc.Database(t)
			line, through := pgproc.NewProxy(t, url)
			a, b := newQueue(t, through, "a", false, quickLease), newQueue(t, url, "b", false, quickLease)
			j := submitTo(t, a)
			first := claimAt(t, a, 10*time.Second)
			ctx, release := a.Bind(context.Background(), first)
			var ended atomic.Pointer[time.Time]
			context.AfterFunc(ctx, func() { now := time.Now(); ended.Store(&now) })
			<-time.After(5 * time.Second)
			if ctx.Err() != nil {
				t.Fatalf("stopped while its lease was renewed: %v", context.Cause(ctx))
			}
			c.begin(line)
			var second queue.Claimed
			var began time.Time
			for until := time.Now().Add(patience); second.Lease.Attempt == 0; {
				began = time.Now()
				got, err := b.Claim(t.Context(), 1)
				if err != nil || began.After(until) {
					t.Fatalf("attempt 2 never began: %v", err)
				}
				if len(got) == 1 {
					second = got[0]
					break
				}
				select {
				case <-b.Wake():
				case <-time.After(20 * time.Millisecond):
				}
			}
			at := ended.Load()
			if !errors.Is(context.Cause(ctx), queue.ErrLeaseLost) || at == nil || !at.Before(began) {
				t.Fatalf("attempt 2 began at %s, attempt 1 ended at %v because of %v", began, at, context.Cause(ctx))
			}
			left := make(chan error, 1)
			go func() {
				_, err := a.Fail(context.Background(), first, context.Cause(ctx))
				release()
				left <- err
			}()
			c.end(line)
			if err := <-left; !fault.Is(err, fault.LeaseLost) {
				t.Errorf("the first one said %v", err)
			}
			if _, err := b.Finish(t.Context(), second, queue.Outcome{Result: []byte(`{}`)}); err != nil {
				t.Fatal(err)
			}
			if is, err := b.Get(t.Context(), "ann", j.ID); err != nil || is.Job.Status != job.Success || is.Job.Attempt != 2 {
				t.Errorf("got %+v, %v", is, err)
			}
		})
	}
}

// TestAnOutcomeOutlivesAnOutageOfTheDatabase that is longer than a lease: it is
// recorded, or the job runs again; nothing stands still.
func TestAnOutcomeOutlivesAnOutageOfTheDatabase(t *testing.T) {
	for _, c := range breaks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			line, through := pgproc.NewProxy(t, pgproc.Database(t))
			q := newQueue(t, through, "a", false, quickLease)
			var jobs []job.Job
			results := make(chan error, 3)
			ends := []func(queue.Claimed) error{
				func(c queue.Claimed) error {
					_, err := q.Finish(context.Background(), c, queue.Outcome{Result: []byte(`{}`)})
					return err
				},
				func(c queue.Claimed) error {
					_, err := q.Fail(context.Background(), c, errors.New("disk on fire"))
					return err
				},
				func(c queue.Claimed) error { return q.Release(context.Background(), c) },
			}
			var claimed []queue.Claimed
			for range ends {
				jobs = append(jobs, submitTo(t, q))
				claimed = append(claimed, claimAt(t, q, 10*time.Second))
			}
			c.begin(line)
			for i, end := range ends {
				go func() { results <- end(claimed[i]) }()
			}
			<-time.After(7 * time.Second)
			c.end(line)
			for range ends {
				select {
				case err := <-results:
					if err != nil && !fault.Is(err, fault.LeaseLost) {
						t.Errorf("an outcome: %v", err)
					}
				case <-time.After(patience):
					t.Fatal("an outcome was never recorded")
				}
			}
			for unfinished := 1; unfinished > 0; {
				unfinished = 0
				for _, j := range jobs {
					is, err := q.Get(t.Context(), "ann", j.ID)
					if err != nil {
						t.Fatal(err)
					}
					if !is.Job.Status.Final() {
						unfinished++
					}
				}
				if unfinished == 0 {
					break
				}
				again := claimAt(t, q, 20*time.Second)
				if again.Job.Losses > 0 {
					t.Errorf("the loss of attempt %d is counted against the job", again.Lease.Attempt-1)
				}
				if _, err := q.Finish(t.Context(), again, queue.Outcome{Result: []byte(`{}`)}); err != nil {
					t.Fatal(err)
				}
			}
			if counts, err := q.Backlog(t.Context()); err != nil || len(counts) > 0 {
				t.Errorf("at the end the store counts %+v, %v", counts, err)
			}
		})
	}
}
