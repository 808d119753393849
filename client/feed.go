package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"

	"claimcheck/api"
)

// A FeedPage is what a feed tells at once: jobs that have ended, in the order of their
// ends, and the cursor after which the next page goes on.
type FeedPage struct {
	Jobs   []Full
	Cursor string
}

// Feed gives the owner's jobs as they end, in the order of their ends, after a cursor
// and for as long as ctx lasts. Without a cursor it begins now: the first page then has
// no jobs, but a cursor. Whoever keeps the Cursor of a page once it has dealt with its
// jobs, and goes on after it, misses nothing and sees nothing twice, but the jobs of a
// page that it had not dealt with. Jobs that were deleted or have expired meanwhile are
// left out. Filters by time of creation do not hold. Questions are left with the server
// until there is a job (see [WithLongPoll]). The first error is the last that is given;
// the end of ctx is one.
//
//	for page, err := range c.Feed(ctx, cursor, client.Filter{}) { ... }
func (c *Client) Feed(ctx context.Context, cursor string, f Filter) iter.Seq2[FeedPage, error] {
	return func(yield func(FeedPage, error) bool) {
		for {
			asked := time.Now()
			page, err := c.feedPage(ctx, cursor, &f)
			if err != nil {
				yield(FeedPage{}, fmt.Errorf("ask for what has ended: %w", err))
				return
			}
			news := len(page.Jobs) > 0 || page.Cursor != cursor
			cursor = page.Cursor
			if news {
				if !yield(page, nil) {
					return
				}
				continue
			}
			if err := c.rest(ctx, asked, min(unknownPause, c.maxPause)); err != nil {
				yield(FeedPage{}, fmt.Errorf("wait for what ends: %w", err))
				return
			}
		}
	}
}

func (c *Client) feedPage(ctx context.Context, cursor string, f *Filter) (FeedPage, error) {
	q := f.query()
	q.Set("feed", "1")
	header := c.preferWait()
	if cursor == "" { // the cursor is wanted at once
		header = http.Header{}
	} else {
		q.Set("cursor", cursor)
	}
	a, err := c.send(ctx, &call{method: http.MethodGet, path: "/jobs?" + q.Encode(), header: header, most: maxPageBytes})
	if err != nil {
		return FeedPage{}, err
	}
	var list api.JobList
	if err := a.into(&list); err != nil {
		return FeedPage{}, err
	}
	if list.NextCursor == nil {
		return FeedPage{}, fmt.Errorf("answer of the server: it has no next_cursor; is it of a release before feeds?")
	}
	page := FeedPage{Cursor: *list.NextCursor, Jobs: make([]Full, len(list.Jobs))}
	for i, text := range list.Jobs {
		if err := json.Unmarshal(text, &page.Jobs[i]); err != nil {
			return FeedPage{}, fmt.Errorf("answer of the server: %w", err)
		}
	}
	return page, nil
}
