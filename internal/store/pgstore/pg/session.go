package pg

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A session is what is known of one connection of the pool beside what pgx knows.
type session struct {
	// committing says that a COMMIT is on its way. pgx asks the server to cancel what
	// runs on a connection that it gives up; a commit that waits for its copy would
	// be taken for good then, without the copy: such a request is not let out.
	committing atomic.Bool
	// warned says that the server has warned: a commit's wait for the copy was
	// canceled, and it was called a success.
	warned atomic.Bool
}

const sessionKey = "claimcheck" // of a connection's own data

var errCommitting = errors.New("a commit is not canceled")

// prepare makes a session for a connection that is about to be made.
func prepare(_ context.Context, c *pgx.ConnConfig) error {
	is := &session{}
	dial := c.DialFunc
	c.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if is.committing.Load() {
			return nil, errCommitting
		}
		return dial(ctx, network, address)
	}
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.Code == codeWarning {
			is.warned.Store(true)
		}
	}
	c.AfterConnect = func(_ context.Context, c *pgconn.PgConn) error {
		c.CustomData()[sessionKey] = is
		return nil
	}
	return nil
}

// sessionOf returns a connection's session; all connections of a pool have one.
func sessionOf(c *pgxpool.Conn) *session {
	is, ok := c.Conn().PgConn().CustomData()[sessionKey].(*session)
	if !ok {
		panic("pgstore: a connection without a session")
	}
	return is
}
