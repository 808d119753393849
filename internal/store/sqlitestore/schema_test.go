package sqlitestore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/store/storetest"
)

// pragma runs one statement on the file and returns its first column.
func pragma(t *testing.T, path, sql string) (got int64) {
	t.Helper()
	db, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = sqlitex.ExecuteTransient(db, sql, &sqlitex.ExecOptions{ResultFunc: func(st *sqlite.Stmt) error {
		got = st.ColumnInt64(0)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEmptyFileIsMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claimcheck.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, sqlitestore.Options{Path: path})
	f.noError(f.submit(f.submission("ann", 5)))
	f.noError(f.Close())
	files, err := filepath.Glob("schema/*.sql")
	f.noError(err)
	if got := pragma(t, path, "PRAGMA user_version"); got != int64(len(files)) {
		t.Errorf("schema version %d, want %d", got, len(files))
	}
	if got := pragma(t, path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"); got != 0 {
		t.Error("the file fails its integrity check")
	}
	if got := pragma(t, path, "SELECT count(*) FROM pragma_foreign_key_check"); got != 0 {
		t.Error("the file fails its foreign key check")
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claimcheck.db")
	pragma(t, path, "PRAGMA user_version = 99")
	_, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: path})
	if err == nil || !strings.Contains(err.Error(), "the database has schema 99, this program knows") {
		t.Fatalf("got %v, want a refusal", err)
	}
}

func TestNotADatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claimcheck.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: path}); err == nil {
		t.Fatal("a text file was opened as a database")
	}
}

// TestFilesAreForTheOwnerOnly: they hold the signing secrets.
func TestFilesAreForTheOwnerOnly(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	f.noError(f.submit(f.submission("ann", 5)))
	files, err := filepath.Glob(f.path + "*")
	f.noError(err)
	if len(files) != 3 {
		t.Errorf("got files %q, want the database, its log and its index", files)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		f.noError(err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, info.Mode().Perm())
		}
	}
}

func TestReleasedSchemaStays(t *testing.T) { storetest.Released(t, "schema") }

// TestWhatWasLearnedIsKeptByAnUpgrade: it was in tables of its own.
func TestWhatWasLearnedIsKeptByAnUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claimcheck.db")
	db, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"0001_first", "0002_webhooks", "0003_fair", "0004_uploads", "0005_types", "0006_lists", "0007_clock", "0008_targets"} {
		script, err := os.ReadFile(filepath.Join("schema", name+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		if err := sqlitex.ExecuteScript(db, string(script), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	pragma(t, path, "PRAGMA user_version = 8")
	pragma(t, path, "INSERT INTO runtimes VALUES ('x', x'0102')")
	pragma(t, path, "INSERT INTO poisons (owner, tool, sum, until) VALUES ('ann/ü', 'x', -7, 9000000000000)")
	f := newFixture(t, sqlitestore.Options{Path: path})
	runs, err := f.Notes(t.Context(), protocol.RuntimeNotes)
	if err != nil || len(runs) != 1 || runs[0].Name != "x" || string(runs[0].Data) != "\x01\x02" || !runs[0].Until.IsZero() {
		t.Errorf("run times are %+v, %v", runs, err)
	}
	poisons, err := f.Notes(t.Context(), protocol.PoisonNotes)
	mark := job.InputMark{Owner: "ann/ü", Tool: "x", Sum: -7}
	if err != nil || len(poisons) != 1 || poisons[0].Name != mark.Name() || poisons[0].Until.UnixMilli() != 9000000000000 {
		t.Errorf("poisons are %+v, %v", poisons, err)
	}
}
