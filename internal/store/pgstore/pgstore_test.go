package pgstore_test

import (
	"crypto/rand"
	"flag"
	"os"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/storetest"
)

// fewerChecks is for the suite's random operations, of which each begins with a
// database of its own.
const fewerChecks = "30"

// atOnce is how many parallel tests run together: most of them wait for what a
// database does when something is away.
const atOnce = "6"

func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": fewerChecks, "test.parallel": atOnce} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(pgproc.Main(m)) //nolint:forbidigo // of the test binary
}

func TestStore(t *testing.T) {
	t.Parallel()
	c := pgproc.Shared(t)
	storetest.Run(t, placeOn(t, c, func(url string, now func() time.Time) pgstore.Options {
		return pgstore.Options{URL: url, Now: now}
	}))
}

// TestStoreBehindAPooler: any session may get any transaction.
func TestStoreBehindAPooler(t *testing.T) {
	t.Parallel()
	c := pgproc.Shared(t)
	b := pgproc.StartBouncer(t, c)
	storetest.Run(t, placeOn(t, c, func(url string, now func() time.Time) pgstore.Options {
		return pgstore.Options{URL: b.URL(t, url), Direct: url, Now: now}
	}))
}

// placeOn makes databases of a cluster from a template with the schema.
func placeOn(t *testing.T, c *pgproc.Cluster, options func(url string, now func() time.Time) pgstore.Options) storetest.Place {
	t.Helper()
	template := c.Template(t, func(url string) {
		if err := open(t, pgstore.Options{URL: url}).Close(); err != nil {
			t.Fatal(err)
		}
	})
	return func(t *testing.T, now func() time.Time) func() storetest.Store {
		t.Helper()
		url := c.Copy(t, template)
		return func() storetest.Store { return open(t, options(url, now)) }
	}
}

func open(tb testing.TB, o pgstore.Options) *pgstore.Store {
	tb.Helper()
	o.Random = rand.Reader
	s, err := pgstore.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestTheStoreKnowsItsNewestAndOldestJob, which not every store has to.
func TestTheStoreKnowsItsNewestAndOldestJob(t *testing.T) {
	f := newFixture(t, pgstore.Options{URL: pgproc.Database(t)})
	first, last := f.submission("ann"), f.submission("ann")
	f.noError(f.submit(first))
	f.noError(f.submit(last))
	if seq, err := f.LastSeq(t.Context()); err != nil || seq != last.Job.ID.Seq() {
		t.Errorf("newest is %d, %v; want %d", seq, err, last.Job.ID.Seq())
	}
	if at, err := f.OldestWaiting(t.Context()); err != nil || at.UnixMilli() != first.Job.Created.UnixMilli() {
		t.Errorf("oldest is of %s, %v; want %s", at, err, first.Job.Created)
	}
}
