package pgstore_test

import (
	"crypto/rand"
	"os"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgproc.Main(m)) }

func TestStore(t *testing.T) {
	cluster := pgproc.Shared(t)
	template := cluster.Template(t, func(url string) {
		if err := open(t, pgstore.Options{URL: url}).Close(); err != nil {
			t.Fatal(err)
		}
	})
	storetest.Run(t, func(t *testing.T, now func() time.Time) func() storetest.Store {
		t.Helper()
		url := cluster.Copy(t, template)
		return func() storetest.Store { return open(t, pgstore.Options{URL: url, Now: now}) }
	})
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
