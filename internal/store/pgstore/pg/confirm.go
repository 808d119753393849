package pg

import (
	"context"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

// Unconfirmed reports whether what is told of a row that this transaction wrote must
// wait for a beat.
func (db *DB) Unconfirmed(tx uint32) bool { return db.pulse.open(tx) }

// Confirm waits until what the row that this transaction wrote says cannot be undone
// by a copy that takes the database's place; mostly that is so already. It fails with
// Unavailable.
func (db *DB) Confirm(ctx context.Context, tx uint32) error {
	if !db.pulse.open(tx) {
		return nil
	}
	err := db.Beat(ctx)
	if err != nil && !db.pulse.open(tx) { // another server knew
		return nil
	}
	return err
}

// Beat waits until all that was seen is confirmed. If it fails, which is with
// Unavailable, what other servers know to be confirmed has been learned.
func (db *DB) Beat(ctx context.Context) error {
	patience := confirmPatience
	if db.pulse.still.Load() {
		patience = stillPatience
	}
	err := db.pulse.wait(ctx, patience)
	if err == nil || ctx.Err() != nil {
		return err
	}
	db.pulse.learn(ctx)
	return record.Unconfirmed(Plain(err))
}

// ConfirmAll is Confirm for many.
func (db *DB) ConfirmAll(ctx context.Context, open map[job.ID]uint32) error {
	if len(open) == 0 {
		return nil
	}
	err := db.Beat(ctx)
	if err == nil {
		return nil
	}
	for _, tx := range open {
		if db.pulse.open(tx) {
			return err
		}
	}
	return nil
}
