package rows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"claimcheck/api"
	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// listed is how many jobs of one owner the lists look through.
const listed = 200_000

// filters are lists that find nothing, and look for it.
func filters() []string {
	return []string{
		"metadata.none=x", "metadata.customer=none", "status=failed", "created_after=" + strconv.FormatInt(time.Now().Unix()-1, 10) + "&tool=none",
	}
}

// listsBesideStatus measures how long one status takes, one after the other,
// while four lists of one owner's many jobs are read, over how long it takes
// without; and how long one page of such a list takes.
func listsBesideStatus(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	const most = 3
	full, err := b.StoredJobs(ctx, listed)
	if err != nil {
		return nil, err
	}
	ids, err := os.ReadFile(full.IDFile)
	if err != nil {
		return nil, fmt.Errorf("read ids: %w", err)
	}
	s, err := b.Serve(ctx, full.Data, tinyCache, noWorkers) // statuses are read from the store, as lists are
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	var ratios, pages []float64
	var alone, beside []time.Duration
	for range b.Rounds {
		one, err := statuses(ctx, s, ids, b.Round)
		if err != nil {
			return nil, err
		}
		two, took, err := statusesBesideLists(ctx, s, ids, b.Round)
		if err != nil {
			return nil, err
		}
		alone, beside = append(alone, table.Quantile(one, 0.99)), append(beside, table.Quantile(two, 0.99))
		ratios = append(ratios, float64(table.Quantile(two, 0.99))/float64(table.Quantile(one, 0.99)))
		pages = append(pages, float64(slices.Max(took)))
	}
	l := table.Line{
		What: fmt.Sprintf("p99 of a status beside four lists that look through %d jobs, over that alone", listed),
		Ours: table.Millis(table.Quantile(beside, 0.5)), Other: table.Millis(table.Quantile(alone, 0.5)), Result: fmt.Sprintf("%.2f", table.Median(ratios)),
		Spread: fmt.Sprintf("%.2f to %.2f", slices.Min(ratios), slices.Max(ratios)),
	}
	page := time.Duration(table.Median(pages))
	return []table.Line{
		l.Judged(table.Median(ratios) <= most, fmt.Sprintf("≤ %d", most)),
		{What: "… the slowest page of such a list", Ours: table.Millis(page), Result: table.Millis(page)},
	}, nil
}

// statuses asks for statuses, one after the other, for a time.
func statuses(ctx context.Context, s *rig.Server, ids []byte, d time.Duration) (took []time.Duration, err error) {
	n := len(ids) / rig.IDTextBytes
	for i, end := 0, time.Now().Add(d); time.Now().Before(end); i++ {
		began := time.Now()
		at := i * 7919 % n * rig.IDTextBytes // a prime: all over the place
		if _, err := s.Get(ctx, "/jobs/"+string(ids[at:at+rig.IDTextBytes])); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// statusesBesideLists does so while four lists go on, page after page, and
// returns how long those took as well.
func statusesBesideLists(ctx context.Context, s *rig.Server, ids []byte, d time.Duration) (took, pages []time.Duration, err error) {
	listing, stop := context.WithCancel(ctx)
	var lists sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, filter := range filters() {
		lists.Go(func() {
			all, err := listOn(listing, s, filter)
			mu.Lock()
			defer mu.Unlock()
			pages = append(pages, all...)
			if listing.Err() == nil {
				failed = errors.Join(failed, err)
			}
		})
	}
	took, err = statuses(ctx, s, ids, d)
	stop()
	lists.Wait()
	return took, pages, errors.Join(err, failed)
}

// listOn reads a list again and again until ctx is done.
func listOn(ctx context.Context, s *rig.Server, filter string) (took []time.Duration, err error) {
	cursor := ""
	for {
		began := time.Now()
		a, err := s.Get(ctx, "/jobs?"+filter+cursor)
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
		var page api.JobList
		if err := json.Unmarshal(a.Body, &page); err != nil {
			return took, fmt.Errorf("understand the list: %w", err)
		}
		if len(page.Jobs) > 0 {
			return took, fmt.Errorf("the list of %s found %d jobs", filter, len(page.Jobs))
		}
		if cursor = ""; page.NextCursor != nil {
			cursor = "&cursor=" + url.QueryEscape(*page.NextCursor)
		}
	}
}
