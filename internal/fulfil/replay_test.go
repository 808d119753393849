package fulfil_test

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/fulfil"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

func TestTheSameCallIsAnsweredTheSame(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		first := b.done("1s", key("k"))
		again := b.done("1s", key("k"))
		if !again.Replayed || again.Status != 200 || !bytes.Equal(again.Body, first.Body) || again.Link.At != first.Link.At || !again.Link.Until.Equal(first.Link.Until) || again.Job != nil {
			t.Errorf("got %s, want the answer %s again", told(again), told(first))
		}
		if n := b.tool.runs.Load(); n != 1 || b.used() != 1 {
			t.Errorf("%d runs, %d charged; want one", n, b.used())
		}
		<-time.After(protocol.AnswerLife + time.Second)
		if later := b.done("1s", key("k")); later.Replayed {
			t.Errorf("got %s a day later, want a new answer", told(later))
		}
	})
}

func TestTheSameRefusalIsAnsweredTheSame(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		if _, err := b.do("1s wrong", key("k")); !fault.IsCode(err, "WRONG") {
			t.Fatal(err)
		}
		again := b.done("1s wrong", key("k"))
		if !again.Replayed || again.Status != 400 || string(again.Body) != "WRONG" || b.tool.runs.Load() != 1 {
			t.Errorf("got %s, want the refusal again", told(again))
		}
	})
}

func TestAnotherOrderOfTheSameKeyIsRefused(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		b.done("1s", key("k"))
		for name, change := range map[string]func(*intake.Request){
			"another input":   func(*intake.Request) {},
			"another tool":    func(r *intake.Request) { r.Tool = b.queued },
			"another dialect": func(r *intake.Request) { r.Dialect = "other" },
		} {
			input := "1s"
			if name == "another input" {
				input = "2s"
			}
			if _, err := b.do(input, key("k"), change); !fault.Is(err, fault.Mismatch) {
				t.Errorf("%s: got %v, want IDEMPOTENCY_CONFLICT", name, err)
			}
		}
		if a := b.done("1s", key("k"), func(r *intake.Request) { r.Owner = "bob" }); a.Replayed {
			t.Error("another owner's answer was told")
		}
	})
}

func TestTheSameJobIsAcceptedOnce(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		first := b.done("1s", async, key("k"))
		again := b.done("1s", async, key("k"))
		if !again.Replayed || again.Status != 202 || again.Job.ID != first.Job.ID || string(again.Body) != "accepted "+first.Job.ID.String() {
			t.Errorf("got %s, want job %s again", told(again), first.Job.ID)
		}
		if n := len(b.jobs()); n != 1 {
			t.Errorf("%d jobs, want 1", n)
		}
		<-time.After(time.Minute)
		if err := b.q.Delete(t.Context(), "ann", first.Job.ID); err != nil {
			t.Fatal(err)
		}
		gone := b.done("1s", async, key("k"))
		if gone.Status != 202 || gone.Job.ID != first.Job.ID || !gone.Job.Status.Final() {
			t.Errorf("got %s, want the acceptance of a job that is over", told(gone))
		}
	})
}

// TestTheSameOrderIsTheSameOnceItsTimesHavePassed: a client that lost the answer and
// asks again is told of its job, however late; a new order is refused.
func TestTheSameOrderIsTheSameOnceItsTimesHavePassed(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		in := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
		for name, asks := range map[string]func() map[string]string{
			"x-run-at":    func() map[string]string { return map[string]string{"x-run-at": in(10 * time.Second)} },
			"x-start-by":  func() map[string]string { return map[string]string{"x-start-by": in(10 * time.Second)} },
			"x-finish-by": func() map[string]string { return map[string]string{"x-finish-by": in(10 * time.Second)} },
			"both": func() map[string]string {
				return map[string]string{"x-start-by": "20", "x-finish-by": in(25 * time.Second)}
			},
		} {
			asked := asks()
			as := func(r *intake.Request) {
				r.RunAt, r.Asks = asked["x-run-at"], func(name string) string { return asked[strings.ToLower(name)] }
			}
			first := b.done("1s", async, as, key(name))
			<-time.After(15 * time.Second)
			again, err := b.do("1s", async, as, key(name))
			if err != nil || !again.Replayed || again.Job.ID != first.Job.ID {
				t.Errorf("%s: got %s, %v; want job %s again", name, told(again), err, first.Job.ID)
			}
			if name == "x-run-at" {
				continue // one that has passed means at once
			}
			if _, err := b.do("1s", async, as, key("another "+name)); !fault.IsCode(err, "INVALID_OPTION") {
				t.Errorf("%s: a new order is answered %v", name, err)
			}
		}
	})
}

