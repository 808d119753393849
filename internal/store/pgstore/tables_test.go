package pgstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"claimcheck/internal/job"
)

// reads fails unless jobs and owners can be read within a moment while do runs.
func (f *fixture) reads(id job.ID, what string, do func(context.Context)) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do(ctx)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
		limited, stop := context.WithTimeout(ctx, 10*time.Second) // the copy would be waited for without an end
		_, err := f.Get(limited, id)
		stop()
		if err != nil {
			f.t.Errorf("%s: a job cannot be read: %v", what, err)
			return
		}
	}
}

// TestTablesAreNoTroubleWhileTheCopyIsAway: who makes or removes one, or changes
// it, waits for no copy while everybody else waits for the table.
func TestTablesAreNoTroubleWhileTheCopyIsAway(t *testing.T) {
	t.Parallel() // it waits
	p := newPair(t)
	f, tidy := p.store(), p.store()
	s := f.submission("ann")
	f.noError(f.submit(s))
	kept := s.Job.ID
	now := f.Now()
	month := func(table string, ahead int) string {
		m := time.Date(now.Year(), now.Month()+time.Month(ahead), 1, 0, 0, 0, 0, time.UTC)
		return fmt.Sprintf("%s_%04d_%02d", table, m.Year(), m.Month())
	}
	exec := func(sql string) { p.primary.Exec(t, "postgres", sql) }
	there := func(name string) string {
		return p.primary.Exec(t, "postgres", "SELECT count(*) FROM pg_tables WHERE tablename = '"+name+"'")
	}
	exec("DROP TABLE claimcheck." + month("jobs", 2))
	exec("CREATE TABLE claimcheck.jobs_1999_01 PARTITION OF claimcheck.jobs FOR VALUES FROM ('00d58510-a000-7000-0000-000000000000') TO ('00d62538-c000-7000-0000-000000000000')")
	attach := p.standby.Detach()
	f.reads(kept, "tables are tidied", func(ctx context.Context) { _ = tidy.Tidy(ctx) })
	if there(month("jobs", 2)) != "1" || there("jobs_1999_01") != "0" {
		t.Error("the partitions are not as they should be")
	}
	attach()
	until(t, 20*time.Second, "it is accepted again", func() bool { return f.submit(f.submission("ann")) == nil })
}

// TestAnUpgradeKeepsNobodyWaitingWhileTheCopyIsAway: a server of the release before
// goes on reading.
func TestAnUpgradeKeepsNobodyWaitingWhileTheCopyIsAway(t *testing.T) {
	t.Parallel() // it waits
	p := newPair(t)
	old := olderAt(t, p.primary.URL("postgres"), 1)
	run(t, old, "SET lock_timeout = 10000")
	p.standby.Detach()
	opened := opening(t, p.primary.URL("postgres"))
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
		run(t, old, "SELECT count(*) FROM claimcheck.jobs, claimcheck.deliveries, claimcheck.ready")
	}
	opened()
}
