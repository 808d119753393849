package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

func TestCancelOfAWaitingJobIsImmediate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		if _, err := b.q.Cancel(t.Context(), "bob", j.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another owner: %v, want forbidden", err)
		}
		if _, err := b.q.Cancel(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		if is := b.get("ann", j.ID); is.Status != job.Failed || !strings.Contains(string(is.Error), "CANCELED") {
			t.Errorf("got %s %s", is.Status, is.Error)
		}
		b.wantNothingToClaim()
		if _, err := b.q.Cancel(t.Context(), "ann", j.ID); !fault.IsCode(err, "JOB_FINISHED") {
			t.Errorf("second cancel: %v, want JOB_FINISHED", err)
		}
		if n := b.used(); n != 1 {
			t.Errorf("%d jobs are charged, want 1: canceling gives nothing back", n)
		}
	})
}

func TestCancelOfARunningJobStopsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		c := b.claim()
		ctx, release := b.q.Bind(t.Context(), c)
		defer release()
		is, err := b.q.Cancel(t.Context(), "ann", j.ID)
		if err != nil || is.Job.Status != job.Processing {
			t.Fatalf("got %+v, %v; want processing until the attempt has ended", is, err)
		}
		if !errors.Is(context.Cause(ctx), queue.ErrCanceled) {
			t.Fatalf("the attempt's context: %v, want canceled", context.Cause(ctx))
		}
		if _, err := b.q.Fail(t.Context(), c, context.Cause(ctx)); err != nil {
			t.Fatal(err)
		}
		if is := b.get("ann", j.ID); is.Status != job.Failed || !strings.Contains(string(is.Error), "CANCELED") {
			t.Errorf("got %s %s", is.Status, is.Error)
		}
	})
}

func TestAnOutcomeRecordedBeforeTheCancelWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		c := b.claim()
		if _, err := b.q.Cancel(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Fatal(err)
		}
		if is := b.get("ann", j.ID); is.Status != job.Success {
			t.Errorf("got %s, want success: the attempt had ended before it could be stopped", is.Status)
		}
	})
}

// afterChange does something once when a change was committed, before its
// caller gets to know.
type afterChange struct {
	protocol.Store

	then func()
}

func (s *afterChange) Change(ctx context.Context, changes []*protocol.Change) error {
	err := s.Store.Change(ctx, changes)
	if then := s.then; then != nil {
		s.then = nil
		then()
	}
	return err
}

// TestACancelThatCameTooLateSaysSo: the attempt ends between the wish and its
// answer.
func TestACancelThatCameTooLateSaysSo(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   func(*queue.Queue, queue.Claimed) error
		wants string // code of the answer, or of the job's error if the cancel was in time
		late  bool
	}{
		{"success", func(q *queue.Queue, c queue.Claimed) error {
			_, err := q.Finish(context.Background(), c, success())
			return err
		}, "JOB_FINISHED", true},
		{"stopped", func(q *queue.Queue, c queue.Claimed) error {
			_, err := q.Fail(context.Background(), c, queue.ErrCanceled)
			return err
		}, "CANCELED", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				store := &afterChange{Store: b.store}
				b.q = b.on(store)
				j := b.submit("ann")
				claimed := b.claim()
				store.then = func() {
					if err := c.end(b.q, claimed); err != nil {
						t.Error(err)
					}
				}
				is, err := b.q.Cancel(t.Context(), "ann", j.ID)
				switch {
				case c.late && !fault.IsCode(err, c.wants):
					t.Errorf("got %+v, %v, want %s", is, err, c.wants)
				case !c.late && (err != nil || !strings.Contains(string(is.Job.Error), c.wants)):
					t.Errorf("got %+v, %v, want a job that failed with %s", is, err, c.wants)
				}
			})
		})
	}
}

func TestACanceledJobIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		c := b.claim()
		if _, err := b.q.Cancel(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		b.q = b.restart() // the worker dies before it can stop
		if is := b.get("ann", j.ID); is.Status != job.Failed || !strings.Contains(string(is.Error), "CANCELED") {
			t.Errorf("got %s %s", is.Status, is.Error)
		}
		if _, err := b.q.Finish(t.Context(), c, success()); !fault.Is(err, fault.LeaseLost) {
			t.Errorf("late finish: %v, want a lost lease", err)
		}
	})
}

func TestDeleteRemovesTheJobAndRefusesItsLateResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		c := b.claim()
		ctx, release := b.q.Bind(t.Context(), c)
		defer release()
		b.get("ann", j.ID) // known in memory
		if err := b.q.Delete(t.Context(), "bob", j.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another owner: %v, want forbidden", err)
		}
		if err := b.q.Delete(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		if ctx.Err() == nil {
			t.Error("the attempt goes on")
		}
		if _, err := b.q.Get(t.Context(), "ann", j.ID); !fault.IsCode(err, "JOB_NOT_FOUND") {
			t.Errorf("after delete: %v, want JOB_NOT_FOUND", err)
		}
		if _, err := b.q.Finish(t.Context(), c, success()); !fault.Is(err, fault.LeaseLost) {
			t.Errorf("late finish: %v, want a lost lease", err)
		}
		if n := b.q.Unfinished("ann"); n != 0 {
			t.Errorf("%d unfinished jobs are counted, want 0", n)
		}
	})
}

