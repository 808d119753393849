package rows

import (
	"context"
	"fmt"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// statements is how many transactions a database has seen.
const statements = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"

// statisticsLate is how long a session that has nothing to do may keep what it has
// counted to itself (PostgreSQL, pgstat.c: PGSTAT_IDLE_INTERVAL).
const statisticsLate = 11 * time.Second

// sharedPolling counts what the polls of unfinished jobs cost the database.
func sharedPolling(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const most = 500
	return onFresh(ctx, b, "api", func(s *rig.Server, db string) ([]table.Line, error) {
		ids, err := s.SubmitMany(ctx, b.Polled)
		if err != nil {
			return nil, err
		}
		file, err := b.WriteIDs("unfinished", ids)
		if err != nil {
			return nil, err
		}
		l, err := b.StatusLoad("unfinished", file, s.Key, rig.Clients)
		if err != nil {
			return nil, err
		}
		var before, after float64
		time.Sleep(statisticsLate)
		if err := rig.Query(ctx, db, statements, &before); err != nil {
			return nil, err
		}
		began := time.Now()
		got, err := l.Run(ctx, s.URL, 3*b.Round)
		if err != nil {
			return nil, err
		}
		took := time.Since(began)
		time.Sleep(statisticsLate)
		if err := rig.Query(ctx, db, statements, &after); err != nil {
			return nil, err
		}
		queries := (after - before) / took.Seconds()
		out := table.Line{
			What: fmt.Sprintf("PostgreSQL: transactions a second for polls of %d unfinished jobs, %d connections, %s polls/s", b.Polled, rig.Clients, table.Rate(got.PerSecond)),
			Ours: table.Rate(queries), Result: table.Rate(queries),
		}
		return []table.Line{out.Judged(queries < most, fmt.Sprintf("< %d", most))}, nil
	})
}
