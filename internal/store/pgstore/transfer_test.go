package pgstore_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

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

// TestWhatComesAfterACopyIsNewer: rows keep their numbers, and the next ones are greater.
func TestWhatComesAfterACopyIsNewer(t *testing.T) {
	o := pgstore.Options{URL: pgproc.Database(t), Random: rand.Reader}
	c, err := pgstore.BeginCopy(t.Context(), o, "source")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range transfer.Tables() {
		if table.Name != "audit" {
			continue
		}
		row := func(n int64) transfer.Row {
			return transfer.Row{n, int64(1_700_000_000_000), "key_1", "ops", "keys.revoke", "key_2", "r"}
		}
		for range 2 { // the second time is the same copy, gone on with
			if err := c.Put(t.Context(), table, []transfer.Row{row(7), row(1_000_000)}); err != nil {
				t.Fatal(err)
			}
		}
		if sum, err := c.Sum(t.Context(), table); err != nil || sum.Rows != 2 {
			t.Errorf("got %v, %v, want 2 rows", sum, err)
		}
	}
	if err := c.Finish(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	c.Close()
	f := newFixture(t, o)
	f.noError(f.AddAudit(t.Context(), account.AuditRow{Key: "command", Action: "keys.create", Target: "key_3"}))
	rows, err := f.AuditRows(t.Context(), 0, time.Time{}, 10)
	f.noError(err)
	if len(rows) != 3 || rows[0].Target != "key_3" || rows[0].N != 1_000_001 || rows[1].N != 1_000_000 || rows[2].RequestID != "r" {
		t.Errorf("got %+v", rows)
	}
	f.noError(f.Close())
}

// own are the tables and columns that the shared store alone has, or makes of others.
var own = map[string]bool{
	"allowances": true, "commits": true, "copy": true, "forgotten": true, "meta": true, "schema_version": true,
	"poisons": true, "runtimes": true, // of earlier releases: they are notes now
	"targets":      true, // made by triggers of deliveries
	"deliveries.n": true, "keys.n": true, "secrets.n": true, "webhooks.n": true,
}

// TestACopyHasAllThatThereIs: each table and column of the database is copied but for
// those that are this store's own. What is forgotten here is lost without a word.
func TestACopyHasAllThatThereIs(t *testing.T) {
	url := pgproc.Database(t)
	o := pgstore.Options{URL: url, Random: rand.Reader}
	f := newFixture(t, o)
	f.noError(f.Close())
	copied := map[string]bool{}
	for _, table := range transfer.Tables() {
		for _, c := range table.Columns {
			copied[table.Name+"."+c.Name] = true
		}
	}
	for name := range strings.FieldsSeq(sql(t, url, `SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = 'claimcheck'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY 1`)) {
		table, _, _ := strings.Cut(name, ".")
		if !copied[name] && !own[table] && !own[name] {
			t.Errorf("%s is not copied", name)
		}
	}
}
