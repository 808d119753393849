package sqlitestore_test

import (
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/sqlitestore"
)

// TestQueriesUseTheirIndex: no statement that runs often reads a whole table or
// sorts.
func TestQueriesUseTheirIndex(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	db, err := sqlite.OpenConn(f.path, sqlite.OpenReadWrite)
	f.noError(err)
	defer func() { f.noError(db.Close()) }()
	for query, want := range sqlitestore.Queries {
		var plan []string
		st, _, err := db.PrepareTransient("EXPLAIN QUERY PLAN " + query)
		f.noError(err)
		for {
			row, err := st.Step()
			f.noError(err)
			if !row {
				break
			}
			plan = append(plan, st.ColumnText(3))
		}
		f.noError(st.Finalize())
		if got := strings.Join(plan, "; "); got != want {
			t.Errorf("plan of %s\n got %s\nwant %s", query, got, want)
		}
	}
}
