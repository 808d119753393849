package pg

import (
	"context"
	"sync/atomic"
	"time"
)

// A clock is the database's, kept by this process's monotonic clock: whatever
// is done to the time of day of this machine changes nothing.
type clock struct {
	db    *DB
	began time.Time     // its monotonic reading counts
	ahead atomic.Int64  // nanoseconds from the monotonic reading to the database's Unix time
	rough chan struct{} // told when ahead is no better than one answer is quick; holds one
}

const (
	measureEvery  = 10 * time.Second
	measureTries  = 3
	sqlUnixMicros = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
	// SQLMilli is the time of a statement; $1 is a test's time, or NULL.
	SQLMilli = "coalesce($1::bigint, (extract(epoch FROM statement_timestamp()) * 1000)::bigint)"
	// sqlMilliNow is the same at this very moment, after locks were waited for.
	sqlMilliNow = "SELECT coalesce($1::bigint, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)"
)

func newClock(db *DB) *clock { return &clock{db: db, began: time.Now(), rough: make(chan struct{}, 1)} }

func (c *clock) now() time.Time {
	if c.db.o.Now != nil {
		return c.db.o.Now()
	}
	return time.Unix(0, int64(time.Since(c.began))+c.ahead.Load()).UTC()
}

// slowAnswer is how long an answer may take for its half to be a good guess.
const slowAnswer = 200 * time.Millisecond

// measure asks the database for its time a few times and believes the answer
// that came quickest, as of half the way. One that took long is believed only as
// far as it says that what is known must be wrong: a busy database has not
// stepped.
func (c *clock) measure(ctx context.Context) error {
	best := time.Duration(1<<63 - 1)
	for range measureTries {
		var micros int64
		before := time.Since(c.began)
		limited, cancel := context.WithTimeout(ctx, ConnectTimeout)
		err := c.db.Pool.QueryRow(limited, sqlUnixMicros).Scan(&micros)
		cancel()
		if err != nil {
			return Plain(err)
		}
		if took := time.Since(c.began) - before; took < best {
			best = took
			ahead := micros*1000 - int64(before+took/2)
			if known := c.ahead.Load(); known != 0 && took > slowAnswer {
				ahead = min(max(known, micros*1000-int64(before+took)), micros*1000-int64(before))
			}
			c.ahead.Store(ahead)
		}
	}
	return nil
}

// saw takes the database's time as an answer had it, in Unix milliseconds, if it
// is not one of those that the clock has shown since the question was asked: it
// has stepped, and nobody is to go by the old one for longer than it takes to see
// that. The answer may have taken long, so the clock is measured at once then.
// asked is of this process's monotonic clock.
func (c *clock) saw(ms int64, asked time.Duration) {
	const slack = int64(500 * time.Millisecond)
	now := time.Since(c.began)
	if at, ahead := ms*int64(time.Millisecond), c.ahead.Load(); at < int64(asked)+ahead-slack || at > int64(now)+ahead+slack {
		if c.ahead.CompareAndSwap(ahead, at-int64(now)) {
			select {
			case c.rough <- struct{}{}:
			default:
			}
		}
	}
}

func (c *clock) keep(ctx context.Context) {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-c.rough:
		}
		if err := c.measure(ctx); err != nil && ctx.Err() == nil {
			c.db.o.Log.WarnContext(ctx, "the database's clock cannot be read", "err", err)
		}
	}
}

// TestMilli is the parameter for SQLMilli: a test's time, or NULL.
func (db *DB) TestMilli() *int64 {
	if db.o.Now == nil {
		return nil
	}
	ms := db.o.Now().UnixMilli()
	return &ms
}
