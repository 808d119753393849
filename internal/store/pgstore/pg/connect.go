package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What every connection is told. A statement is never expected to take nearly
// as long; a transaction that stands still has lost its process.
const (
	StatementTimeout = 30 * time.Second
	idleTimeout      = 10 * time.Second // in a transaction
	lockTimeout      = 5 * time.Second
	ConnectTimeout   = 5 * time.Second
	pingTimeout      = time.Second // for a connection of the pool to show that it is good
	oldestServer     = 140000      // partitions of updates are pruned from this version on
	applicationName  = "claimcheck"
)

// openPool makes a pool for an address. Whoever sets default_query_exec_mode in
// it says that a pooler may hand out another session for each transaction: then
// nothing is kept in sessions, and settings are made in each transaction.
func openPool(ctx context.Context, url string, size int) (pool *pgxpool.Pool, pooled bool, err error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, false, errors.New("the address of the database cannot be read; it must look like postgres://user@host:5432/name")
	}
	c.MaxConns = int32(size) //nolint:gosec // a checked setting
	c.ConnConfig.ConnectTimeout = ConnectTimeout
	c.PingTimeout = pingTimeout
	c.BeforeConnect = prepare
	pooled = c.ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
	if !pooled {
		own := map[string]string{
			"application_name": applicationName, "statement_timeout": millis(StatementTimeout),
			"idle_in_transaction_session_timeout": millis(idleTimeout), "lock_timeout": millis(lockTimeout),
		}
		for name, value := range own {
			if _, set := c.ConnConfig.RuntimeParams[name]; !set {
				c.ConnConfig.RuntimeParams[name] = value
			}
		}
	}
	pool, err = pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, false, fmt.Errorf("open connections: %w", Plain(err))
	}
	return pool, pooled, nil
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// sqlLimits is what openPool sets, for one transaction.
var sqlLimits = fmt.Sprintf("SELECT set_config('statement_timeout', '%s', true), set_config('lock_timeout', '%s', true), "+
	"set_config('idle_in_transaction_session_timeout', '%s', true)", millis(StatementTimeout), millis(lockTimeout), millis(idleTimeout))

// Plain leaves the address, which has a password, out of an error.
func Plain(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return connectError{e.Unwrap()}
	}
	return err
}

// A connectError is why no connection was made, in one line: an address is tried
// with and without TLS, which mostly fails for one reason.
type connectError struct{ cause error }

func (e connectError) Error() string {
	reasons := slices.Compact(strings.Split(e.cause.Error(), "\n"))
	return "connect to the database: " + strings.Join(reasons, "; ")
}

func (e connectError) Unwrap() error { return e.cause }

// checkDurable refuses a server that loses what it has committed, or that is
// too old.
func (db *DB) checkDurable(ctx context.Context) error {
	var fsync, synchronous, version string
	err := db.Pool.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('server_version_num')").
		Scan(&fsync, &synchronous, &version)
	if err != nil {
		return fmt.Errorf("ask the database for its settings: %w", Plain(err))
	}
	number, _ := strconv.Atoi(version)
	switch {
	case number < oldestServer:
		return fmt.Errorf("the database is PostgreSQL %s; version %d or newer is needed", version, oldestServer/10000)
	case fsync != "on":
		return errors.New("the database runs with fsync off: it would lose accepted jobs when its machine fails; set fsync = on")
	case synchronous == "off":
		return errors.New("the database commits asynchronously: it would lose accepted jobs when it crashes; set synchronous_commit = on for this user")
	}
	return nil
}

// Direct opens a connection of its own, not of the pool, without a pooler.
func (db *DB) Direct(ctx context.Context) (*pgx.Conn, error) {
	address := db.o.Direct
	if address == "" {
		address = db.o.URL
	}
	pool, err := pgxpool.ParseConfig(address) // which knows what in it is for a pool
	if err != nil {
		return nil, err
	}
	c := pool.ConnConfig
	c.ConnectTimeout = ConnectTimeout
	if _, set := c.RuntimeParams["application_name"]; !set && !db.pooled {
		c.RuntimeParams["application_name"] = applicationName
	}
	return pgx.ConnectConfig(ctx, c)
}
