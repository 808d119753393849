package sqlitestore_test

import (
	"path/filepath"
	"testing"
	"time"

	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/store/storetest"
)

func open(t testing.TB, o sqlitestore.Options) *sqlitestore.Store {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) func() storetest.Store {
		path := filepath.Join(t.TempDir(), "claimcheck.db")
		return func() storetest.Store { return open(t, sqlitestore.Options{Path: path, Now: now}) }
	})
}
