package sqlitestore_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

var errDisk = sqlite.ResultIOErrWrite.ToError()

// A disk breaks when it is told to.
type disk struct {
	statement atomic.Int64 // the statement of each operation that fails, 0 for none
	once      atomic.Bool  // it fails once only
	before    atomic.Int64 // commits that do not happen
	after     atomic.Int64 // commits whose answers are lost
	closed    atomic.Bool  // the file cannot be opened
	hits      atomic.Int64
}

func (d *disk) faults() sqlitestore.Faults {
	return sqlitestore.Faults{
		Write: func(n int) error {
			if int64(n) != d.statement.Load() {
				return nil
			}
			d.hits.Add(1)
			if d.once.Load() {
				d.statement.Store(0)
			}
			return errDisk
		},
		BeforeCommit: func() error { return d.count(&d.before) },
		AfterCommit:  func() error { return d.count(&d.after) },
		Reopen: func() error {
			if d.closed.Load() {
				return errDisk
			}
			return nil
		},
	}
}

func (*disk) count(n *atomic.Int64) error {
	if n.Load() <= 0 {
		return nil
	}
	n.Add(-1)
	return errDisk
}

// An operation is one kind of write, on the job made by its preparation.
type operation struct {
	name    string
	prepare func(*fixture) job.ID
	do      func(*fixture, job.ID) error
}

// operations are all kinds of writes there are.
var operations = []operation{
	{"submit", newID, func(f *fixture, id job.ID) error {
		s := f.submission("ann", 5)
		s.Job.ID = id
		s.Idempotency = &protocol.Idempotency{Key: "k", Status: 202, Expires: time.Now().Add(time.Hour)}
		return f.submit(s)
	}},
	{"record", newID, func(f *fixture, id job.ID) error {
		return f.submit(&protocol.Submission{
			Owner: "ann", Output: outputOf(id), Admit: f.submission("ann", 0).Admit,
			Idempotency: &protocol.Idempotency{Key: "k", Status: 200, Expires: time.Now().Add(time.Hour)},
		})
	}},
	{"claim", waitingJob, func(f *fixture, id job.ID) error {
		return f.change(id, benchClaim)
	}},
	{"finish", leasedJob, func(f *fixture, id job.ID) error {
		return f.change(id, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			u, err := l.Usage("ann", 7)
			if err != nil {
				return err
			}
			u.LostRefunds++
			c.Output = outputOf(id)
			return benchFinish(c, j, l)
		})
	}},
	{"delete", finishedJob, func(f *fixture, id job.ID) error { return f.change(id, remove) }},
	{"promote", delayedJob, func(f *fixture, _ job.ID) error {
		_, _, err := f.Promote(f.t.Context(), 10)
		return err
	}},
	{"sweep", expiredOutput, func(f *fixture, _ job.ID) error {
		_, _, err := f.Sweep(f.t.Context(), time.Now(), 10)
		return err
	}},
	{"save notes", newID, func(f *fixture, _ job.ID) error {
		return f.SaveNotes(f.t.Context(), "runtimes", []protocol.Note{{Name: "x", Data: []byte{1}}, {Name: "y", Data: []byte{2}}})
	}},
	{"create key", newID, func(f *fixture, _ job.ID) error {
		return f.CreateKey(f.t.Context(), account.Key{ID: "key", Owner: "ann"})
	}},
	{"rotate key", oneKey, func(f *fixture, _ job.ID) error {
		_, err := f.ChangeKey(f.t.Context(), "key", func(k *account.Key) (*account.Key, error) {
			k.Revoked = time.Now()
			return &account.Key{ID: "new", Digest: [32]byte{1}, Plan: "big"}, nil
		})
		return err
	}},
	{"add secret", oneSecret, func(f *fixture, _ job.ID) error {
		return f.AddSecret(f.t.Context(), account.Secret{ID: "2", Bytes: []byte("b"), Created: time.Now()}, time.Now())
	}},
}

func outputOf(id job.ID) *job.Output {
	return &job.Output{Token: id.String(), Owner: "ann", Name: "x", Size: 3, Data: []byte("abc")}
}

func newID(f *fixture) job.ID { return f.ids.New() }

func waitingJob(f *fixture) job.ID {
	s := f.submission("ann", 5)
	f.noError(f.submit(s))
	return s.Job.ID
}

func leasedJob(f *fixture) job.ID {
	id := waitingJob(f)
	err := f.change(id, benchClaim)
	f.noError(err)
	return id
}

