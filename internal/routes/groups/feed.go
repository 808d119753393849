package groups

import (
	"claimcheck/internal/groups"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/listing"
)

// Feed answers GET /jobs?feed=1: the caller's jobs that have ended, in the order of
// their ends, after a cursor; with Prefer: wait once there is one.
func Feed(g *groups.Groups) func(*httpapi.Call) error {
	return func(c *httpapi.Call) error {
		f, begin, err := listing.Feed(c.Request().URL.Query())
		if err != nil {
			return err
		}
		f.Owner = c.Owner()
		p, err := g.Feed(c.Request().Context(), f, begin)
		if err != nil {
			return err
		}
		if c.Wish().Wait > 0 && len(p.Jobs) == 0 {
			f.Before.Finish = p.Next
			ctx, end, err := c.Hold()
			if err != nil {
				return err
			}
			defer end()
			if p, err = g.AwaitFeed(ctx, f, false); err != nil {
				return err
			}
		}
		return c.AnswerJobs(p.Jobs, listing.FeedCursor(p.Next))
	}
}
