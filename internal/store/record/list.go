package record

import (
	"context"
	"runtime"
	"time"

	"claimcheck/internal/store/protocol"
)

// Most that one page of a list has and looks at, whatever is asked for.
const (
	maxListed     = 1000
	maxListedRows = 4096
)

// A list rests again and again: a processor that is never without work looks for
// requests that have arrived only every 10 ms, and a status is answered in less
// than one.
const (
	restEvery = 64 // rows
	restTime  = 100 * time.Microsecond
)

// ListsAtOnce is how many lists one process reads at the same time: on at most
// half of its processors, so that there is one that nothing else waits for.
func ListsAtOnce() int { return min(max(runtime.GOMAXPROCS(0)/2, 1), 4) }

// Rest lets others work before the n-th row of a list is read, every so many
// rows. It fails with the context's error.
func Rest(ctx context.Context, n int) error {
	if n%restEvery != restEvery-1 {
		return nil
	}
	select {
	case <-time.After(restTime):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Bound keeps a list's page within what stores read at once.
func Bound(f *protocol.Filter) {
	f.Limit = max(min(f.Limit, maxListed), 1)
	if f.Rows <= 0 || f.Rows > maxListedRows {
		f.Rows = maxListedRows
	}
}
