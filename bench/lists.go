package main

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
func listsBesideStatus(ctx context.Context, b *bench) (_ []line, err error) {
	const most = 3
	full, err := b.storedJobs(ctx, listed)
	if err != nil {
		return nil, err
	}
	ids, err := os.ReadFile(full.idFile)
	if err != nil {
		return nil, fmt.Errorf("read ids: %w", err)
	}
	s, err := b.serve(ctx, full.data, tinyCache, noWorkers) // statuses are read from the store, as lists are
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var ratios, pages []float64
	var alone, beside []time.Duration
	for range b.rounds {
		one, err := s.statuses(ctx, ids, b.round)
		if err != nil {
			return nil, err
		}
		two, took, err := s.statusesBesideLists(ctx, ids, b.round)
		if err != nil {
			return nil, err
		}
		alone, beside = append(alone, quantile(one, 0.99)), append(beside, quantile(two, 0.99))
		ratios = append(ratios, float64(quantile(two, 0.99))/float64(quantile(one, 0.99)))
		pages = append(pages, float64(slices.Max(took)))
	}
	l := line{
		what: fmt.Sprintf("p99 of a status beside four lists that look through %d jobs, over that alone", listed),
		ours: millis(quantile(beside, 0.5)), other: millis(quantile(alone, 0.5)), result: fmt.Sprintf("%.2f", median(ratios)),
		spread: fmt.Sprintf("%.2f to %.2f", slices.Min(ratios), slices.Max(ratios)),
	}
	page := time.Duration(median(pages))
	return []line{
		l.judged(median(ratios) <= most, fmt.Sprintf("≤ %d", most)),
		{what: "… the slowest page of such a list", ours: millis(page), result: millis(page)},
	}, nil
}

// statuses asks for statuses, one after the other, for a time.
func (s *server) statuses(ctx context.Context, ids []byte, d time.Duration) (took []time.Duration, err error) {
	n := len(ids) / idTextBytes
	for i, end := 0, time.Now().Add(d); time.Now().Before(end); i++ {
		began := time.Now()
		at := i * 7919 % n * idTextBytes // a prime: all over the place
		if _, err := s.get(ctx, "/jobs/"+string(ids[at:at+idTextBytes])); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// statusesBesideLists does so while four lists go on, page after page, and
// returns how long those took as well.
func (s *server) statusesBesideLists(ctx context.Context, ids []byte, d time.Duration) (took, pages []time.Duration, err error) {
	listing, stop := context.WithCancel(ctx)
	var lists sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, filter := range filters() {
		lists.Go(func() {
			all, err := s.listOn(listing, filter)
			mu.Lock()
			defer mu.Unlock()
			pages = append(pages, all...)
			if listing.Err() == nil {
				failed = errors.Join(failed, err)
			}
		})
	}
	took, err = s.statuses(ctx, ids, d)
	stop()
	lists.Wait()
	return took, pages, errors.Join(err, failed)
}

// listOn reads a list again and again until ctx is done.
func (s *server) listOn(ctx context.Context, filter string) (took []time.Duration, err error) {
	cursor := ""
	for {
		began := time.Now()
		a, err := s.get(ctx, "/jobs?"+filter+cursor)
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
