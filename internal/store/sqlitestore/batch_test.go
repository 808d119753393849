package sqlitestore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// together lets the calls wait while the writer is busy, so that they become
// one batch, and returns their errors.
func (f *fixture) together(calls ...func() error) []error {
	f.t.Helper()
	return f.meanwhile(func() {}, calls...)
}

// meanwhile is together that does something while the calls wait.
func (f *fixture) meanwhile(do func(), calls ...func() error) []error {
	f.t.Helper()
	busy, proceed := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := f.submit(&protocol.Submission{Owner: "blocker", Admit: func(protocol.Ledger) error {
			close(busy)
			<-proceed
			return errors.New("only to wait")
		}})
		if err == nil {
			f.t.Error("the blocker was admitted")
		}
	})
	<-busy
	errs := make([]error, len(calls))
	for i, call := range calls {
		wg.Go(func() { errs[i] = call() })
	}
	sqlitestore.AwaitQueue(f.Store, len(calls))
	do()
	close(proceed)
	wg.Wait()
	return errs
}

func TestOneOfABatchFails(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	clash := f.submission("ann", 5)
	clash.Output = &job.Output{Token: "taken", Owner: "ann", Name: "x", Size: 3, Data: []byte("abc")}
	f.noError(f.submit(&protocol.Submission{Owner: "bob", Output: clash.Output}))

	subs := []*protocol.Submission{f.submission("ann", 5), f.submission("ann", 5), clash, f.submission("ann", 5)}
	refusal := errors.New("no")
	refused := f.submission("ann", 5)
	refused.Admit = func(l protocol.Ledger) error {
		u, err := l.Usage("ann", 7)
		if err != nil {
			return err
		}
		u.Jobs += 100
		return refusal
	}
	subs = append(subs, refused)
	calls := make([]func() error, len(subs))
	for i, s := range subs {
		calls[i] = func() error { return f.submit(s) }
	}
	errs := f.together(calls...)
	for i, err := range errs {
		switch subs[i] {
		case clash:
			if err == nil || fault.KindOf(err) != fault.Internal {
				t.Errorf("clash: got %v, want an internal error", err)
			}
		case refused:
			if !errors.Is(err, refusal) {
				t.Errorf("refused: got %v, want the refusal", err)
			}
		default:
			f.noError(err)
		}
		if got, want := f.stored(subs[i].Job.ID), err == nil; got != want {
			t.Errorf("submission %d is stored: %t, want %t", i, got, want)
		}
	}
	f.has("ann", 3, account.Counts{Queued: 3, StoredBytes: 18}) // 3 bytes of bob's call, whose output is ann's
}

func TestBatchIsOneTransaction(t *testing.T) {
	var mu sync.Mutex
	var sizes []int
	f := newFixture(t, sqlitestore.Options{OnBatch: func(size int, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		sizes = append(sizes, size)
	}})
	calls := make([]func() error, 50)
	for i := range calls {
		s := f.submission("ann", 5)
		calls[i] = func() error { return f.submit(s) }
	}
	for _, err := range f.together(calls...) {
		f.noError(err)
	}
	f.noError(f.Close()) // the writer has told all its batches
	mu.Lock()
	defer mu.Unlock()
	if len(sizes) != 2 || sizes[1] != 50 {
		t.Errorf("batches of %v, want the blocker and one of 50", sizes)
	}
}

func TestCallerLeavesBeforeItsTurn(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	left, stays := f.submission("ann", 5), f.submission("ann", 5)
	left.Admit = func(protocol.Ledger) error {
		t.Error("the writer took the call of a caller who had left")
		return nil
	}
	gone := make(chan error, 1)
	errs := f.meanwhile(
		func() {
			cancel()
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		},
		func() error { return f.submit(stays) },
		func() error {
			gone <- f.Submit(ctx, left)
			return nil
		},
	)
	f.noError(errors.Join(errs...))
	if f.stored(left.Job.ID) {
		t.Error("the job of a caller who had left was stored")
	}
	f.has("ann", 1, account.Counts{Queued: 1, StoredBytes: 5})
}

func TestCallerInTurnGetsTheTruth(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s := f.submission("ann", 5)
	s.Admit = func(protocol.Ledger) error {
		cancel() // too late
		return nil
	}
	f.noError(f.Submit(ctx, s))
	if !f.stored(s.Job.ID) {
		t.Error("the job was answered with success and is not stored")
	}
}

func TestPanickingDecisionIsAnError(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	s, ok := f.submission("ann", 5), f.submission("ann", 5)
	s.Admit = func(protocol.Ledger) error { panic("oh") }
	errs := f.together(func() error { return f.submit(s) }, func() error { return f.submit(ok) })
	if errs[0] == nil || fault.KindOf(errs[0]) != fault.Internal {
		t.Errorf("got %v, want an internal error", errs[0])
	}
	f.noError(errs[1])
	err := f.change(ok.Job.ID, func(*protocol.Change, *job.Job, protocol.Ledger) error { panic("oh") })
	if err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("got %v, want an internal error", err)
	}
	f.has("ann", 1, account.Counts{Queued: 1, StoredBytes: 5})
}

func TestCloseAnswersEverybody(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	subs := make([]*protocol.Submission, 40)
	calls := make([]func() error, len(subs))
	for i := range subs {
		subs[i] = f.submission("ann", 5)
		calls[i] = func() error { return f.submit(subs[i]) }
	}
	var done sync.WaitGroup
	errs := f.meanwhile(func() { done.Go(func() { f.noError(f.Close()) }) }, calls...)
	done.Wait()
	f.unavailable(f.submit(f.submission("bob", 5)), "")
	f.Store = open(t, sqlitestore.Options{Path: f.path})
	for i, s := range subs {
		if errs[i] != nil {
			f.unavailable(errs[i], "")
		}
		if got, want := f.stored(s.Job.ID), errs[i] == nil; got != want {
			t.Errorf("submission %d is stored: %t, was told %v", i, got, errs[i])
		}
	}
}
