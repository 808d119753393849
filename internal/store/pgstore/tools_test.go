package pgstore_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/protocol"
)

// TestLimitsOfToolsAreAskedInOneOrder: two servers begin jobs of two tools with
// limits, each in its own order. They wait for each other, and not for the
// database to find them locked together, which takes it a second.
func TestLimitsOfToolsAreAskedInOneOrder(t *testing.T) {
	url := pgproc.Database(t)
	servers := []*fixture{newFixture(t, pgstore.Options{URL: url}), newFixture(t, pgstore.Options{URL: url})}
	const rounds = 200
	begin := func(f *fixture, ids ...job.ID) {
		var changes []*protocol.Change
		for _, id := range ids {
			changes = append(changes, &protocol.Change{ID: id, Decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
				if _, err := l.Reserve(j.Tool, 1000); err != nil {
					return err
				}
				j.Status, j.Attempt, j.Version = job.Processing, 1, 2
				j.Ready.Lease = job.Lease{ID: j.ID, Worker: "w", Attempt: 1, Until: l.Now().Add(time.Minute)}
				return nil
			}})
		}
		if err := f.Change(t.Context(), changes); err != nil {
			t.Error(err)
		}
	}
	jobs := make([][rounds][]job.ID, len(servers))
	for n, f := range servers {
		for i := range rounds {
			for k := range 2 {
				s := f.submission([]string{"ann", "bob"}[n])
				s.Job.Tool = []string{"a", "b"}[(n+k)%2]
				f.noError(f.submit(s))
				jobs[n][i] = append(jobs[n][i], s.Job.ID)
			}
		}
	}
	before := strings.Count(pgproc.Shared(t).Log(), "deadlock detected")
	began := time.Now()
	var both sync.WaitGroup
	for n, f := range servers {
		both.Go(func() {
			for _, ids := range jobs[n] {
				begin(f, ids...)
			}
		})
	}
	both.Wait()
	t.Logf("%d transactions in %s", 2*rounds, time.Since(began))
	if n := strings.Count(pgproc.Shared(t).Log(), "deadlock detected") - before; n > 2 { // before they knew of the limits
		t.Errorf("%d times they were locked together", n)
	}
}