func finishedJob(f *fixture) job.ID {
	id := leasedJob(f)
	err := f.change(id, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		c.Output = outputOf(id)
		return benchFinish(c, j, l)
	})
	f.noError(err)
	return id
}

func delayedJob(f *fixture) job.ID {
	s := f.submission("ann", 5)
	s.Job.Ready.RunAt = time.Now().Add(20 * time.Millisecond)
	f.noError(f.submit(s))
	<-time.After(25 * time.Millisecond)
	return s.Job.ID
}

func expiredOutput(f *fixture) job.ID {
	id := f.ids.New()
	o := outputOf(id)
	o.Expires = time.Now().Add(-time.Second)
	f.noError(f.submit(&protocol.Submission{Owner: "ann", Output: o}))
	return id
}

func oneKey(f *fixture) job.ID {
	f.noError(f.CreateKey(f.t.Context(), account.Key{ID: "key", Owner: "ann"}))
	return job.ID{}
}

func oneSecret(f *fixture) job.ID {
	f.noError(f.AddSecret(f.t.Context(), account.Secret{ID: "1", Bytes: []byte("a"), Created: time.Now()}, time.Time{}))
	return job.ID{}
}

// TestEveryStatementMayFail: whichever statement fails, nothing of the
// operation is left; when none fails it happens.
func TestEveryStatementMayFail(t *testing.T) {
	for _, op := range slices.Concat(operations, uploadOperations) {
		t.Run(op.name, func(t *testing.T) {
			var d disk
			f := newFixture(t, sqlitestore.Options{Faults: d.faults()})
			id := op.prepare(f)
			before := f.dump()
			n := 1
			for ; ; n++ {
				d.hits.Store(0)
				d.statement.Store(int64(n))
				err := op.do(f, id)
				d.statement.Store(0)
				if d.hits.Load() == 0 {
					f.noError(err)
					break
				}
				f.unavailable(err, "")
				if after := f.dump(); after != before {
					t.Fatalf("statement %d failed and left something:\n%s\nbefore:\n%s", n, after, before)
				}
			}
			if n < 3 || f.dump() == before {
				t.Fatalf("succeeded after %d faults and changed nothing", n-1)
			}
			f.noError(f.Ping(t.Context()))
		})
	}
}

// TestFaultInABatchIsRepaired: a statement fails once in the middle of a
// batch; all of it is done again, each on its own, and counts once.
func TestFaultInABatchIsRepaired(t *testing.T) {
	for n := 1; n <= 9; n++ {
		var d disk
		f := newFixture(t, sqlitestore.Options{Faults: d.faults()})
		finishing := leasedJob(f)
		calls := []func() error{
			func() error { return f.submit(f.submission("ann", 5)) },
			func() error {
				return f.change(finishing, benchFinish)
			},
			func() error { return f.submit(f.submission("bob", 5)) },
			func() error { return f.submit(f.submission("ann", 5)) },
		}
		d.once.Store(true)
		errs := f.meanwhile(func() { d.statement.Store(int64(n)) }, calls...)
		f.noError(errors.Join(errs...))
		f.has("ann", 3, account.Counts{Queued: 2, StoredBytes: 15})
		f.has("bob", 1, account.Counts{Queued: 1, StoredBytes: 5})
	}
}

func TestLostCommitAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  int64
		after   int64
		happens bool
	}{
		{"commit did not happen", 1, 0, false},
		{"commit happened", 0, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d disk
			f := newFixture(t, sqlitestore.Options{Faults: d.faults()})
			leased := leasedJob(f)
			a, b, refused := f.submission("ann", 5), f.submission("bob", 5), f.submission("ann", 5)
			refusal := errors.New("no")
			refused.Admit = func(protocol.Ledger) error { return refusal }
			d.before.Store(c.before)
			d.after.Store(c.after)
			errs := f.together(
				func() error { return f.submit(a) },
				func() error { return f.submit(b) },
				func() error { return f.submit(refused) },
				func() error {
					return f.change(leased, benchFinish)
				},
			)
			if c.happens {
				f.noError(errors.Join(errs[0], errs[1], errs[3]))
				if !errors.Is(errs[2], refusal) {
					t.Errorf("got %v, want the refusal", errs[2])
				}
				f.has("ann", 2, account.Counts{Queued: 1, StoredBytes: 10})
			} else {
				for _, err := range errs {
					f.unavailable(err, "")
				}
				f.has("ann", 1, account.Counts{Running: 1, StoredBytes: 5})
			}
			if f.stored(a.Job.ID) != c.happens || f.stored(b.Job.ID) != c.happens {
				t.Errorf("what callers were told is not what is stored")
			}
			f.noError(f.submit(f.submission("ann", 5))) // it goes on
			f.noError(f.Ping(t.Context()))
		})
	}
}

