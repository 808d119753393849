package file_test

import (
	"path/filepath"
	"testing"

	"claimcheck/internal/store/migrate"
	"claimcheck/internal/store/sqlitestore/file"
)

func TestAStepThatFailsLeavesNothing(t *testing.T) {
	c, err := file.OpenWriter(filepath.Join(t.TempDir(), "test.db"), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	good := migrate.Step{Version: 1, Name: "1.sql", SQL: "CREATE TABLE one (a); -- and\nCREATE TABLE two (a);\n"}
	bad := migrate.Step{Version: 2, Name: "2.sql", SQL: "CREATE TABLE three (a); CREATE TABLE two (a)"}
	applied, err := migrate.Up(t.Context(), c, []migrate.Step{good, bad})
	if err == nil || len(applied) != 1 {
		t.Errorf("applied %v, %v, want the first step and an error", migrate.Names(applied), err)
	}
	tables, err := c.Number("SELECT count(*) FROM sqlite_master")
	if err != nil || tables != 2 {
		t.Errorf("%d tables, %v, want those of the first step", tables, err)
	}
	if have, err := c.SchemaVersion(t.Context()); err != nil || have != 1 {
		t.Errorf("version %d, %v, want 1", have, err)
	}
}
