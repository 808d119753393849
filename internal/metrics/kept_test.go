package metrics_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/metrics"
)

// slowBacklog counts how often it was asked.
type slowBacklog struct{ asked atomic.Int64 }

func (b *slowBacklog) Backlog(context.Context) ([]account.ToolCount, error) {
	b.asked.Add(1)
	time.Sleep(100 * time.Millisecond) //nolint:forbidigo // of a bubble
	return nil, nil
}

func (b *slowBacklog) OldestWaiting(context.Context) (time.Duration, error) { return 0, nil }

func TestTheStoreIsAskedOnceASecondHoweverManyScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b slowBacklog
		set := metrics.New("test")
		set.Watch(&b)
		h := set.Handler()
		for round := int64(1); round <= 3; round++ {
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					w := httptest.NewRecorder()
					h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
					if w.Code != http.StatusOK || w.Body.Len() == 0 {
						t.Errorf("got %d", w.Code)
					}
				})
			}
			all.Wait()
			if got := b.asked.Load(); got != round {
				t.Errorf("asked %d times in round %d", got, round)
			}
			time.Sleep(time.Second) //nolint:forbidigo // of a bubble
		}
	})
}

// silentBacklog never answers.
type silentBacklog struct{}

func (silentBacklog) Backlog(ctx context.Context) ([]account.ToolCount, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (silentBacklog) OldestWaiting(context.Context) (time.Duration, error) { return 0, nil }

func TestASilentStoreIsWaitedForForASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := metrics.New("test")
		set.Watch(silentBacklog{})
		set.WatchDatabase(func(ctx context.Context) (metrics.Database, error) {
			<-ctx.Done()
			return metrics.Database{}, ctx.Err()
		})
		began := time.Now()
		w := httptest.NewRecorder()
		set.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		if took := time.Since(began); took > time.Second || w.Code != http.StatusOK {
			t.Errorf("got %d after %s", w.Code, took)
		}
	})
}
