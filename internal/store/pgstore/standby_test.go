package pgstore_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/protocol"
)

// A pair is a primary whose commits wait for its copy.
type pair struct {
	t                *testing.T
	primary, standby *pgproc.Cluster
	url              string // of whichever takes writes
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, primary: pgproc.Start(t, pgproc.Options{})}
	p.standby = pgproc.Start(t, pgproc.Options{Standby: p.primary})
	p.primary.Synchronous()
	p.url = pgproc.Either(p.primary, p.standby, "postgres")
	return p
}

func (p *pair) store() *fixture {
	p.t.Helper()
	return newFixture(p.t, pgstore.Options{URL: p.url, Quiet: true})
}

// lose loses the primary and has the copy take its place.
func (p *pair) lose() {
	p.t.Helper()
	p.primary.KillHard()
	p.standby.Promote()
	p.standby.Exec(p.t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = ''")
	p.standby.Exec(p.t, "postgres", "SELECT pg_reload_conf()")
}

// waiting is how many commits wait for the copy.
func (p *pair) waiting() string {
	p.t.Helper()
	return p.primary.Exec(p.t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
}

// keyed is a submission with the idempotency key "k".
func (f *fixture) keyed(owner string) *protocol.Submission {
	s := f.submission(owner)
	s.Idempotency = &protocol.Idempotency{Key: "k", Job: s.Job.ID, Status: 202, Expires: f.Now().Add(time.Hour)}
	return s
}

// finish ends a job.
func (f *fixture) finish(id job.ID) error {
	c := &protocol.Change{ID: id, Decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		j.Status, j.Version, j.Ready = job.Failed, j.Version+1, nil
		j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(time.Hour)
		j.Error = []byte(`{"code":"CANCELED"}`)
		return nil
	}}
	if err := f.Change(f.t.Context(), []*protocol.Change{c}); err != nil {
		return err
	}
	return c.Err
}

// notKnown fails unless an error says that the outcome is unknown.
func (f *fixture) notKnown(what string, err error) {
	f.t.Helper()
	if got := f.outcome(err); got != "unknown" {
		f.t.Errorf("%s: %v, want an unknown outcome", what, err)
	}
}

// TestNothingIsToldThatTheCopyDoesNotHave: the copy is away, the commit is given
// up, the same key is sent again; then the copy takes the database's place.
func TestNothingIsToldThatTheCopyDoesNotHave(t *testing.T) {
	t.Parallel() // it waits
	p := newPair(t)
	f, other := p.store(), p.store()
	f.noError(f.submit(f.submission("ann")))
	p.standby.Detach()
	s := f.keyed("ann")
	began := time.Now()
	f.notKnown("the submission", f.submit(s))
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	if n := p.primary.Exec(t, "postgres", "SELECT count(*) FROM claimcheck.answers"); n != "0" {
		t.Error("the commit was canceled: the database shows what no copy has")
	}
	for _, g := range []*fixture{f, other} {
		if again := g.keyed("ann"); g.submit(again) == nil {
			t.Errorf("the same key was answered, with %v", again.Replay)
		}
		if a, err := g.Answer(t.Context(), "ann", "k"); err == nil && a != nil {
			t.Error("the answer is told")
		}
	}
	p.lose()
	until(t, 30*time.Second, "it is accepted", func() bool { return f.submit(f.keyed("ann")) == nil })
	a, err := other.Answer(t.Context(), "ann", "k")
	other.noError(err)
	if a == nil || !other.stored(a.Job) {
		t.Error("an accepted job is gone")
	}
}

// TestACommitGoesOnWhenTheCopyIsBack: it was given up, not canceled.
func TestACommitGoesOnWhenTheCopyIsBack(t *testing.T) {
	t.Parallel() // it waits
	p := newPair(t)
	f := p.store()
	f.noError(f.submit(f.submission("ann")))
	attach := p.standby.Detach()
	s := f.keyed("ann")
	f.notKnown("the submission", f.submit(s))
	attach()
	var again *protocol.Submission
	until(t, 30*time.Second, "the same key is answered", func() bool {
		again = f.keyed("ann")
		return f.submit(again) == nil
	})
	if again.Replay == nil || again.Replay.Job != s.Job.ID {
		t.Errorf("a second job was made: %+v", again.Replay)
	}
	f.noError(f.Ping(t.Context()))
}

// TestACanceledWaitIsNoCommit: PostgreSQL calls a commit whose wait was canceled a
// success. Nobody is told of it before the copy has it.
func TestACanceledWaitIsNoCommit(t *testing.T) {
	t.Parallel() // it waits
	p := newPair(t)
	f, other := p.store(), p.store()
	first := f.submission("ann")
	f.noError(f.submit(first))
	attach := p.standby.Detach()
	s := f.keyed("bob")
	done := make(chan error, 2)
	go func() { done <- f.submit(s) }()
	until(t, 4*time.Second, "one waits for the copy", func() bool { return p.waiting() != "0" })
	go func() { done <- f.finish(first.Job.ID) }()
	until(t, 4*time.Second, "both wait", func() bool { return p.waiting() != "0" && p.waiting() != "1" })
	p.primary.Exec(t, "postgres", "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
	for range 2 {
		f.notKnown("a canceled commit", <-done)
	}
	if got := p.primary.Exec(t, "postgres", "SELECT count(*) FROM claimcheck.jobs WHERE finished > 0 OR owner = 'bob'"); got != "2" {
		t.Fatalf("%s of 2 transactions are seen", got)
	}
	for _, g := range []*fixture{f, other} {
		_, err := g.Answer(t.Context(), "bob", "k")
		g.notKnown("the remembered answer", err)
		_, err = g.Get(t.Context(), first.Job.ID)
		g.notKnown("a final status", err)
		if j, err := g.Get(t.Context(), s.Job.ID); err != nil || j.Status != job.Queued {
			t.Errorf("an unfinished job: %v", err)
		}
	}
	attach()
	for _, g := range []*fixture{f, other} {
		until(t, 30*time.Second, "both are told", func() bool {
			a, err := g.Answer(t.Context(), "bob", "k")
			j, err2 := g.Get(t.Context(), first.Job.ID)
			return err == nil && a != nil && err2 == nil && j.Status.Final()
		})
	}
}

// TestWhatARestartBringsToLightIsConfirmedFirst: a commit waits for the copy when
// the database is killed; afterwards everybody sees it.
func TestWhatARestartBringsToLightIsConfirmedFirst(t *testing.T) {
	t.Parallel() // it waits
	p := newPair(t)
	f, other := p.store(), p.store()
	f.noError(f.submit(f.submission("ann")))
	attach := p.standby.Detach()
	s := f.keyed("ann")
	f.notKnown("the submission", f.submit(s))
	p.primary.Kill()
	p.primary.Restart()
	if got := p.primary.Exec(t, "postgres", "SELECT count(*) FROM claimcheck.answers"); got != "1" {
		t.Fatalf("%s answers are seen, want 1", got)
	}
	for _, g := range []*fixture{f, other} {
		_, err := g.Answer(t.Context(), "ann", "k")
		g.notKnown("the remembered answer", err)
	}
	attach()
	until(t, 30*time.Second, "it is told", func() bool {
		a, err := other.Answer(t.Context(), "ann", "k")
		return err == nil && a != nil && a.Job == s.Job.ID
	})
}

// TestReadsAndRefusalsGoOnWhileTheCopyIsAway on two servers with many callers;
// what needs a commit is refused in time.
func TestReadsAndRefusalsGoOnWhileTheCopyIsAway(t *testing.T) {
	t.Parallel() // it waits
	p := newPair(t)
	servers := []*fixture{p.store(), p.store()}
	s := servers[0].submission("ann")
	servers[0].noError(servers[0].submit(s))
	k := account.Key{ID: "key_1", Owner: "ann", Digest: [32]byte{1}, Created: servers[0].Now()}
	servers[0].noError(servers[0].CreateKey(t.Context(), k))
	attach := p.standby.Detach()
	var calls sync.WaitGroup
	var mu sync.Mutex
	slowest := map[string]time.Duration{}
	measure := func(what string, f func()) {
		began := time.Now()
		f()
		mu.Lock()
		defer mu.Unlock()
		slowest[what] = max(slowest[what], time.Since(began))
	}
	end := time.Now().Add(20 * time.Second)
	repeat := func(what string, pause time.Duration, f func()) {
		calls.Go(func() {
			for time.Now().Before(end) {
				measure(what, f)
				<-time.After(pause)
			}
		})
	}
	for _, f := range servers {
		for range 12 {
			repeat("submission", 10*time.Millisecond, func() {
				if err := f.submit(f.submission("ann")); err == nil {
					t.Error("a submission was accepted")
				}
			})
			repeat("task", 10*time.Millisecond, func() {
				err := f.SaveNotes(t.Context(), "x", []protocol.Note{{Name: "ann", Until: f.Now().Add(time.Hour)}})
				if err == nil {
					t.Error("a task was done")
				}
			})
		}
		for range 4 {
			repeat("key", 5*time.Millisecond, func() { _, err := f.Key(t.Context(), k.Digest); f.check(err) })
			repeat("status", 5*time.Millisecond, func() { _, err := f.Get(t.Context(), s.Job.ID); f.check(err) })
		}
		repeat("usage", 20*time.Millisecond, func() { _, err := f.Owner(t.Context(), "ann", 7); f.check(err) })
		repeat("ping", 100*time.Millisecond, func() { _ = f.Ping(t.Context()) })
	}
	calls.Wait()
	t.Logf("slowest: %v", slowest)
	for what, limit := range map[string]time.Duration{
		// What waits for the copy takes 8 s at least, and what is not given up does not come back.
		"key": 6 * time.Second, "status": 6 * time.Second, "usage": 6 * time.Second, "ping": 6 * time.Second, "submission": 30 * time.Second, "task": 30 * time.Second,
	} {
		if slowest[what] > limit {
			t.Errorf("the slowest %s took %s, want at most %s", what, slowest[what], limit)
		}
	}
	attach()
	for _, f := range servers {
		until(t, 20*time.Second, "it is accepted again", func() bool { return f.submit(f.submission("ann")) == nil })
	}
	if n := p.primary.Exec(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND state IS NOT NULL"); len(n) > 2 {
		t.Errorf("%s connections are left", n)
	}
}

func (f *fixture) check(err error) {
	if err != nil {
		f.t.Error(err)
	}
}

// TestAPingHasALimit: the database stands still.
func TestAPingHasALimit(t *testing.T) {
	t.Parallel() // it waits
	proxy, url := pgproc.NewProxy(t, pgproc.Database(t))
	f := newFixture(t, pgstore.Options{URL: url, Quiet: true})
	f.noError(f.submit(f.submission("ann")))
	<-time.After(1200 * time.Millisecond) // then a success is no longer believed
	proxy.Stall()
	for range 3 {
		began := time.Now()
		err := f.Ping(t.Context())
		if took := time.Since(began); took > 10*time.Second { // a line that hears nothing is given up after 15
			t.Errorf("it took %s", took)
		}
		if got := f.outcome(err); got != "" || !strings.Contains(err.Error(), "ping") {
			t.Errorf("got %v", err)
		}
	}
	proxy.Go()
	until(t, 20*time.Second, "it is well again", func() bool { return f.Ping(t.Context()) == nil })
}
