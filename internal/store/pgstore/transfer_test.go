package pgstore_test

import (
	"crypto/rand"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
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
	sql(t, url, "INSERT INTO claimcheck.notes VALUES ('runtimes', 'x', '', 0)")
	sql(t, url, "ALTER TABLE claimcheck.notes RENAME TO many")
	sql(t, url, "CREATE VIEW claimcheck.notes AS SELECT kind, name, data, until FROM claimcheck.many, pg_sleep(1.5)")
	for _, table := range transfer.Tables() {
		if table.Name != "notes" {
			continue
		}
		if sum, err := c.Sum(t.Context(), table); err != nil || sum.Rows != 1 {
			t.Errorf("got %v, %v, want 1 row", sum, err)
		}
	}
}

// TestACopyGoesIntoNoDatabaseThatAServerHasUsed: there are signing secrets, and
// what was copied could never be the same.
func TestACopyGoesIntoNoDatabaseThatAServerHasUsed(t *testing.T) {
	o := pgstore.Options{URL: pgproc.Database(t), Random: rand.Reader}
	f := newFixture(t, o)
	f.noError(f.AddSecret(t.Context(), account.Secret{ID: "s", Bytes: []byte("x"), Created: f.Now()}, f.Now()))
	f.noError(f.Close())
	if _, err := pgstore.BeginCopy(t.Context(), o, "source"); !fault.IsCode(err, "IN_USE") {
		t.Errorf("got %v, want IN_USE", err)
	}
	again := open(t, o) // nothing was begun
	f.noError(again.Close())
}