// TestAnExpiredJobIsNotThere, for nobody, also while its row waits to be swept.
func TestAnExpiredJobIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Until(b.get("ann", j.ID).Expires))
		for _, owner := range []string{"ann", "bob"} {
			_, get := b.q.Get(t.Context(), owner, j.ID)
			_, cancel := b.q.Cancel(t.Context(), owner, j.ID)
			for what, err := range map[string]error{"get": get, "cancel": cancel, "delete": b.q.Delete(t.Context(), owner, j.ID)} {
				if !fault.IsCode(err, "JOB_NOT_FOUND") {
					t.Errorf("%s by %s: %v, want JOB_NOT_FOUND", what, owner, err)
				}
			}
		}
		if _, err := b.store.Get(t.Context(), j.ID); err != nil {
			t.Errorf("it was swept before: %v", err)
		}
	})
}

func TestRetryOfAFinishedJobIsANewJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		spec := queue.Spec{ID: b.q.NewID(), Owner: "ann", RequestID: "again"}
		if _, _, err := b.q.Retry(t.Context(), spec, j.ID); !fault.IsCode(err, "JOB_UNFINISHED") {
			t.Errorf("unfinished: %v, want JOB_UNFINISHED", err)
		}
		if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
			t.Fatal(err)
		}
		again, _, err := b.q.Retry(t.Context(), spec, j.ID)
		if err != nil || again.ID == j.ID || again.Tool != j.Tool || again.Status != job.Queued {
			t.Fatalf("got %+v, %v", again, err)
		}
		if in, err := b.q.Input(t.Context(), again.ID); err != nil || string(in) != "{}" {
			t.Errorf("input %q, %v", in, err)
		}
		if n := b.used(); n != 2 {
			t.Errorf("%d jobs are charged, want 2", n)
		}
	})
}

func TestAwaitIsWokenByTheChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		began := time.Now()
		go func() {
			<-time.After(7 * time.Second)
			if _, err := b.q.Finish(context.Background(), b.claim(), success()); err != nil {
				t.Error(err)
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		s, err := b.q.Await(ctx, "ann", j.ID, view.Finished)
		if err != nil || s.Job.Status != job.Success || time.Since(began) != 7*time.Second {
			t.Errorf("got %v after %s, err %v; want success after 7s", s.Job.Status, time.Since(began), err)
		}
		other := b.submit("ann")
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if s, err = b.q.Await(ctx, "ann", other.ID, view.Finished); err != nil || s.Job.Status != job.Queued {
			t.Errorf("time is up: %v, %v; want the job as it is", s, err)
		}
	})
}

// TestAnAttemptIsStoppedBeforeItsClaimIsKnown: the claim is in the store, and who
// made it does not know yet.
func TestAnAttemptIsStoppedBeforeItsClaimIsKnown(t *testing.T) {
	for _, c := range []struct {
		name  string
		claim func(*queue.Queue, context.Context, int) ([]queue.Claimed, error)
		stop  func(context.Context, *queue.Queue, job.ID) error
		wants error
	}{
		{"canceled", (*queue.Queue).Claim, cancelJob, queue.ErrCanceled},
		{"canceled ahead", (*queue.Queue).ClaimAhead, cancelJob, queue.ErrCanceled},
		{"deleted", (*queue.Queue).Claim, deleteJob, queue.ErrLeaseLost},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				store := &afterChange{Store: b.store}
				b.q = b.on(store)
				b.submit("ann") // is not stopped
				j := b.submit("ann")
				store.then = func() {
					if err := c.stop(t.Context(), b.q, j.ID); err != nil {
						t.Error(err)
					}
				}
				claimed, err := c.claim(b.q, t.Context(), 2)
				if err != nil || len(claimed) != 2 {
					t.Fatalf("claimed %d jobs, %v, want 2", len(claimed), err)
				}
				for _, one := range claimed {
					ctx, release := b.q.Bind(t.Context(), one)
					defer release()
					switch got := context.Cause(ctx); {
					case one.Job.ID == j.ID && !errors.Is(got, c.wants):
						t.Errorf("its context: %v, want %v", got, c.wants)
					case one.Job.ID != j.ID && got != nil:
						t.Errorf("the other's context: %v, want none", got)
					}
				}
			})
		})
	}
}

func cancelJob(ctx context.Context, q *queue.Queue, id job.ID) error {
	_, err := q.Cancel(ctx, "ann", id)
	return err
}

func deleteJob(ctx context.Context, q *queue.Queue, id job.ID) error {
	return q.Delete(ctx, "ann", id)
}

// TestAnAdoptedAttemptIsStoppedBeforeItIsKnown likewise: an operator's bulk need not
// have been told of the job.
func TestAnAdoptedAttemptIsStoppedBeforeItIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		store := &afterSubmit{Store: b.store}
		b.q = b.on(store)
		s := b.spec("ann")
		store.then = func() {
			if err := cancelJob(t.Context(), b.q, s.ID); err != nil {
				t.Error(err)
			}
		}
		claimed, _, err := b.q.Adopt(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		ctx, release := b.q.Bind(t.Context(), claimed)
		defer release()
		if got := context.Cause(ctx); !errors.Is(got, queue.ErrCanceled) {
			t.Errorf("its context: %v, want %v", got, queue.ErrCanceled)
		}
	})
}

// afterSubmit does something when a job is in the store, before its caller gets to
// know.
type afterSubmit struct {
	protocol.Store

	then func()
}

func (s *afterSubmit) Submit(ctx context.Context, sub *protocol.Submission) error {
	err := s.Store.Submit(ctx, sub)
	s.then()
	return err
}
