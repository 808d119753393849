package pg

import (
	"context"
	"fmt"
)

// Tidy makes the partitions of the months to come, drops those that are empty,
// and removes old rows about commits. The leader does it once a minute.
func (db *DB) Tidy(ctx context.Context) error {
	if err := db.addPartitions(ctx); err != nil {
		return err
	}
	if err := db.dropPartitions(ctx); err != nil {
		return err
	}
	now := db.clock.now()
	if _, err := db.Pool.Exec(ctx, sqlForget, now.Add(-keepRows).UnixMilli(), now.Add(keepRows).UnixMilli()); err != nil {
		return fmt.Errorf("remove old rows about commits: %w", Plain(err))
	}
	return nil
}
