package cluster_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// TestAServerWaitsForItsDatabase: one that is started while its database is
// not there becomes ready when it is.
func TestAServerWaitsForItsDatabase(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key := w.key("ann")
	way, through := pgproc.NewProxy(t, w.db)
	way.Refuse(true)
	time.AfterFunc(2500*time.Millisecond, func() { way.Refuse(false) })
	w.db = through
	s := w.start("api,worker")
	if !strings.Contains(s.Log(), "the database is waited for") {
		t.Errorf("the log does not tell of the waiting: %s", s.Log())
	}
	c := newCaller(t, s, key)
	c.becomes(c.submit(formatter, `[1]`), "success")
}

// TestAServerWaitsForALock: what a start writes is done again when another
// session kept it waiting for too long.
func TestAServerWaitsForALock(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key := w.key("ann")
	folder, name := t.TempDir(), w.db[strings.LastIndex(w.db, "/")+1:]
	first := serverproc.Start(t, serverproc.Options{Data: folder, Args: w.flags("api,worker")})
	c := newCaller(t, first, key)
	c.becomes(c.submit(sleeper, "1h"), "processing")
	first.Kill() // so that the next has a lease to take back
	var locked sync.WaitGroup
	defer locked.Wait()
	locked.Go(func() {
		_, _ = pgproc.Shared(t).Try(name, "BEGIN; LOCK TABLE claimcheck.jobs IN SHARE MODE; SELECT pg_sleep(4); COMMIT")
	})
	serverproc.Until(t, patience, func() (bool, string) {
		n := pgproc.Shared(t).Exec(t, name, "SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND granted AND relation = 'claimcheck.jobs'::regclass")
		return n == "1", n
	})
	w.db += "?lock_timeout=300"
	next := serverproc.Start(t, serverproc.Options{Data: folder, Args: w.flags("api,worker")})
	if !strings.Contains(next.Log(), "the database is waited for") {
		t.Errorf("the log does not tell of the waiting: %s", next.Log())
	}
}

// TestAWrongDatabaseIsSaidAtOnce: waiting would not make it right.
func TestAWrongDatabaseIsSaidAtOnce(t *testing.T) {
	w := newTown(t)
	began := time.Now()
	w.db += "-not"
	r := serverproc.Run(t, nil, append([]string{"serve", "--listen=127.0.0.1:0", "--data=" + t.TempDir()}, w.flags("api")...)...)
	if r.Code != 1 || !strings.Contains(r.Stderr, "does not exist") || strings.Contains(r.Stderr, "waited") {
		t.Errorf("exit code %d, %s", r.Code, r.Stderr)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("said after %s", took)
	}
}
