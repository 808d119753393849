package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Read runs a query for all of its rows; what says what is being done. A line
// that turns out to be broken before the first row is replaced once.
func (db *DB) Read(ctx context.Context, pool *pgxpool.Pool, what string, each func(pgx.Rows) error, sql string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := db.Check(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	limited, cancel := context.WithTimeout(ctx, StatementTimeout) // a line may be dead without a word
	defer cancel()
	n, err := readOnce(limited, pool, each, sql, args...)
	if n == 0 && err != nil && limited.Err() == nil && wornOut(err) {
		_, err = readOnce(limited, pool, each, sql, args...)
	}
	if err != nil {
		return readFailure(ctx, what, err)
	}
	return nil
}

// readOnce returns how many rows were seen.
func readOnce(ctx context.Context, pool *pgxpool.Pool, each func(pgx.Rows) error, sql string, args ...any) (n int, err error) {
	rows, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		if err := each(rows); err != nil {
			return n + 1, err
		}
	}
	return n, rows.Err()
}

// One is Read for at most one row; it reports whether there was one.
func (db *DB) One(ctx context.Context, what string, into []any, sql string, args ...any) (found bool, err error) {
	err = db.Read(ctx, db.Pool, what, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(into...)
	}, sql, args...)
	return found, err
}
