package pgstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/protocol"
)

// A fixture is an open store and a source of ids.
type fixture struct {
	*pgstore.Store

	t   *testing.T
	ids *job.IDSource
}

// usage is what an owner used in the month of these tests, the seventh, and has now.
func (f *fixture) usage(ctx context.Context, owner string) (account.Usage, account.Counts, error) {
	o, err := f.Owner(ctx, owner, 7)
	return o.Usage, o.Counts, err
}

func newFixture(t *testing.T, o pgstore.Options) *fixture {
	t.Helper()
	f := &fixture{t: t, Store: open(t, o), ids: job.NewIDSource(time.Now, rand.Reader, 0)}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// submission is one that is charged to month 7.
func (f *fixture) submission(owner string) *protocol.Submission {
	return &protocol.Submission{
		Owner: owner, Input: []byte("input"),
		Job: &job.Job{ID: f.ids.New(), Owner: owner, Tool: "x", Input: job.Input{Size: 5}, Version: 1, Created: f.Now(), Ready: &job.Ready{}},
		Admit: func(l protocol.Ledger) error {
			u, err := l.Usage(owner, 7)
			if err == nil {
				u.Jobs++
			}
			return err
		},
	}
}

func (f *fixture) submit(s *protocol.Submission) error { return f.Submit(f.t.Context(), s) }

func (f *fixture) noError(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
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

// outcome is the detail of an UNAVAILABLE error; anything else fails.
func (f *fixture) outcome(err error) string {
	f.t.Helper()
	e := fault.Of(err)
	if e == nil || e.Code != "UNAVAILABLE" || e.Kind != fault.Unavailable {
		f.t.Fatalf("got %v, want UNAVAILABLE", err)
	}
	for _, d := range e.Details {
		if d.Name == "outcome" {
			return fmt.Sprint(d.Value)
		}
	}
	return ""
}

// once lets one commit have a fate.
func once(fate pgproc.Fate) func() pgproc.Fate {
	var done atomic.Bool
	return func() pgproc.Fate {
		if done.Swap(true) {
			return pgproc.Pass
		}
		return fate
	}
}

func TestACommitWhoseAnswerIsLostIsFoundOut(t *testing.T) {
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	for round := range 5 {
		proxy.OnCommit(once(pgproc.LoseAnswer))
		s := f.submission("ann")
		if err := f.submit(s); err != nil {
			t.Fatalf("round %d: the commit had happened, and the caller was told %v", round, err)
		}
		if !f.stored(s.Job.ID) {
			t.Fatal("it is not there")
		}
	}
	u, n, err := f.usage(t.Context(), "ann")
	f.noError(err)
	if u.Jobs != 5 || n.Queued != 5 {
		t.Errorf("charged %d, queued %d, want 5 of each", u.Jobs, n.Queued)
	}
}

func TestACommitThatNeverArrivedIsMadeAgain(t *testing.T) {
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	proxy.OnCommit(once(pgproc.LoseCommit))
	s := f.submission("ann")
	f.noError(f.submit(s))
	if !f.stored(s.Job.ID) {
		t.Error("an accepted job is not there")
	}
	proxy.OnCommit(func() pgproc.Fate { return pgproc.LoseCommit })
	s = f.submission("ann")
	if got := f.outcome(f.submit(s)); got != "" {
		t.Errorf("outcome %q, want none: it is known", got)
	}
	proxy.OnCommit(nil)
	if f.stored(s.Job.ID) {
		t.Error("a refused job is there")
	}
	u, _, err := f.usage(t.Context(), "ann")
	f.noError(err)
	if u.Jobs != 1 {
		t.Errorf("charged %d, want 1", u.Jobs)
	}
}

// TestWhatCannotBeFoundOutIsSaid: the commit happens, its answer is lost, and so
// is the database.
func TestWhatCannotBeFoundOutIsSaid(t *testing.T) {
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	f.noError(f.submit(f.submission("ann")))
	proxy.OnCommit(func() pgproc.Fate {
		proxy.Refuse(true)
		return pgproc.LoseAnswer
	})
	s := f.submission("ann")
	err := f.submit(s)
	if got := f.outcome(err); got != "unknown" {
		t.Errorf("outcome %q of %v, want unknown", got, err)
	}
	if f.outcome(f.Ping(t.Context())) != "" {
		t.Error("the database is not there, and Ping does not say so")
	}
	proxy.OnCommit(nil)
	proxy.Refuse(false)
	proxy.Cut()
	f.noError(f.Ping(t.Context()))
	if !f.stored(s.Job.ID) {
		t.Error("the commit had happened, and the job is gone")
	}
}

func TestChangesSurviveACutLine(t *testing.T) {
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	var wg sync.WaitGroup
	var accepted, refused atomic.Int64
	stop := make(chan struct{})
	end := sync.OnceFunc(func() { close(stop); wg.Wait() })
	defer end()
	var mu sync.Mutex
	var ids []job.ID
	for n := range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := f.submission(fmt.Sprint("owner", n%3))
				err := f.submit(s)
				switch {
				case err == nil:
					accepted.Add(1)
					mu.Lock()
					ids = append(ids, s.Job.ID)
					mu.Unlock()
				case fault.Is(err, fault.Unavailable):
					refused.Add(1)
				default:
					t.Errorf("got %v, want success or UNAVAILABLE", err)
					return
				}
			}
		})
	}
	before := int64(0)
	for range 15 {
		time.Sleep(40 * time.Millisecond) //nolint:forbidigo // the line is cut at random moments of a real load
		until(t, time.Minute, "something is accepted since the last cut", func() bool { return accepted.Load() > before })
		before = accepted.Load()
		proxy.Cut()
	}
	end()
	var charged int64
	for n := range 3 {
		u, has, err := f.usage(t.Context(), fmt.Sprint("owner", n))
		f.noError(err)
		if u.Jobs != has.Queued {
			t.Errorf("charged %d, queued %d", u.Jobs, has.Queued)
		}
		charged += u.Jobs
	}
	for _, id := range ids {
		if !f.stored(id) {
			t.Errorf("accepted job %s is gone", id)
		}
	}
	t.Logf("%d accepted, %d refused, %d charged", accepted.Load(), refused.Load(), charged)
	if charged < accepted.Load() || charged > accepted.Load()+refused.Load() || accepted.Load() == 0 {
		t.Errorf("%d accepted, %d refused, but %d charged", accepted.Load(), refused.Load(), charged)
	}
}

