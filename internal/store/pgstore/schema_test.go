package pgstore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest"
)

// older makes a database with the schema as it was after so many steps, and
// returns its address and a connection to it.
func older(t *testing.T, steps int) (url string, c *pgx.Conn) {
	t.Helper()
	url = pgproc.Database(t)
	return url, olderAt(t, url, steps)
}

// olderAt is older for an empty database.
func olderAt(t *testing.T, url string, steps int) *pgx.Conn {
	t.Helper()
	files, err := filepath.Glob("schema/*.sql")
	if err != nil || len(files) <= steps {
		t.Fatalf("%d steps, %v", len(files), err)
	}
	c := session(t, url)
	run(t, c, "CREATE SCHEMA claimcheck")
	run(t, c, "CREATE TABLE claimcheck.schema_version (one smallint PRIMARY KEY CHECK (one = 1), version integer NOT NULL)")
	run(t, c, fmt.Sprintf("INSERT INTO claimcheck.schema_version VALUES (1, %d)", steps))
	for _, name := range files[:steps] {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		run(t, c, string(script))
	}
	return c
}

func session(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func run(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%.60s: %v", sql, err)
	}
}

// opening opens a store beside what the test does.
func opening(t *testing.T, url string) (opened func() *pgstore.Store) {
	t.Helper()
	type answer struct {
		s   *pgstore.Store
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		s, err := pgstore.Open(t.Context(), pgstore.Options{URL: url, Random: rand.Reader, Quiet: true})
		answers <- answer{s, err}
	}()
	return func() *pgstore.Store {
		t.Helper()
		a := <-answers
		if a.err != nil {
			t.Fatal(a.err)
		}
		t.Cleanup(func() { _ = a.s.Close() })
		return a.s
	}
}

// waitsFor waits until a session of a database waits for a lock of a table.
func waitsFor(t *testing.T, c *pgx.Conn, table string) {
	t.Helper()
	until(t, 10*time.Second, "somebody waits for "+table, func() bool {
		waits := false
		err := c.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = $1::regclass)", "claimcheck."+table).Scan(&waits)
		return err == nil && waits
	})
}

const sqlOldDelivery = `INSERT INTO claimcheck.deliveries (id, webhook, owner, target, url, event, job, sequence, created, state, due, attempts, expires, reason, log)
	VALUES ('d', 'w', 'ann', 'ann w', 'https://a.example/', 'job.succeeded', NULL, 1, 1, 0, 1, 0, 9000000000000, '', NULL)`

// TestADeliveryThatIsMadeDuringAnUpgradeHasATarget: a server of the release before
// writes one while the schema is brought up to date, and has not committed it.
func TestADeliveryThatIsMadeDuringAnUpgradeHasATarget(t *testing.T) {
	t.Parallel() // it waits
	url, old := older(t, 6)
	watcher := session(t, url)
	run(t, old, "BEGIN")
	run(t, old, sqlOldDelivery)
	opened := opening(t, url)
	waitsFor(t, watcher, "deliveries")
	run(t, old, "COMMIT")
	list, err := opened().DueTargets(t.Context(), time.Now(), 10)
	if err != nil || len(list) != 1 || list[0].Name != "ann w" {
		t.Errorf("targets %v, %v, want that of the delivery", list, err)
	}
}

// TestAnUpgradeTakesItsTime: an index over many jobs takes longer than any
// statement of a server may.
func TestAnUpgradeTakesItsTime(t *testing.T) {
	t.Parallel() // it waits
	url, old := older(t, 1)
	run(t, old, `INSERT INTO claimcheck.jobs (id, owner, tool, request_id, input_size, input_where, status, version, attempt, failures, losses,
			created, updated, started, finished, expires, link_at, charged_month, output)
		SELECT gen_random_uuid(), 'owner' || n % 100, 'x', '', 5, 0, 2, 3, 1, 0, 0, n, n, n, n, 9000000000000, 0, 1, '' FROM generate_series(1, 500000) n`)
	began := time.Now()
	opening(t, url+"?statement_timeout=100")()
	if took := time.Since(began); took > 2*time.Minute {
		t.Errorf("500000 jobs took %s", took)
	}
}

// TestAnUpgradeWaitsForAnother: one that takes longer than anything else waits for a
// lock.
func TestAnUpgradeWaitsForAnother(t *testing.T) {
	t.Parallel() // it waits
	url, other := older(t, 1)
	run(t, other, "BEGIN")
	run(t, other, "SELECT pg_advisory_xact_lock(109317141916929)")
	opened := opening(t, url)
	<-time.After(6 * time.Second)
	run(t, other, "COMMIT")
	opened()
}

// TestAnUpgradeLetsOthersPass: while somebody reads a table for long, those who
// work on it do not wait behind the upgrade for as long.
func TestAnUpgradeLetsOthersPass(t *testing.T) {
	t.Parallel() // it waits
	url, old := older(t, 1)
	dump, watcher := session(t, url), session(t, url)
	run(t, dump, "BEGIN")
	run(t, dump, "LOCK TABLE claimcheck.deliveries IN ACCESS SHARE MODE")
	opened := opening(t, url)
	waitsFor(t, watcher, "deliveries")
	run(t, old, "SET statement_timeout = '20s'") // behind the upgrade it would wait for as long as the reader reads
	run(t, old, sqlOldDelivery)
	<-time.After(6 * time.Second) // longer than anything else waits for a lock
	run(t, dump, "COMMIT")
	opened()
}

func TestReleasedSchemaStays(t *testing.T) { storetest.Released(t, "schema") }

// TestWhatWasLearnedIsKeptByAnUpgrade: it was in tables of its own, which servers of
// the release before go on with.
func TestWhatWasLearnedIsKeptByAnUpgrade(t *testing.T) {
	url, old := older(t, 7)
	run(t, old, "INSERT INTO claimcheck.runtimes VALUES ('x', '\\x0102')")
	run(t, old, "INSERT INTO claimcheck.poisons (owner, tool, sum, until) VALUES ('ann/ü' || chr(1) || '00', 'x', -7, 9000000000000)")
	f := opening(t, url)()
	runs, err := f.Notes(t.Context(), protocol.RuntimeNotes)
	if err != nil || len(runs) != 1 || runs[0].Name != "x" || string(runs[0].Data) != "\x01\x02" || !runs[0].Until.IsZero() {
		t.Errorf("run times are %+v, %v", runs, err)
	}
	poisons, err := f.Notes(t.Context(), protocol.PoisonNotes)
	mark := job.InputMark{Owner: "ann/ü\x00", Tool: "x", Sum: -7}
	if err != nil || len(poisons) != 1 || poisons[0].Name != mark.Name() || poisons[0].Until.UnixMilli() != 9000000000000 {
		t.Errorf("poisons are %+v, %v", poisons, err)
	}
	run(t, old, "INSERT INTO claimcheck.runtimes VALUES ('y', '')")
}
