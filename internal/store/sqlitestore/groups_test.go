package sqlitestore_test

import (
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"claimcheck/internal/job"
	"claimcheck/internal/store/sqlitestore"
)

// TestWrongCountsOfGroupsAreFoundAndMended: of one that counts too many, of one whose
// row is missing, and of one that has no job.
func TestWrongCountsOfGroupsAreFoundAndMended(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	for _, name := range []string{"much", "lost", "right"} {
		s := f.submission("ann", 1)
		s.Job.Group = name
		f.noError(f.Submit(t.Context(), s))
	}
	f.noError(f.Close())
	db, err := sqlite.OpenConn(f.path, sqlite.OpenReadWrite)
	f.noError(err)
	f.noError(sqlitex.ExecuteScript(db, `UPDATE groups SET failed = 7 WHERE name = 'much'; DELETE FROM groups WHERE name = 'lost';
		INSERT INTO groups SELECT 'bob', 'none', version, queued, processing, success, failed, gone_success, gone_failed, closed, first_job, first_error, newest, created, updated
		FROM groups WHERE name = 'right';`, nil))
	f.noError(db.Close())
	f.Store = open(t, sqlitestore.Options{Path: f.path})
	for _, want := range []struct {
		repair bool
		wrong  int
	}{{false, 3}, {true, 3}, {true, 0}} {
		wrong, next, err := f.RecountGroups(t.Context(), job.GroupName{}, 10, want.repair)
		f.noError(err)
		if len(wrong) != want.wrong || next != (job.GroupName{}) {
			t.Fatalf("repair %t: got %+v, want %d wrong", want.repair, wrong, want.wrong)
		}
	}
	list, err := f.Groups(t.Context(), []job.GroupName{{Owner: "ann", Name: "much"}, {Owner: "ann", Name: "lost"}, {Owner: "bob", Name: "none"}})
	f.noError(err)
	if len(list) != 2 || list[0].Kept != (job.Tally{1}) || list[1].Kept != (job.Tally{1}) {
		t.Errorf("mended: %+v", list)
	}
}
