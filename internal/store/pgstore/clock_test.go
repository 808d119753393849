package pgstore_test

import (
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
)

// Whatever is done to the database's clock, nobody loses what is left of an
// allowance, and nobody gets a fresh one.
func TestAStepOfTheDatabasesClockChangesNoAllowance(t *testing.T) {
	const second = time.Second
	var step atomic.Int64
	f := newFixture(t, pgstore.Options{URL: pgproc.Database(t), Now: func() time.Time { return time.Now().Add(time.Duration(step.Load())) }})
	spend := func(name string, cost, known time.Duration) time.Duration {
		t.Helper()
		left, err := f.Spend(t.Context(), map[string]time.Duration{name: cost}, map[string]time.Duration{name: known})
		f.noError(err)
		return left[name]
	}
	about := func(what string, got, want time.Duration) {
		t.Helper()
		if got > want || got < want-5*second { // it fills up meanwhile
			t.Errorf("%s: whole again in %s, want %s", what, got, want)
		}
	}
	about("first", spend("ann", 12*second, 0), 12*second)
	about("another server, which knows nothing", spend("ann", 8*second, 0), 20*second)
	for _, by := range []time.Duration{-90 * time.Minute, 2 * 365 * 24 * time.Hour, -2 * 365 * 24 * time.Hour, -time.Minute} {
		step.Add(int64(by))
		about("after a step of "+by.String(), spend("ann", 0, 19*second), 19*second)
		about("known to another", spend("ann", second, 0), 20*second)
	}
}