// TestReopeningTakesLong: the file cannot be opened for a while after a commit
// in doubt. Callers are told that the outcome is unknown, everything else is
// refused at once, and the store comes back by itself.
func TestReopeningTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d disk
		f := newFixture(t, sqlitestore.Options{Faults: d.faults()})
		first, s := f.submission("ann", 5), f.submission("ann", 5)
		f.noError(f.submit(first))
		d.closed.Store(true)
		d.after.Store(1)
		start := time.Now()
		told := make(chan error, 1)
		go func() { told <- f.submit(s) }()
		synctest.Wait()

		f.unavailable(f.submit(f.submission("ann", 5)), "")
		err := f.change(first.Job.ID, benchClaim)
		f.unavailable(err, "")
		_, err = f.Get(t.Context(), first.Job.ID)
		f.unavailable(err, "")
		f.unavailable(f.Ping(t.Context()), "")
		if time.Since(start) > 0 {
			t.Error("calls waited for the file")
		}
		f.unavailable(<-told, "unknown")
		if took := time.Since(start); took < time.Second || took > 10*time.Second {
			t.Errorf("the truth was awaited for %v", took)
		}
		f.unavailable(f.submit(f.submission("ann", 5)), "")

		d.closed.Store(false)
		time.Sleep(3 * time.Second) //nolint:forbidigo // a bubble's time
		synctest.Wait()
		f.noError(f.Ping(t.Context()))
		if !f.stored(s.Job.ID) {
			t.Error("the commit whose answer was lost is not there")
		}
		f.has("ann", 2, account.Counts{Queued: 2, StoredBytes: 10})
		f.noError(f.submit(f.submission("ann", 5)))
	})
}

func TestCloseWhileTheFileCannotBeOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d disk
		s := open(t, sqlitestore.Options{Path: t.TempDir() + "/claimcheck.db", Faults: d.faults()})
		f := &fixture{Store: s, t: t, ids: job.NewIDSource(time.Now, strings.NewReader(strings.Repeat("random..", 10)), 0)}
		d.closed.Store(true)
		d.before.Store(1)
		told := make(chan error, 1)
		go func() { told <- f.submit(f.submission("ann", 5)) }()
		synctest.Wait()
		if err := s.Close(); err == nil {
			t.Error("closed without an error")
		}
		f.unavailable(<-told, "unknown")
	})
}

// TestPingTriesToWrite: after a refused write, readiness comes back without
// traffic, and Ping does not write more than once a second.
func TestPingTriesToWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d disk
		f := newFixture(t, sqlitestore.Options{Faults: d.faults()})
		f.noError(f.Ping(t.Context()))
		d.statement.Store(1)
		f.unavailable(f.submit(f.submission("ann", 5)), "")
		d.hits.Store(0)
		for range 10 {
			f.unavailable(f.Ping(t.Context()), "")
		}
		if got := d.hits.Load(); got != 1 {
			t.Errorf("ten pings tried to write %d times, want once", got)
		}
		d.statement.Store(0)
		f.unavailable(f.Ping(t.Context()), "") // the same second
		time.Sleep(time.Second)                //nolint:forbidigo // a bubble's time
		f.noError(f.Ping(t.Context()))
		f.noError(f.Ping(t.Context()))
		if strings.Contains(f.dump(), "probe\n ") {
			t.Error("the probe was left in the file")
		}
	})
}

func TestChangeTellsTrouble(t *testing.T) {
	var d disk
	f := newFixture(t, sqlitestore.Options{Faults: d.faults()})
	id := waitingJob(f)
	d.statement.Store(2)
	cs := []*protocol.Change{
		{ID: f.ids.New(), Decide: benchClaim}, // not there: one statement only
		{ID: id, Decide: benchClaim},
	}
	err := f.Change(t.Context(), cs)
	f.unavailable(err, "")
	f.unavailable(cs[1].Err, "")
	if !fault.Is(cs[0].Err, fault.NotFound) {
		t.Errorf("got %v, want not found", cs[0].Err)
	}
	if cs[1].Job.Version != 0 {
		t.Error("a change that did not happen shows its job")
	}
}
