package earlier

import (
	"context"
	"fmt"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const pollers = 32 // connections that ask for statuses

// statusKnown is how many statuses of finished jobs, all in memory, are told a
// second.
var statusKnown = Row{
	Name: "status known", text: table.Rate,
	about: func(b *rig.Rig) string {
		return fmt.Sprintf("status, %d finished jobs, %d connections", b.Polled, pollers)
	},
	open: func(ctx context.Context, b *build) (measure, error) {
		if err := b.serve(ctx); err != nil {
			return nil, err
		}
		ids, err := b.server.SubmitMany(ctx, b.Polled)
		if err != nil {
			return nil, err
		}
		if _, err := b.server.Drained(ctx); err != nil {
			return nil, err
		}
		path, err := b.WriteIDs("known", ids)
		if err != nil {
			return nil, err
		}
		return b.statuses(path)
	},
}

// statuses measures polls of the jobs of a file of ids.
func (b *build) statuses(idFile string) (measure, error) {
	l, err := b.StatusLoad("status", idFile, b.server.Key, pollers)
	return b.loaded(l), err
}

// loaded measures requests a second under a load.
func (b *build) loaded(l rig.Load) measure {
	return func(ctx context.Context) (float64, int64, error) {
		s, err := l.Run(ctx, b.server.URL, b.Round)
		return s.PerSecond, s.Requests, err
	}
}