// TestAClaimBringsTheInput spares a question for each job.
func TestAClaimBringsTheInput(t *testing.T) {
	f := newFixture(t, pgstore.Options{URL: pgproc.Database(t)})
	s := f.submission("ann")
	f.noError(f.submit(s))
	c := &protocol.Change{ID: s.Job.ID, WantInput: true, Decide: func(*protocol.Change, *job.Job, protocol.Ledger) error { return nil }}
	f.noError(f.Change(t.Context(), []*protocol.Change{c}))
	if string(c.Input) != "input" {
		t.Errorf("got %q", c.Input)
	}
}

func TestADatabaseThatForgetsIsRefused(t *testing.T) {
	c := pgproc.Start(t, pgproc.Options{Settings: map[string]string{"fsync": "off"}})
	_, err := pgstore.Open(t.Context(), pgstore.Options{URL: c.URL("postgres"), Random: rand.Reader})
	if err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("fsync off: got %v", err)
	}
	c.Exec(t, "postgres", "ALTER SYSTEM SET fsync = on")
	c.Exec(t, "postgres", "ALTER SYSTEM SET synchronous_commit = off")
	c.Kill()
	c.Restart()
	_, err = pgstore.Open(t.Context(), pgstore.Options{URL: c.URL("postgres"), Random: rand.Reader})
	if err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("synchronous_commit off: got %v", err)
	}
}

