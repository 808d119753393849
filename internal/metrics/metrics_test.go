package metrics_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/metrics"
)

type backlog struct{ err error }

func (b backlog) Backlog(context.Context) ([]account.ToolCount, error) {
	return []account.ToolCount{{Owner: "ann", Tool: "a", Queued: 2, Running: 1}, {Owner: "bob", Tool: "a", Queued: 3}}, b.err
}

func (b backlog) OldestWaiting(context.Context) (time.Duration, error) {
	return 90 * time.Second, b.err
}

func scrape(s *metrics.Set) (int, string) {
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	return rec.Code, rec.Body.String()
}

func TestWhatHappensIsCounted(t *testing.T) {
	s := metrics.New("1.2.3")
	s.Watch(backlog{})
	s.Answered("/jobs/{job_id}", 200, time.Millisecond)
	s.Answered("/jobs/{job_id}", 200, time.Millisecond)
	s.AttemptEnded("a", "success")
	s.Ran("a", time.Second)
	s.Committed(7, time.Millisecond)
	s.CacheAsked(true)
	s.CacheAsked(false)
	s.Swept(3, 4)
	s.FilesMissing(2)
	_, text := scrape(s)
	for _, want := range []string{
		`claimcheck_requests_total{route="/jobs/{job_id}",status="200"} 2`,
		`claimcheck_attempts_total{end="success",tool="a"} 1`,
		`claimcheck_jobs{state="queued",tool="a"} 5`,
		`claimcheck_jobs{state="processing",tool="a"} 1`,
		`claimcheck_queue_age_seconds 90`,
		`claimcheck_run_seconds_count{tool="a"} 1`,
		`claimcheck_store_batch_operations_sum 7`,
		`claimcheck_store_commit_seconds_count 1`,
		`claimcheck_cache_hits_total 1`,
		`claimcheck_cache_misses_total 1`,
		`claimcheck_swept_total{what="rows"} 3`,
		`claimcheck_swept_total{what="orphans"} 4`,
		`claimcheck_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
}

func TestAStoreInTroubleFailsTheScrape(t *testing.T) {
	s := metrics.New("")
	s.Watch(backlog{errors.New("disk on fire")})
	if code, text := scrape(s); code != 500 {
		t.Errorf("got %d %.100s, want 500", code, text)
	}
}
