package pgstore_test

import (
	"crypto/rand"
	"testing"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/transfer"
)

// TestACopyMayTakeItsTime: what reads all rows of a table is not bounded as the
// statements of a server are.
func TestACopyMayTakeItsTime(t *testing.T) {
	url := pgproc.Database(t)
	c, err := pgstore.BeginCopy(t.Context(), pgstore.Options{URL: url + "?statement_timeout=500", Random: rand.Reader}, "source")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sql(t, url, "INSERT INTO claimcheck.runtimes VALUES ('x', '')")
	sql(t, url, "ALTER TABLE claimcheck.runtimes RENAME TO many")
	sql(t, url, "CREATE VIEW claimcheck.runtimes AS SELECT tool, data FROM claimcheck.many, pg_sleep(1.5)")
	for _, table := range transfer.Tables() {
		if table.Name != "runtimes" {
			continue
		}
		if sum, err := c.Sum(t.Context(), table); err != nil || sum.Rows != 1 {
			t.Errorf("got %v, %v, want 1 row", sum, err)
		}
	}
}