func TestAnAddressThatLeadsNowhereIsSaidWithoutItsPassword(t *testing.T) {
	for _, url := range []string{"postgres://u:secret@127.0.0.1:1/x", "postgres://u:secret@127.0.0.1:1/x?sslmode=nonsense"} {
		_, err := pgstore.Open(t.Context(), pgstore.Options{URL: url, Random: rand.Reader})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	c := pgproc.Shared(t)
	url := c.Database(t)
	if err := open(t, pgstore.Options{URL: url}).Close(); err != nil {
		t.Fatal(err)
	}
	name := url[strings.LastIndex(url, "/")+1:]
	c.Exec(t, name, "UPDATE claimcheck.schema_version SET version = 999")
	_, err := pgstore.Open(t.Context(), pgstore.Options{URL: url, Random: rand.Reader})
	if err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v", err)
	}
}

func TestManyServersMigrateAnEmptyDatabaseTogether(t *testing.T) {
	url := pgproc.Database(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := pgstore.Open(t.Context(), pgstore.Options{URL: url, Random: rand.Reader})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestAWrongClockOfAServerChangesNothing: times come from the database, also
// where a server's own clock is an hour off. (The store never reads it; its
// caller is given the store's clock.)
func TestAWrongClockOfAServerChangesNothing(t *testing.T) {
	f := newFixture(t, pgstore.Options{URL: pgproc.Database(t)})
	s := f.submission("ann")
	s.Job.Created = time.Now().Add(-time.Hour) // what a wrong clock would write
	var told time.Time
	s.Admit = func(l protocol.Ledger) error {
		told = l.Now()
		return nil
	}
	f.noError(f.submit(s))
	if d := time.Since(told).Abs(); d > 5*time.Second {
		t.Errorf("the ledger's clock is %s off", d)
	}
	c := &protocol.Change{ID: s.Job.ID, Decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		j.Status, j.Attempt, j.Version = job.Processing, 1, 2
		j.Ready.Lease = job.Lease{ID: j.ID, Worker: "w", Attempt: 1, Until: l.Now().Add(time.Minute)}
		return nil
	}}
	f.noError(f.Change(t.Context(), []*protocol.Change{c}))
	for _, c := range []struct {
		within time.Duration
		want   int
	}{{0, 0}, {50 * time.Second, 0}, {70 * time.Second, 1}} {
		leases, err := protocol.Leases(t.Context(), f, f.Now().Add(c.within), 10)
		f.noError(err)
		if len(leases) != c.want {
			t.Errorf("%d leases end within %s, want %d", len(leases), c.within, c.want)
		}
	}
	if d := time.Until(f.Now()).Abs(); d > time.Second {
		t.Errorf("the store's clock is %s off that of a database on the same machine", d)
	}
}

func TestKeysAreRefusedWhileTheDatabaseIsAway(t *testing.T) {
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	k := account.Key{ID: "key_1", Owner: "ann", Digest: [32]byte{1}, Created: f.Now()}
	f.noError(f.CreateKey(t.Context(), k))
	proxy.Refuse(true)
	proxy.Cut()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := f.Key(ctx, k.Digest); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
	proxy.Refuse(false)
	got, err := f.Key(t.Context(), k.Digest)
	if err != nil || got.ID != k.ID {
		t.Errorf("got %+v, %v", got, err)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := f.Key(gone, k.Digest); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// TestTheTruthAboutACommitNeedsNoSecondConnection: the pool may have no other.
func TestTheTruthAboutACommitNeedsNoSecondConnection(t *testing.T) {
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Connections: 1, Quiet: true})
	proxy.OnCommit(once(pgproc.LoseAnswer))
	s := f.submission("ann")
	f.noError(f.submit(s))
	if !f.stored(s.Job.ID) {
		t.Error("it is not there")
	}
}
