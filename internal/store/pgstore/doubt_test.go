package pgstore_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
)

// aLook is a part of the statement that asks whether a commit happened.
const aLook = "commits AS c"

// TestALookThatLostItsAnswerIsNotTakenForTheTransaction: the COMMIT never
// arrives, and the answer to the question whether it happened is lost as well:
// the next question meets what the first one left.
func TestALookThatLostItsAnswerIsNotTakenForTheTransaction(t *testing.T) {
	for name, fate := range map[string]pgproc.Fate{"all lines cut": pgproc.LoseAnswer, "its line cut": pgproc.CutAnswer} {
		t.Run(name, func(t *testing.T) {
			proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
			f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
			f.noError(f.submit(f.submission("ann")))
			var looks atomic.Int64
			for round := range 5 {
				lose := once(pgproc.LoseCommit)
				proxy.OnCommit(lose)
				cut := once(fate)
				proxy.On(aLook, func() pgproc.Fate {
					looks.Add(1)
					return cut()
				})
				s := f.submission("ann")
				if err := f.submit(s); err != nil {
					t.Fatalf("round %d: it was not tried again: %v", round, err)
				}
				if !f.stored(s.Job.ID) {
					t.Fatalf("round %d: an accepted job is not there", round)
				}
			}
			if looks.Load() < 10 {
				t.Errorf("%d looks, want two in each round", looks.Load())
			}
			u, n, err := f.usage(t.Context(), "ann")
			f.noError(err)
			if u.Jobs != 6 || n.Queued != 6 {
				t.Errorf("charged %d, queued %d, want 6 of each", u.Jobs, n.Queued)
			}
		})
	}
}

// TestLinesThatLoseAnswersAtRandom: whatever was told is true.
func TestLinesThatLoseAnswersAtRandom(t *testing.T) {
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	f.noError(f.submit(f.submission("ann")))
	var n atomic.Int64
	commits := []pgproc.Fate{pgproc.LoseCommit, pgproc.CutAnswer, pgproc.Pass, pgproc.LoseCommit, pgproc.LoseAnswer}
	looks := []pgproc.Fate{pgproc.CutAnswer, pgproc.LoseCommit, pgproc.Pass, pgproc.CutAnswer}
	proxy.OnCommit(func() pgproc.Fate { return commits[n.Add(1)%int64(len(commits))] })
	proxy.On(aLook, func() pgproc.Fate { return looks[n.Add(1)%int64(len(looks))] })
	accepted, refused := []job.ID{}, []job.ID{}
	for range 60 {
		s := f.submission("ann")
		switch err := f.submit(s); {
		case err == nil:
			accepted = append(accepted, s.Job.ID)
		case !fault.Is(err, fault.Unavailable):
			t.Fatal(err)
		case f.outcome(err) == "":
			refused = append(refused, s.Job.ID)
		}
	}
	proxy.OnCommit(nil)
	proxy.On(aLook, nil)
	for _, id := range accepted {
		if !f.stored(id) {
			t.Errorf("accepted job %s is not there", id)
		}
	}
	for _, id := range refused {
		if f.stored(id) {
			t.Errorf("refused job %s is there", id)
		}
	}
	t.Logf("%d accepted, %d refused", len(accepted), len(refused))
	if len(accepted) == 0 {
		t.Error("nothing was accepted")
	}
}

// TestWhatIsForgottenIsUnknown: the row that would tell is removed between the
// commit and the look, as after a step of the clock.
func TestWhatIsForgottenIsUnknown(t *testing.T) {
	address := pgproc.Database(t)
	proxy, url := pgproc.NewProxy(t, address)
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	other := newFixture(t, pgstore.Options{URL: address, Quiet: true})
	proxy.OnCommit(once(pgproc.CutAnswer))
	forget := sync.OnceFunc(func() {
		sql(t, address, "UPDATE claimcheck.commits SET at = 1")
		if err := other.Tidy(t.Context()); err != nil {
			t.Error(err)
		}
	})
	proxy.On(aLook, func() pgproc.Fate {
		forget()
		return pgproc.Pass
	})
	s := f.submission("ann")
	if got := f.outcome(f.submit(s)); got != "unknown" {
		t.Errorf("outcome %q, want unknown", got)
	}
	if !f.stored(s.Job.ID) {
		t.Error("the commit had happened, and the job is gone")
	}
	f.noError(f.submit(f.submission("ann")))
}

