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
	s.Answered("/jobs/{job_id}", 200, time.Millisecond, "")
	s.Answered("/jobs/{job_id}", 200, time.Millisecond, "")
	s.AttemptEnded("a", "success")
	s.Ran("a", time.Second, "")
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

// TestAStoreInTroubleLeavesTheRest: what is known without the store is told
// when it is needed most, what the store did not say is left out, and nobody
// reads in the answer where it is.
func TestAStoreInTroubleLeavesTheRest(t *testing.T) {
	trouble := errors.New("dial tcp 10.0.0.9:5432: connection refused")
	for name, c := range map[string]struct {
		err        error
		has, hasnt []string
	}{
		"well": {nil, []string{
			"claimcheck_store_answers 1\n", `claimcheck_jobs{state="queued",tool="a"} 5`, "claimcheck_queue_age_seconds 90\n",
			`claimcheck_database_dead_rows{table="all"} 7`, "claimcheck_database_oldest_transaction_seconds 60\n", `claimcheck_database_connections{state="busy"} 16`,
		}, nil},
		"in trouble": {trouble, []string{
			"claimcheck_store_answers 0\n", `claimcheck_requests_total{route="/jobs",status="503"} 1`, "claimcheck_leader 1\n", "go_goroutines",
			`claimcheck_database_connections{state="busy"} 16`, "claimcheck_database_connection_waits_total 3\n",
		}, []string{"claimcheck_jobs{", "claimcheck_queue_age_seconds ", "claimcheck_database_dead_rows{", "claimcheck_database_oldest_transaction_seconds ", "10.0.0.9"}},
	} {
		s := metrics.New("")
		s.Answered("/jobs", 503, time.Millisecond, "")
		s.Watch(backlog{c.err})
		s.WatchDatabase(func(context.Context) (metrics.Database, error) {
			return metrics.Database{Busy: 16, Waits: 3, Leads: true, DeadRows: 7, OldestTransaction: time.Minute}, c.err
		})
		code, text := scrape(s)
		if code != 200 {
			t.Errorf("%s: got %d %.300s", name, code, text)
		}
		for _, line := range c.has {
			if !strings.Contains(text, line) {
				t.Errorf("%s: no line %s", name, line)
			}
		}
		for _, line := range c.hasnt {
			if strings.Contains(text, line) {
				t.Errorf("%s: there is %s", name, line)
			}
		}
	}
}

// TestWhatIsAskedAtEachScrape: what cannot be known is left out.
func TestWhatIsAskedAtEachScrape(t *testing.T) {
	for name, err := range map[string]error{"well": nil, "in trouble": errors.New("no disk")} {
		s := metrics.New("")
		s.WatchReady(func(context.Context) error { return err })
		s.WatchBreakers(func() map[string]metrics.Breaker {
			return map[string]metrics.Breaker{"a": {Open: true, Owners: 2}, "b": {}}
		})
		s.WatchRates(func() map[string]int64 { return map[string]int64{"a": 3} })
		s.WatchDisk(map[string]func() (uint64, uint64, error){"data": func() (free, size uint64, _ error) { return 7, 100, err }})
		s.WebhookTold("failed")
		s.WebhooksRecovered(4)
		s.WebhookPaced()
		_, text := scrape(s)
		has := map[string]bool{
			"claimcheck_ready 1\n": err == nil, "claimcheck_ready 0\n": err != nil,
			`claimcheck_disk_free_bytes{folder="data"} 7`: err == nil, `claimcheck_disk_size_bytes{folder="data"} 100`: err == nil,
			`claimcheck_breaker_open{tool="a"} 1`: true, `claimcheck_breaker_owners{tool="a"} 2`: true, `claimcheck_breaker_open{tool="b"} 0`: true,
			`claimcheck_webhook_attempts_total{end="failed"} 1`: true, `claimcheck_webhook_attempts_total{end="delivered"} 0`: true,
			"claimcheck_webhook_recovered_total 4\n": true, "claimcheck_webhook_paced_total 1\n": true,
			`claimcheck_swept_total{what="rows"} 0`: true, `claimcheck_tool_rate_waiting{tool="a"} 3`: true,
		}
		for line, want := range has {
			if strings.Contains(text, line) != want {
				t.Errorf("%s: there is %s: %t, want %t", name, line, !want, want)
			}
		}
	}
}
