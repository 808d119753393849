package sqlitestore

import (
	"context"

	"claimcheck/internal/store/sqlitestore/file"
)

// A conn is a connection that knows the tables. One goroutine uses it at a time.
type conn struct{ *file.Conn }

// read runs f on a connection for reading; what says what is being done. No
// snapshot outlives it: f resets its statements.
func (s *Store) read(ctx context.Context, what string, f func(conn) error) error {
	return s.pool.Load().Read(ctx, what, func(c *file.Conn) error { return f(conn{c}) })
}
