package earlier

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// endToEnd is how many jobs a second clients see through that each hand in one,
// wait for its success with a long poll and hand in the next: no backlog is left
// behind.
var endToEnd = Row{
	Name: "end to end", text: table.Rate,
	about: func(*rig.Rig) string {
		return fmt.Sprintf("submitted, waited for and seen to succeed, %d clients, formatter, %d bytes", rig.Clients, len(rig.Input))
	},
	open: func(ctx context.Context, b *build) (measure, error) {
		return func(ctx context.Context) (float64, int64, error) {
			var done atomic.Int64
			began := time.Now()
			err := rig.AtOnce(rig.Clients, rig.Clients, func(int) error {
				for time.Since(began) < 2*b.Round {
					id, err := b.server.SubmitOne(ctx)
					if err != nil {
						return err
					}
					if _, err := b.server.End(ctx, "/jobs/"+id); err != nil {
						return err
					}
					done.Add(1)
				}
				return nil
			})
			return float64(done.Load()) / time.Since(began).Seconds(), done.Load(), err
		}, b.serve(ctx)
	},
}