// TestNoRowGoesWhileATransactionMayWriteItsTwin: however old it seems.
func TestNoRowGoesWhileATransactionMayWriteItsTwin(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	open, err := pgx.Connect(t.Context(), url)
	f.noError(err)
	defer func() { f.noError(open.Close(context.Background())) }()
	_, err = open.Exec(t.Context(), "BEGIN; INSERT INTO claimcheck.commits (process, n, at) VALUES (1, 1, 0)")
	f.noError(err)
	f.noError(f.submit(f.submission("ann")))
	sql(t, url, "UPDATE claimcheck.commits SET at = 1")
	rows := func() string { return sql(t, url, "SELECT count(*) > 0 FROM claimcheck.commits") }
	f.noError(f.Tidy(t.Context()))
	if rows() != "t" {
		t.Error("a row went while an older transaction was open")
	}
	_, err = open.Exec(t.Context(), "ROLLBACK")
	f.noError(err)
	f.noError(f.Tidy(t.Context()))
	if rows() != "f" {
		t.Error("old rows stay")
	}
	if got := sql(t, url, "SELECT below > 0 FROM claimcheck.forgotten"); got != "t" {
		t.Error("it is not said which transactions are forgotten")
	}
}

// TestARowOfTheReleaseBefore is written without the columns that it does not
// know, and is a transaction's.
func TestARowOfTheReleaseBefore(t *testing.T) {
	url := pgproc.Database(t)
	newFixture(t, pgstore.Options{URL: url, Quiet: true})
	got := sql(t, url, "INSERT INTO claimcheck.commits (process, n, at) VALUES (1, 1, 5); SELECT look, tx > 0 FROM claimcheck.commits WHERE process = 1")
	if got != "0|t" {
		t.Errorf("got %s", got)
	}
	if plan := sql(t, url, "SET enable_seqscan = off; EXPLAIN DELETE FROM claimcheck.commits WHERE at < 7"); !strings.Contains(plan, "commits_by_age") {
		t.Errorf("old rows are looked for without an index:\n%s", plan)
	}
}

// TestADatabaseThatWasRestoredCountsAnew: what is noted of transactions is of the
// database that was dumped, which had counted further.
func TestADatabaseThatWasRestoredCountsAnew(t *testing.T) {
	address := pgproc.Database(t)
	first := newFixture(t, pgstore.Options{URL: address, Quiet: true})
	first.noError(first.submit(first.submission("ann")))
	first.noError(first.Close())
	sql(t, address, "UPDATE claimcheck.commits SET tx = tx + (1::bigint << 40), confirmed = 1::bigint << 40")
	sql(t, address, "UPDATE claimcheck.forgotten SET below = 1::bigint << 40")
	proxy, url := pgproc.NewProxy(t, address)
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	proxy.OnCommit(once(pgproc.LoseCommit))
	f.noError(f.submit(f.submission("ann"))) // it is known not to have happened, and made again
	if n := sql(t, address, "SELECT count(*) FROM claimcheck.commits WHERE tx >= 1::bigint << 40"); n != "0" {
		t.Errorf("%s rows of other transactions stay", n)
	}
}

// TestRowsFromTheFutureGo: a clock that was years ahead for a week left many.
func TestRowsFromTheFutureGo(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	f.noError(f.submit(f.submission("ann")))
	sql(t, url, "UPDATE claimcheck.commits SET at = at + 100000000000")
	f.noError(f.submit(f.submission("ann")))
	f.noError(f.Tidy(t.Context()))
	if n := sql(t, url, "SELECT count(*) FROM claimcheck.commits"); n != "1" {
		t.Errorf("%s rows are left, want that of a moment ago", n)
	}
}
