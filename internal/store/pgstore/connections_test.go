package pgstore_test

import (
	"sync"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
)

// until waits for something to become true, at most so long.
func until(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", limit, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// fill makes a store open all the connections of its pool.
func (f *fixture) fill(connections int64) {
	f.t.Helper()
	until(f.t, 20*time.Second, "all connections are open", func() bool {
		var calls sync.WaitGroup
		for range 2 * connections {
			calls.Go(func() { _, _ = f.Backlog(f.t.Context(), "") })
		}
		calls.Wait()
		is, err := f.Stats(f.t.Context())
		return err == nil && is.Connections >= connections
	})
}

// TestLinesThatHearNothingAreReplaced: the database's machine is gone without a
// word, and another has its address.
func TestLinesThatHearNothingAreReplaced(t *testing.T) {
	t.Parallel() // it waits
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Connections: 6})
	f.noError(f.submit(f.submission("ann")))
	f.fill(6)
	<-time.After(1500 * time.Millisecond) // a line that was good a second ago is not asked
	proxy.Strand()
	began := time.Now()
	f.noError(f.submit(f.submission("ann")))
	if took := time.Since(began); took > 25*time.Second { // pgx gives a dead line up 15 s after its call
		t.Errorf("a submission took %s", took)
	}
}

// TestAReadDoesNotWaitForeverForADeadLine: one that was good just now is not
// asked whether it still is.
func TestAReadDoesNotWaitForeverForADeadLine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel() // it waits
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Connections: 1, Quiet: true})
	_, err := f.Backlog(t.Context(), "")
	f.noError(err)
	proxy.Strand()
	answered := make(chan error, 1)
	go func() {
		_, err := f.Backlog(t.Context(), "")
		answered <- err
	}()
	select {
	case err := <-answered:
		if err != nil {
			f.outcome(err)
		}
	case <-time.After(40 * time.Second):
		t.Fatal("it waits")
	}
}

// TestALeaderIsReplacedAfterTheLinesOfTheOthersDied: who does not lead asks for
// the lock, and must not wait for an answer that cannot come.
func TestALeaderIsReplacedAfterTheLinesOfTheOthersDied(t *testing.T) {
	t.Parallel() // it waits
	address := pgproc.Database(t)
	proxy, through := pgproc.NewProxy(t, address)
	leader := newFixture(t, pgstore.Options{URL: address})
	until(t, 15*time.Second, "the first one leads", leader.Leads)
	next := newFixture(t, pgstore.Options{URL: through})
	<-time.After(3500 * time.Millisecond) // it has asked
	proxy.Strand()
	<-time.After(3500 * time.Millisecond) // it asks on a dead line
	leader.noError(leader.Close())
	until(t, 15*time.Second, "the other one leads", next.Leads)
}

// TestALeaderNeedsNoPool: what an address says of the pool is not for a
// connection of its own.
func TestALeaderNeedsNoPool(t *testing.T) {
	f := newFixture(t, pgstore.Options{URL: pgproc.Database(t) + "?pool_max_conn_lifetime=1h&pool_min_conns=1"})
	until(t, 10*time.Second, "it leads", f.Leads)
}

// TestNobodyLeadsOnACopy: a copy's locks are its own, and the leader of the
// database is another.
func TestNobodyLeadsOnACopy(t *testing.T) {
	t.Parallel() // it waits
	primary := pgproc.Start(t, pgproc.Options{})
	leader := newFixture(t, pgstore.Options{URL: primary.URL("postgres")})
	standby := pgproc.Start(t, pgproc.Options{Standby: primary})
	astray := newFixture(t, pgstore.Options{URL: primary.URL("postgres"), Direct: standby.URL("postgres"), Quiet: true})
	until(t, 15*time.Second, "one leads", leader.Leads)
	for range 40 {
		if astray.Leads() {
			t.Fatal("a second one leads, on the copy")
		}
		<-time.After(100 * time.Millisecond)
	}
}
