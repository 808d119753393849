package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/store/group"
)

const (
	doubtPatience  = 3 * time.Second // callers whose commit is in doubt wait this long for the truth
	doubtFirstWait = 20 * time.Millisecond
	doubtMaxWait   = 500 * time.Millisecond

	// sqlCommitted is a transaction's own row; a unit reads what it returns.
	sqlCommitted = "INSERT INTO claimcheck.commits (process, n, at, confirmed) VALUES ($1, $2, $3, $4) RETURNING " + markColumns
	// sqlLook takes that row's place if it is not there and never will be. The time
	// in it is for a server of the release before, which removes rows by it alone.
	sqlLook = "INSERT INTO claimcheck.commits AS c (process, n, at, look) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
	// sqlFound reads whose row is there, and of which transactions none need be.
	sqlFound = `SELECT c.look, f.below FROM claimcheck.forgotten f
		LEFT JOIN claimcheck.commits c ON c.process = $1 AND c.n = $2`

	// sqlForget removes old rows about commits that nobody can be about to write
	// again, and says so to those that will look for them all the same: a clock may
	// step, and a process may have stood still for hours. Rows that a clock dated ahead
	// which was set back since go too.
	sqlForget = `WITH gone AS (DELETE FROM claimcheck.commits
			WHERE (at < $1 OR at > $2) AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint RETURNING tx)
		UPDATE claimcheck.forgotten f SET below = g.below FROM (SELECT max(tx) + 1 AS below FROM gone) g WHERE f.below < g.below`

	// In a database that was restored from a dump transactions are counted anew. What
	// rows say of numbers that are still to come is of the one that was dumped.
	sqlNext       = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
	sqlRestored   = "SELECT f.below > " + sqlNext + " OR EXISTS (SELECT 1 FROM claimcheck.commits WHERE tx >= " + sqlNext + ") FROM claimcheck.forgotten f"
	sqlLockForget = "SELECT below FROM claimcheck.forgotten FOR UPDATE"
	sqlCountAnew  = "WITH gone AS (DELETE FROM claimcheck.commits WHERE tx >= " + sqlNext + ") UPDATE claimcheck.forgotten SET below = " + sqlNext + " WHERE below > " + sqlNext
)

// countAnew forgets what was noted of transactions in the database from which this
// one was restored: nothing could be found out of a commit otherwise until there
// were as many.
func (db *DB) countAnew(ctx context.Context) error {
	var restored bool
	if err := db.Pool.QueryRow(ctx, sqlRestored).Scan(&restored); err != nil || !restored {
		return Plain(err)
	}
	return Plain(pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlLockForget); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sqlCountAnew)
		return err
	}))
}

// A finding is what a look at a transaction found.
type finding uint8

const (
	happened finding = iota
	never            // it has not happened, and cannot any more
	unknown          // its row is gone, whether it was there or not
)

// doubt finds out whether the transaction whose commit had no answer has
// happened: it writes that transaction's own row, under a name of its own. While
// the transaction is being committed, the unique index makes this wait for its
// end. What is there then tells what happened, and goes on telling it, should the
// answer to this be lost too.
func (db *DB) doubt(tx, n int64, cause error) (group.Verdict, error) {
	db.o.Log.Warn("the answer of a commit was lost", "err", cause)
	ctx, cancel := context.WithTimeout(context.Background(), doubtPatience)
	defer cancel()
	for wait := doubtFirstWait; ; wait = min(2*wait, doubtMaxWait) {
		is, err := db.look(ctx, tx, n)
		switch {
		case err != nil:
		case is == never:
			return group.Lost, cause
		case is == unknown:
			return group.Doubted, cause
		case db.pulse.wait(ctx, doubtPatience) == nil: // where a copy has to confirm commits, seen is not yet safe
			return group.Kept, nil
		}
		select {
		case <-ctx.Done():
			return group.Doubted, cause
		case <-time.After(wait):
		}
	}
}

// look asks once about the transaction tx, which was to write row n.
func (db *DB) look(ctx context.Context, tx, n int64) (finding, error) {
	id := db.n.Add(1) // never 0
	at := db.clock.now().UnixMilli()
	// In one piece, whatever the line has been told before: it may be a new one.
	if _, err := db.Pool.Exec(ctx, sqlLook, pgx.QueryExecModeExec, db.process, n, at, id); err != nil {
		return unknown, err
	}
	var found *int64
	var below int64
	if err := db.Pool.QueryRow(ctx, sqlFound, pgx.QueryExecModeExec, db.process, n).Scan(&found, &below); err != nil {
		return unknown, err
	}
	switch {
	case found != nil && *found == 0:
		return happened, nil
	case found == nil || tx < below: // it may have been there before this look
		return unknown, nil
	default:
		return never, nil
	}
}
