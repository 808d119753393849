package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"claimcheck/api"
)

// Groups gives the owner's groups, the newest first. How long a group may still take
// is told by [Client.Group]. Pages are asked for as they are needed; the first error is
// the last that is given.
func (c *Client) Groups(ctx context.Context) iter.Seq2[api.Group, error] {
	return func(yield func(api.Group, error) bool) {
		q := url.Values{}
		for {
			var page api.GroupList
			if err := c.get(ctx, "/groups?"+q.Encode(), &page); err != nil {
				yield(api.Group{}, fmt.Errorf("list groups: %w", err))
				return
			}
			for _, g := range page.Groups {
				if !yield(g, nil) {
					return
				}
			}
			if page.NextCursor == nil {
				return
			}
			q.Set("cursor", *page.NextCursor)
		}
	}
}

// Group asks once how a group stands: the jobs that were handed in with the same
// Options.Group. An *[Error] with the code GROUP_NOT_FOUND says that there is none, or
// that none of its jobs is left.
func (c *Client) Group(ctx context.Context, name string) (api.Group, error) {
	var g api.Group
	if err := c.get(ctx, groupPath(name), &g); err != nil {
		return g, fmt.Errorf("ask for group %s: %w", name, err)
	}
	return g, nil
}

// WaitGroup waits until all jobs that a group has are over. Unless it is closed more
// may come afterwards. When ctx ends the waiting, or the server cannot be asked, the
// error comes with what was last seen.
func (c *Client) WaitGroup(ctx context.Context, name string) (api.Group, error) {
	var last api.Group
	for {
		k := &call{method: http.MethodGet, path: groupPath(name), header: c.preferWait()}
		began := time.Now()
		a, err := c.send(ctx, k)
		if err == nil {
			var seen api.Group // what is absent now was perhaps there before
			if err = a.into(&seen); err == nil {
				last = seen
			}
		}
		if err != nil {
			return last, fmt.Errorf("wait for group %s: %w", name, err)
		}
		if last.Done {
			return last, nil
		}
		if err := c.rest(ctx, began, c.hint(a, int(last.RetryAfter))); err != nil {
			return last, fmt.Errorf("wait for group %s: %w", name, err)
		}
	}
}

// CloseGroup lets a group take no more jobs; once none is unfinished, webhooks with the
// event group.finished are called. One that is closed stays so.
func (c *Client) CloseGroup(ctx context.Context, name string) (api.Group, error) {
	var g api.Group
	a, err := c.send(ctx, &call{method: http.MethodPost, path: groupPath(name) + "/close"})
	if err == nil {
		err = a.into(&g)
	}
	if err != nil {
		return g, fmt.Errorf("close group %s: %w", name, err)
	}
	return g, nil
}

func groupPath(name string) string { return "/groups/" + url.PathEscape(name) }

// preferWait asks the server to answer when there is something to tell.
func (c *Client) preferWait() http.Header {
	if c.longPoll <= 0 {
		return http.Header{}
	}
	return http.Header{"Prefer": {"wait=" + strconv.Itoa(int(c.longPoll/time.Second))}}
}

// rest pauses after an answer that was to be waited for, if it came so soon that
// nothing has waited.
func (c *Client) rest(ctx context.Context, asked time.Time, pause time.Duration) error {
	if c.longPoll > 0 && time.Since(asked) >= soon {
		return ctx.Err()
	}
	return sleep(ctx, pause)
}
