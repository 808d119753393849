package rows

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const (
	pollsSettle  = 2 * time.Second // after the last request was sent
	pollsChanged = 300             // jobs that are changed while polls wait for them
)

// longPolls has many status requests wait at once: what each occupies, how soon
// the change of a job is told, and whether any is forgotten.
func longPolls(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	s, err := b.ServeNew(ctx, "--workers=0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	ids, err := s.SubmitMany(ctx, b.Polled)
	if err != nil {
		return nil, err
	}
	before, err := s.Memory("VmRSS")
	if err != nil {
		return nil, err
	}
	polls, err := s.LongPolls(ctx, ids)
	if err != nil {
		return nil, err
	}
	var answers sync.WaitGroup
	for _, p := range polls {
		answers.Go(p.Read)
	}
	time.Sleep(pollsSettle)
	after, err := s.Memory("VmRSS")
	if err != nil {
		return nil, err
	}
	took, err := cancelSome(ctx, s, ids, polls)
	if err != nil {
		return nil, err
	}
	answers.Wait() // the rest ends with its time
	forgotten := 0
	for _, p := range polls {
		if p.Code != http.StatusOK {
			forgotten++
		}
	}
	each := (after - before) / int64(len(polls))
	return []table.Line{
		table.Line{What: fmt.Sprintf("%d long polls, memory of each", len(polls)), Ours: fmt.Sprintf("%.1f KB", float64(each)/1000), Result: fmt.Sprintf("%.1f KB", float64(each)/1000)}.
			Judged(each <= 20_000, "≤ 20 KB"),
		table.Line{What: "long polls, change to answer, p99", Ours: table.Millis(table.Quantile(took, 0.99)), Result: table.Millis(table.Quantile(took, 0.99)), Spread: "p50 " + table.Millis(table.Quantile(took, 0.5))}.
			Judged(table.Quantile(took, 0.99) <= 100*time.Millisecond, "≤ 100ms"),
		table.Line{What: "long polls without an answer", Ours: fmt.Sprint(forgotten), Result: fmt.Sprint(forgotten)}.Judged(forgotten == 0, "0"),
	}, nil
}

// cancelSome changes jobs one after the other and returns how long after the
// request for it each long poll was answered.
func cancelSome(ctx context.Context, s *rig.Server, ids []string, polls []*rig.LongPoll) ([]time.Duration, error) {
	began := map[int]time.Time{}
	for i := 0; i < len(ids) && len(began) < pollsChanged; i += max(len(ids)/pollsChanged, 1) {
		began[i] = time.Now()
		if err := s.Cancel(ctx, ids[i]); err != nil {
			return nil, err
		}
	}
	time.Sleep(pollsSettle)
	var took []time.Duration
	for i, at := range began {
		if polls[i].Answered.IsZero() {
			return nil, fmt.Errorf("the poll of job %s was not answered %s after its change", ids[i], pollsSettle)
		}
		took = append(took, polls[i].Answered.Sub(at))
	}
	return took, nil
}