// TestACallByTheQueueIsAnsweredTheSame: what was told is the job's end, so that is
// told again, not the acceptance that nobody saw.
func TestACallByTheQueueIsAnsweredTheSame(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		use := func(r *intake.Request) { r.Tool = b.queued }
		first := b.done("1s", use, key("quick"))
		again := b.done("1s", use, key("quick"))
		if !again.Replayed || again.Body != nil || again.Job == nil || again.Job.ID != first.Job.ID || again.Job.Status != job.Success {
			t.Errorf("got %s, want the end of job %s", told(again), first.Job.ID)
		}
		slow := b.done("10s", use, key("slow"))
		<-time.After(10 * time.Second)
		again = b.done("10s", use, key("slow"))
		if again.Status != 202 || again.Job.ID != slow.Job.ID || again.Body == nil {
			t.Errorf("got %s, want the acceptance that was told", told(again))
		}
	})
}

// TestACallThatIsKeptShortlyIsNotRemembered: of its outcome nothing is left when its
// job is gone, and what is told again is which job it was.
func TestACallThatIsKeptShortlyIsNotRemembered(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		short := func(r *intake.Request) {
			r.Asks = func(name string) string { return map[string]string{"X-Retention": "60"}[name] }
		}
		first := b.done("1s", short, key("quick"))
		if first.Job == nil || first.Job.Status != job.Success || !first.Waited {
			t.Fatalf("got %s, want a job that was waited for", told(first))
		}
		if again := b.done("1s", short, key("quick")); again.Job == nil || again.Job.ID != first.Job.ID || again.Body != nil {
			t.Errorf("got %s, want the end of job %s", told(again), first.Job.ID)
		}
		<-time.After(time.Minute)
		again := b.done("1s", short, key("quick"))
		if !again.Replayed || again.Status != 202 || again.Job.ID != first.Job.ID || b.used() != 1 {
			t.Errorf("got %s, %d charged; want the acceptance of job %s", told(again), b.used(), first.Job.ID)
		}
		if _, err := b.do("1s", key("quick")); !fault.IsCode(err, "IDEMPOTENCY_CONFLICT") {
			t.Errorf("without the wish: %v", err)
		}
	})
}

// TestTwinsRunOnce: the second one waits for the answer of the first.
func TestTwinsRunOnce(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		var all sync.WaitGroup
		var answers [4]fulfil.Answer
		for i := range answers {
			o := b.order("3s", key("k"))
			all.Go(func() {
				var err error
				if answers[i], err = b.desk.Do(t.Context(), o); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		replayed := 0
		for _, a := range answers {
			if a.Replayed {
				replayed++
			}
			if !bytes.Equal(a.Body, answers[0].Body) {
				t.Errorf("got %s and %s", told(a), told(answers[0]))
			}
		}
		if n := b.tool.runs.Load(); n != 1 || replayed != len(answers)-1 {
			t.Errorf("%d runs, %d replayed; want one run", n, replayed)
		}
	})
}

// TestTheWorkOfAClientThatLeavesGoesOn: it becomes a job, which its key leads to.
func TestTheWorkOfAClientThatLeavesGoesOn(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		a, err := b.desk.Do(ctx, b.order("3s", key("k")))
		if err != nil || a.Job == nil {
			t.Fatalf("got %s, %v; want a job", told(a), err)
		}
		<-time.After(time.Minute)
		again := b.done("3s", key("k"))
		if again.Job == nil || again.Job.ID != a.Job.ID || again.Job.Status != job.Success || b.tool.runs.Load() != 1 {
			t.Errorf("got %s, want job %s, done by its only run", told(again), a.Job.ID)
		}
	})
}

// A deafStore refuses submissions, or takes them and does not say so.
type deafStore struct {
	protocol.Store

	refuses, deaf atomic.Bool
}

func (s *deafStore) Submit(ctx context.Context, sub *protocol.Submission) error {
	if s.refuses.Load() {
		return record.Refused(context.DeadlineExceeded)
	}
	err := s.Store.Submit(ctx, sub)
	if err == nil && s.deaf.Load() {
		return record.Unknown(context.DeadlineExceeded)
	}
	return err
}

// TestTheFileOfAnInputGoesOnlyIfNoJobNamesIt: where the store's answer was lost,
// one may.
func TestTheFileOfAnInputGoesOnlyIfNoJobNamesIt(t *testing.T) {
	s := &deafStore{}
	on(t, func(b *bench) {
		t := b.t
		long := "1s" + string(bytes.Repeat([]byte(" "), job.MaxInlineBytes))
		s.refuses.Store(true)
		if a, err := b.do(long, async); !fault.Is(err, fault.Unavailable) || b.kept() != 0 {
			t.Errorf("got %s, %v, %d files; want a refusal that leaves none", told(a), err, b.kept())
		}
		s.refuses.Store(false)
		s.deaf.Store(true)
		if a, err := b.do(long, async, key("k")); !fault.OutcomeUnknown(err) || b.kept() != 1 {
			t.Errorf("got %s, %v, %d files; want no word, and the file", told(a), err, b.kept())
		}
		s.deaf.Store(false)
		again := b.done(long, async, key("k"))
		if !again.Replayed || len(b.jobs()) != 1 || again.Job.ID != b.jobs()[0].ID || b.kept() != 1 {
			t.Errorf("got %s, %d jobs, %d files; want the job and its file alone", told(again), len(b.jobs()), b.kept())
		}
	}, func(inner protocol.Store) protocol.Store {
		s.Store = inner
		return s
	})
}
