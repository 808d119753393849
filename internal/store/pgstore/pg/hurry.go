package pg

import (
	"context"
	"time"
)

// In a hurry.
const (
	hurried      = time.Second            // for a transaction
	hurriedClose = 250 * time.Millisecond // for Close
)

// Hurry says that the process is about to end: from now on no transaction is
// waited for as patiently as before, so that a database that does not answer does
// not hold up the end. Those that it takes at once are taken as ever.
func (db *DB) Hurry() { db.hurry() }

// Patience returns the context of a transaction that nobody may cancel but
// Hurry.
func (db *DB) Patience() (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(context.Background())
	began := time.Now()
	stop := context.AfterFunc(db.hurrying, func() {
		select {
		case <-ctx.Done():
		case <-time.After(hurried - time.Since(began)):
			cancel()
		}
	})
	return ctx, func() {
		stop()
		cancel()
	}
}
