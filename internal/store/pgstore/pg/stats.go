package pg

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/store/kind"
)

// sqlActivity asks how many rows wait to be cleaned up, and how long the oldest
// transaction has been open that keeps them.
const sqlActivity = `SELECT coalesce((SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE schemaname = 'claimcheck'), 0)::bigint,
	coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE schemaname = 'claimcheck' AND relname = 'ready'), 0)::bigint,
	coalesce((SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
		WHERE xact_start IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()
			AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)), 0)::float8`

// Stats asks for what operators want to know. Where that fails, what this process knows without the
// database is returned beside the error.
func (db *DB) Stats(ctx context.Context) (kind.Stats, error) {
	p := db.Pool.Stat()
	is := kind.Stats{
		Connections: int64(p.TotalConns()), Busy: int64(p.AcquiredConns()), Most: int64(p.MaxConns()),
		Waits: p.EmptyAcquireCount(), Waited: p.EmptyAcquireWaitTime(), Leads: db.Leads(),
	}
	var oldest float64
	if err := db.Pool.QueryRow(ctx, sqlActivity).Scan(&is.DeadRows, &is.DeadReady, &oldest); err != nil {
		return is, fmt.Errorf("ask the database how it is: %w", Plain(err))
	}
	is.OldestTransaction = time.Duration(oldest * float64(time.Second))
	return is, nil
}
