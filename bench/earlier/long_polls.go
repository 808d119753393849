package earlier

import (
	"context"
	"fmt"
	"sync"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const (
	changedJobs = 200             // of those that are waited for
	pollsSettle = 1 * time.Second // after the last long poll was sent
)

// longPolls is the time from the request that changes a job to the answer of
// the long poll that waits for it, many others waiting meanwhile.
var longPolls = Row{
	Name: "long polls", text: inMillis, less: true,
	about: func(b *rig.Rig) string {
		return fmt.Sprintf("change to answer of a long poll, %d of them waiting, p50", waiting(b))
	},
	open: func(ctx context.Context, b *build) (measure, error) {
		return b.changes, b.serve(ctx, "--workers=0")
	},
}

func waiting(b *rig.Rig) int { return max(b.Polled/5, changedJobs) }

// changes lets many long polls wait and changes the jobs of some.
func (b *build) changes(ctx context.Context) (_ float64, done int64, err error) {
	ids, err := b.server.SubmitMany(ctx, waiting(b.Rig))
	if err != nil {
		return 0, 0, err
	}
	polls, err := b.server.LongPolls(ctx, ids)
	if err != nil {
		return 0, 0, err
	}
	var answered, givenUp sync.WaitGroup
	for _, p := range polls[:changedJobs] {
		answered.Go(p.Read)
	}
	for _, p := range polls[changedJobs:] {
		givenUp.Go(p.Read)
	}
	time.Sleep(pollsSettle)
	began := make([]time.Time, changedJobs)
	for i, id := range ids[:changedJobs] {
		began[i] = time.Now()
		if err := b.server.Cancel(ctx, id); err != nil {
			return 0, 0, err
		}
	}
	answered.Wait()
	for _, p := range polls[changedJobs:] {
		p.Close()
	}
	givenUp.Wait()
	took := make([]time.Duration, changedJobs)
	for i, p := range polls[:changedJobs] {
		if p.Code == 0 {
			return 0, 0, fmt.Errorf("the long poll of job %s was not answered", ids[i])
		}
		took[i] = p.Answered.Sub(began[i])
	}
	return float64(table.Quantile(took, 0.5)), int64(len(ids)), nil
}
