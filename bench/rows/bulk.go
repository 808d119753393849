package rows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"claimcheck/api"
	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// bulkJobs is how many waiting jobs one call of POST /bulk cancels.
const bulkJobs = 100_000

// bulkCancel measures how long that takes on the embedded store, and how long one
// status takes meanwhile, over how long it takes without.
func bulkCancel(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	s, err := b.ServeNew(ctx, tinyCache, noWorkers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return canceledAtOnce(ctx, b, s, "")
}

// sharedBulkCancel is the same on PostgreSQL.
func sharedBulkCancel(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	return onFresh(ctx, b, "api", func(s *rig.Server, _ string) ([]table.Line, error) {
		return canceledAtOnce(ctx, b, s, "PostgreSQL: ")
	})
}

func canceledAtOnce(ctx context.Context, b *rig.Rig, s *rig.Server, where string) ([]table.Line, error) {
	const most, mostRatio = 20 * time.Second, 3
	list, err := s.SubmitMany(ctx, bulkJobs)
	if err != nil {
		return nil, err
	}
	ids := []byte(strings.Join(list, ""))
	alone, err := statuses(ctx, s, ids, b.Round)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	counted, err := rig.Ask(ctx, s.Client, http.MethodPost, s.URL+"/bulk", s.Key, []byte(`{"action":"cancel","filter":{"status":["queued"]}}`))
	if err != nil {
		return nil, fmt.Errorf("begin the bulk: %w", err)
	}
	matching := time.Since(began)
	var bulk api.BulkBegun
	if err := json.Unmarshal(counted.Body, &bulk); err != nil || bulk.Matched != bulkJobs {
		return nil, fmt.Errorf("the bulk is %s", counted.Body)
	}
	var beside []time.Duration
	var is api.Bulk
	for is.Status != "done" {
		some, err := statuses(ctx, s, ids, time.Second)
		if err != nil {
			return nil, err
		}
		beside = append(beside, some...)
		a, err := s.Get(ctx, "/bulk/"+bulk.BulkID)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(a.Body, &is); err != nil || is.Status == "ended" || is.SkippedCount > 0 {
			return nil, fmt.Errorf("the bulk is %s", a.Body)
		}
	}
	took := time.Since(began)
	one, two := table.Quantile(alone, 0.99), table.Quantile(beside, 0.99)
	ratio := float64(two) / float64(one)
	l := table.Line{What: fmt.Sprintf("%s%d waiting jobs canceled by one call", where, bulkJobs), Ours: table.Millis(took), Result: table.Millis(took)}
	p99 := table.Line{What: "… p99 of a status meanwhile, over that alone", Ours: table.Millis(two), Other: table.Millis(one), Result: fmt.Sprintf("%.2f", ratio)}
	return []table.Line{
		l.Judged(took <= most, "≤ 20 s"), p99.Judged(ratio <= mostRatio, fmt.Sprintf("≤ %d", mostRatio)),
		{What: "… until they were counted", Ours: table.Millis(matching), Result: table.Millis(matching)},
	}, nil
}
