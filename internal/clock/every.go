package clock

import (
	"context"
	"time"
)

// Every calls do at once and then every d, until ctx is done; a call that takes
// longer than d is followed by the next one at once.
func Every(ctx context.Context, d time.Duration, do func(context.Context)) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		do(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
