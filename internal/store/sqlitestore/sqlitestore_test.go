package sqlitestore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) func() storetest.Store {
		t.Helper()
		path := filepath.Join(t.TempDir(), "claimcheck.db")
		return func() storetest.Store { return open(t, sqlitestore.Options{Path: path, Now: now}) }
	})
}

func open(tb testing.TB, o sqlitestore.Options) *sqlitestore.Store {
	tb.Helper()
	s, err := sqlitestore.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// A fixture is an open store in a folder of its own.
type fixture struct {
	*sqlitestore.Store

	t    *testing.T
	path string
	ids  *job.IDSource
}

// usage is what an owner used in a month and has now.
func (f *fixture) usage(ctx context.Context, owner string, month int) (account.Usage, account.Counts, error) {
	o, err := f.Owner(ctx, owner, month)
	return o.Usage, o.Counts, err
}

func newFixture(t *testing.T, o sqlitestore.Options) *fixture {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "claimcheck.db")
	}
	f := &fixture{t: t, path: o.Path, ids: job.NewIDSource(time.Now, rand.Reader, 0)}
	f.Store = open(t, o)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// submission is a charged submission of a job with an input of so many bytes.
func (f *fixture) submission(owner string, inputBytes int) *protocol.Submission {
	now := time.Now()
	return &protocol.Submission{
		Owner: owner,
		Job: &job.Job{
			ID: f.ids.New(), Owner: owner, Tool: "json-formatter", RequestID: "r", Input: job.Input{Size: int64(inputBytes)},
			Version: 1, Created: now, Updated: now, Ready: &job.Ready{},
		},
		Input: make([]byte, inputBytes),
		Admit: func(l protocol.Ledger) error {
			u, err := l.Usage(owner, 7)
			if err != nil {
				return err
			}
			u.Jobs++
			return nil
		},
	}
}

func (f *fixture) submit(s *protocol.Submission) error { return f.Submit(f.t.Context(), s) }

// change makes one change.
func (f *fixture) change(id job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) error {
	c := &protocol.Change{ID: id, Decide: decide}
	if err := f.Change(f.t.Context(), []*protocol.Change{c}); err != nil {
		return err
	}
	return c.Err
}

func (f *fixture) noError(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// unavailable fails unless err is UNAVAILABLE; with outcome unknown only if
// asked for.
func (f *fixture) unavailable(err error, outcome string) {
	f.t.Helper()
	e := fault.Of(err)
	if e == nil || e.Code != "UNAVAILABLE" || e.Kind != fault.Unavailable {
		f.t.Fatalf("got %v, want UNAVAILABLE", err)
	}
	got := ""
	for _, d := range e.Details {
		if d.Name == "outcome" {
			got = fmt.Sprint(d.Value)
		}
	}
	if got != outcome {
		f.t.Fatalf("got outcome %q of %v, want %q", got, err, outcome)
	}
}

// has fails unless an owner has these counts and was charged for so many jobs.
func (f *fixture) has(owner string, jobs int64, want account.Counts) {
	f.t.Helper()
	u, n, err := f.usage(f.t.Context(), owner, 7)
	f.noError(err)
	if n != want || u.Jobs != jobs {
		f.t.Fatalf("%s has %+v and %d jobs charged, want %+v and %d", owner, n, u.Jobs, want, jobs)
	}
}

// stored reports whether a job is there.
func (f *fixture) stored(id job.ID) bool {
	f.t.Helper()
	_, err := f.Get(f.t.Context(), id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		f.t.Fatal(err)
	}
	return err == nil
}

// dump returns all rows of all tables but the transactions' number.
func (f *fixture) dump() string {
	f.t.Helper()
	db, err := sqlite.OpenConn(f.path, sqlite.OpenReadWrite)
	f.noError(err)
	defer func() { f.noError(db.Close()) }()
	var b strings.Builder
	for _, table := range []string{
		"jobs", "inputs", "ready", "outputs", "uploads", "answers", "keys", "owners", "usage", "counts", "secrets", "probe", "notes",
		"(SELECT last_seq FROM meta)",
	} {
		fmt.Fprintln(&b, table)
		err := sqlitex.ExecuteTransient(db, "SELECT * FROM "+table, &sqlitex.ExecOptions{ResultFunc: func(st *sqlite.Stmt) error {
			for i := range st.ColumnCount() {
				fmt.Fprintf(&b, " %q", st.ColumnText(i))
			}
			fmt.Fprintln(&b)
			return nil
		}})
		f.noError(err)
	}
	return b.String()
}

// TestTheStoreKnowsItsNewestAndOldestJob, which not every store has to.
func TestTheStoreKnowsItsNewestAndOldestJob(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	first, last := f.submission("ann", 1), f.submission("ann", 1)
	f.noError(f.submit(first))
	f.noError(f.submit(last))
	if seq, err := f.LastSeq(t.Context()); err != nil || seq != last.Job.ID.Seq() {
		t.Errorf("newest is %d, %v; want %d", seq, err, last.Job.ID.Seq())
	}
	if at, err := f.OldestWaiting(t.Context()); err != nil || at.UnixMilli() != first.Job.Created.UnixMilli() {
		t.Errorf("oldest is of %s, %v; want %s", at, err, first.Job.Created)
	}
}
