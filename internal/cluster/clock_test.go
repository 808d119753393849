package cluster_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/account"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/care"
	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/queue"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/upload"
)

// settable are the statements that make the clock of a database one that can be
// set: its own functions stand before those of PostgreSQL. A copy has a clock of
// its own, by its port.
var settable = []string{
	"CREATE SCHEMA ahead",
	"CREATE TABLE ahead.step (port text PRIMARY KEY, by interval NOT NULL)",
	clockFunction("clock_timestamp", "VOLATILE"),
	clockFunction("statement_timestamp", "STABLE"),
	"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = ahead, pg_catalog, public', current_database()); END $$",
}

func clockFunction(name, kind string) string {
	return fmt.Sprintf("CREATE FUNCTION ahead.%[1]s() RETURNS timestamptz LANGUAGE sql %[2]s AS "+
		"$$ SELECT pg_catalog.%[1]s() + coalesce((SELECT by FROM ahead.step WHERE port = current_setting('port')), '0') $$", name, kind)
}

// stepOf is the statement that sets such a clock forwards, or back.
func stepOf(by string) string {
	return "INSERT INTO ahead.step VALUES (current_setting('port'), interval '" + by + "') ON CONFLICT (port) DO UPDATE SET by = step.by + excluded.by"
}

// A stepping is a database whose clock can be set.
type stepping struct {
	t    *testing.T
	url  string
	conn *pgx.Conn
}

func newStepping(t *testing.T) *stepping {
	t.Helper()
	s := &stepping{t: t, url: pgproc.Database(t)}
	var err error
	if s.conn, err = pgx.Connect(t.Context(), s.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.conn.Close(context.Background()) })
	for _, sql := range settable {
		s.exec(sql)
	}
	return s
}

func (s *stepping) exec(sql string) {
	s.t.Helper()
	if _, err := s.conn.Exec(s.t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stepping) step(by string) { s.exec(stepOf(by)) }

const (
	steppedLease    = 8 * time.Second // a busy machine may be late with renewals, which come every third of it
	steppedPatience = 20 * time.Second
)

// server is a queue of one more server, and what looks after its store, until stop is called or the test ends;
// then its leases are left as they are.
func (s *stepping) server(node string) (q *queue.Queue, keeper *care.Keeper, log *serverproc.Log, stop func()) {
	s.t.Helper()
	log = &serverproc.Log{}
	store, err := pgstore.Open(s.t.Context(), pgstore.Options{URL: s.url, Random: rand.Reader})
	if err != nil {
		s.t.Fatal(err)
	}
	blobs, err := dirblob.Share(filepath.Join(s.t.TempDir(), "files"))
	if err != nil {
		s.t.Fatal(err)
	}
	wall, lines := clock.New(store.Now), slog.New(slog.NewTextHandler(log, nil))
	q, err = queue.New(s.t.Context(), queue.Config{
		Store: store, Blobs: blobs, Log: lines, Now: store.Now, Clock: wall, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{} },
		Node:  node, Lease: steppedLease, MaxAttempts: 4, Retention: time.Hour, CacheBytes: 1 << 20,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	uploads := upload.New(upload.Config{
		Store: store, Blobs: blobs, Log: lines, Now: store.Now, Random: rand.Reader, PlanOf: q.PlanOf, RetentionOf: q.RetentionOf,
	})
	keeper = care.New(care.Config{Store: store, Jobs: q, Uploads: uploads, Blobs: blobs, Log: lines, Clock: wall})
	ctx, end := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { q.Run(ctx) })
	running.Go(func() { keeper.Run(ctx) })
	stop = sync.OnceFunc(func() {
		end()
		running.Wait()
		if err := store.Close(); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(stop)
	return q, keeper, log, stop
}

// TestTheDatabasesClockSteps: a retry, the lease of a dead server and that of a
// live one, and a job that is finished, while the database's clock is set.
func TestTheDatabasesClockSteps(t *testing.T) {
	for _, by := range []string{"-90 minutes", "2 hours", "2 years"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			s := newStepping(t)
			q, keeper, log, _ := s.server("a")
			dead, _, _, stop := s.server("b")
			finished, lost := submitTo(t, q), job.Job{}
			c := claimAt(t, q, steppedPatience)
			if _, err := q.Finish(t.Context(), c, queue.Outcome{Result: []byte(`{}`)}); err != nil {
				t.Fatal(err)
			}
			lost = submitTo(t, dead)
			claimAt(t, dead, steppedPatience)
			live := submitTo(t, q)
			leased := claimAt(t, q, steppedPatience)
			retried := submitTo(t, q)
			if _, err := q.Fail(t.Context(), claimAt(t, q, steppedPatience), errors.New("disk on fire")); err != nil {
				t.Fatal(err)
			}
			stop()
			s.step(by)
			want := map[job.ID]bool{lost.ID: true, retried.ID: true}
			for until := time.Now().Add(45 * time.Second); len(want) > 0; {
				got, err := q.Claim(t.Context(), 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range got {
					delete(want, c.Job.ID)
					if _, err := q.Finish(t.Context(), c, queue.Outcome{Result: []byte(`{}`)}); err != nil {
						t.Fatal(err)
					}
				}
				if time.Now().After(until) {
					t.Fatalf("%d jobs still wait", len(want))
				}
				<-time.After(100 * time.Millisecond)
			}
			if _, err := q.Finish(t.Context(), leased, queue.Outcome{Result: []byte(`{}`)}); err != nil {
				t.Errorf("the live lease of %s: %v", live.ID, err)
			}
			if err := keeper.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := q.GetAt(t.Context(), finished.Owner, finished.ID, finished.Created); by == "2 years" && err != nil {
				t.Errorf("the finished job: %v", err)
			}
			if !strings.Contains(log.String(), "clock has stepped") || by == "2 years" && !strings.Contains(log.String(), "clock has leapt") {
				t.Error("the log does not say so")
			}
		})
	}
}
