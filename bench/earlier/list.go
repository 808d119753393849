package earlier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"claimcheck/api"
	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// list is how many pages of a list of very many jobs one client reads a second,
// one after the other.
var list = Row{
	Name: "list", text: table.Rate, embedded: true,
	about: func(b *rig.Rig) string { return fmt.Sprintf("pages of 50 jobs in a list of %d, one client", b.Stored) },
	open: func(ctx context.Context, b *build) (measure, error) {
		_, err := b.serveStored(ctx, b.Stored)
		return b.pages, err
	},
}

// pages reads the list from its beginning for the time of a round.
func (b *build) pages(ctx context.Context) (perSecond float64, done int64, err error) {
	cursor := ""
	began := time.Now()
	for n := 1; ; n++ { // pages
		a, err := b.server.Get(ctx, "/jobs?limit=50"+cursor)
		if err != nil {
			return 0, 0, err
		}
		var page api.JobList
		if err := json.Unmarshal(a.Body, &page); err != nil {
			return 0, 0, fmt.Errorf("understand the list: %w", err)
		}
		if len(page.Jobs) == 0 {
			return 0, 0, errors.New("a page of the list is empty")
		}
		if took := time.Since(began); took > b.Round {
			return float64(n) / took.Seconds(), int64(n), nil
		}
		if cursor = ""; page.NextCursor != nil {
			cursor = "&cursor=" + url.QueryEscape(*page.NextCursor)
		}
	}
}
