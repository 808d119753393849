package pg

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"claimcheck/internal/fault"
	"claimcheck/internal/store/record"
)

// Error codes of PostgreSQL (its manual, appendix A).
const (
	codeUnique       = "23505"
	codeSerialize    = "40001"
	codeDeadlock     = "40P01"
	codeLockTimeout  = "55P03"
	codeReadOnly     = "25006"
	codeIdleTimeout  = "25P03"
	codeNoDatabase   = "3D000"
	codeWarning      = "01000"
	classConnection  = "08"
	classNoEntry     = "28" // the name or the password is refused
	classResources   = "53" // no room, no memory, too many connections
	classOperator    = "57" // shutdown, canceled by a timeout
	classSystemError = "58"
)

// ServerError returns what the server said, or nil.
func ServerError(err error) *pgconn.PgError {
	e, _ := errors.AsType[*pgconn.PgError](err)
	return e
}

// Unique reports whether a row was refused because there is such a one.
func Unique(err error) bool {
	e := ServerError(err)
	return e != nil && e.Code == codeUnique
}

// again reports whether the same transaction may succeed if it is run again at
// once: it was the victim of a deadlock.
func again(err error) bool {
	e := ServerError(err)
	return e != nil && (e.Code == codeDeadlock || e.Code == codeSerialize)
}

// Passing reports whether an error can go away by itself: a connection that is
// gone, a server that stops, has no room or is not the primary any more.
func Passing(err error) bool {
	if e := ServerError(err); e != nil {
		switch e.Code {
		case codeReadOnly, codeLockTimeout, codeIdleTimeout, codeDeadlock, codeSerialize:
			return true
		}
		switch e.Code[:2] {
		case classConnection, classResources, classOperator, classSystemError:
			return true
		}
		return e.Severity == "FATAL" || e.Severity == "PANIC"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || brokenLine(err)
}

// brokenLine reports whether the connection ended in the middle of something.
func brokenLine(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	text := err.Error()
	for _, part := range []string{"unexpected EOF", "conn closed", "closed pool", "broken pipe", "connection reset"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// wornOut reports whether a connection of the pool was broken, where a new one may
// not be: the server was restarted, or ended the session.
func wornOut(err error) bool {
	if e := ServerError(err); e != nil {
		return e.Severity == "FATAL" && e.Code[:2] == classOperator
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return !connecting && !errors.Is(err, context.DeadlineExceeded) && Passing(err)
}

// certain reports whether an error of a commit says that it did not happen: the
// server answered, and goes on. A session that is being ended may have
// committed before.
func certain(err error) bool {
	e := ServerError(err)
	return e != nil && e.Severity != "FATAL" && e.Severity != "PANIC"
}

// OpenFailure is what an error of the start is: trouble that may pass is
// Unavailable. A wrong name, password or certificate is not.
func OpenFailure(err error) error {
	if e := ServerError(err); e != nil && (e.Code == codeNoDatabase || e.Code[:2] == classNoEntry) {
		return err
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || !Passing(err) || fault.Of(err) != nil {
		return err
	}
	return record.Unreadable(Plain(err))
}

// readFailure is what a caller is told of an error of a read.
func readFailure(ctx context.Context, what string, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case fault.Of(err) != nil:
		return err
	case Passing(err):
		return record.Unreadable(fmt.Errorf("%s: %w", what, Plain(err)))
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}

// health is what was lately seen of the database.
type health struct {
	failed atomic.Bool  // the last write was refused
	good   atomic.Int64 // when it last took a write, in nanoseconds of the monotonic clock of Store.clock; 0 for never
}

// Wrote notes how a write ended: refused, or not.
func (db *DB) Wrote(err error) {
	if err == nil {
		db.health.good.Store(max(int64(time.Since(db.clock.began)), 1))
		if db.health.failed.Swap(false) {
			db.o.Log.Info("the store accepts writes again")
		}
		return
	}
	if fault.Is(err, fault.Unavailable) && !db.health.failed.Swap(true) {
		db.o.Log.Warn("the store refuses writes", "err", err)
	}
}

// wroteWithin reports whether the last write was a success, and not longer ago.
func (db *DB) wroteWithin(d time.Duration) bool {
	good := db.health.good.Load()
	return !db.health.failed.Load() && good != 0 && int64(time.Since(db.clock.began))-good < int64(d)
}

const probeEvery = time.Second

// Ping fails with Unavailable when the store would refuse a write now. Unless
// one has succeeded within the last second it writes a row of its own, for all that
// ask at the same time; it waits for it for a second at most.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.Check(); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	if db.wroteWithin(probeEvery) {
		return nil
	}
	err := db.pulse.wait(ctx, pingPatience)
	if err != nil && ctx.Err() == nil {
		err = record.Refused(Plain(err))
	}
	if err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}
