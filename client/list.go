package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
)

// A Filter says which of the owner's jobs a list is about: those that pass all that
// is set, and of a list one value. Times count in whole seconds; the zero time is no
// limit.
type Filter struct {
	Status         []string // queued, processing, success, failed
	Tool           []string
	Error          []string // codes of failed jobs
	CreatedAfter   time.Time
	CreatedBefore  time.Time
	FinishedAfter  time.Time
	FinishedBefore time.Time
	Group          string // the name of one; empty: of any and none
	Metadata       map[string]string
	// PageSize is how many jobs are asked for at a time, 1 to 200; 0 leaves it to
	// the server.
	PageSize int
}

const (
	maxPageBytes = 64 << 20 // 200 jobs with results of 256 KiB
	maxBatch     = 100      // ids in one question, the server's limit
)

// List gives the owner's jobs, the newest first, with all that lists tell of them:
// why an unfinished one waits, its position and its progress are told by
// [Client.GetFull] alone. Pages are asked for as they are needed. Jobs that come
// meanwhile are not among them, those that have expired neither. The first error is
// the last that is given. Without a Filter all jobs are listed.
//
//	for job, err := range c.List(ctx, client.Filter{Status: []string{"failed"}}) { ... }
func (c *Client) List(ctx context.Context, f Filter) iter.Seq2[Full, error] {
	return func(yield func(Full, error) bool) {
		q := f.query()
		for {
			page, err := c.page(ctx, q)
			if err != nil {
				yield(Full{}, fmt.Errorf("list jobs: %w", err))
				return
			}
			for _, text := range page.Jobs {
				var job Full
				if err := json.Unmarshal(text, &job); err != nil {
					yield(Full{}, fmt.Errorf("list jobs: answer of the server: %w", err))
					return
				}
				if !yield(job, nil) {
					return
				}
			}
			if page.NextCursor == nil { // a page with few jobs, or none, need not be the last
				return
			}
			q.Set("cursor", *page.NextCursor)
		}
	}
}

func (c *Client) page(ctx context.Context, q url.Values) (api.JobList, error) {
	var page api.JobList
	a, err := c.send(ctx, &call{method: http.MethodGet, path: "/jobs?" + q.Encode(), most: maxPageBytes})
	if err == nil {
		err = a.into(&page)
	}
	return page, err
}

func (f *Filter) query() url.Values {
	q := url.Values{"view": {"full"}}
	for name, list := range map[string][]string{"status": f.Status, "tool": f.Tool, "error": f.Error} {
		if len(list) > 0 {
			q[name] = list
		}
	}
	for name, at := range map[string]time.Time{
		"created_after": f.CreatedAfter, "created_before": f.CreatedBefore,
		"finished_after": f.FinishedAfter, "finished_before": f.FinishedBefore,
	} {
		if !at.IsZero() {
			q.Set(name, strconv.FormatInt(at.Unix(), 10))
		}
	}
	if f.Group != "" {
		q.Set("group", f.Group)
	}
	for name, value := range f.Metadata {
		q.Set("metadata."+name, value)
	}
	if f.PageSize != 0 {
		q.Set("limit", strconv.Itoa(f.PageSize))
	}
	return q
}

// A Found is what a batch knows of one job.
type Found struct {
	ID     string
	Status api.Status // the zero value if there is an Err
	Err    error      // an *[Error], for instance JOB_NOT_FOUND
}

// Batch asks for the statuses of many jobs, a hundred at a time, and returns them in
// the order of ids. Each counts as one status request. An error means that none
// could be asked for; of single jobs it stands beside them.
func (c *Client) Batch(ctx context.Context, ids []string) ([]Found, error) {
	all := make([]Found, 0, len(ids))
	for some := range slices.Chunk(ids, maxBatch) {
		page, err := c.page(ctx, url.Values{"ids": {strings.Join(some, ",")}})
		if err != nil {
			return nil, fmt.Errorf("ask for %d jobs: %w", len(some), err)
		}
		if len(page.Jobs) != len(some) {
			return nil, fmt.Errorf("ask for %d jobs: the server told of %d", len(some), len(page.Jobs))
		}
		for i, text := range page.Jobs {
			one := Found{ID: some[i]}
			e := &Error{HTTPStatus: http.StatusNotFound}
			if _, refused := e.envelope(text); refused {
				e.HTTPStatus = statusOf(e.Code)
				one.Err = e
			} else if err := json.Unmarshal(text, &one.Status); err != nil {
				return nil, fmt.Errorf("answer of the server: %w", err)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// statusOf is the status that a question for the one job would have had.
func statusOf(code string) int {
	switch code {
	case "INVALID_JOB_ID":
		return http.StatusBadRequest
	case "FORBIDDEN":
		return http.StatusForbidden
	default:
		return http.StatusNotFound
	}
}
