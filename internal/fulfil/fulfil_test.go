package fulfil_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
)

func TestACallIsRunAtOnce(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		began := time.Now()
		a := b.done("3s")
		if took := time.Since(began); took != 3*time.Second || a.Job != nil || a.Waited || a.Replayed || a.Status != 0 {
			t.Errorf("got %s after %s, want the result after 3s", told(a), took)
		}
		if !strings.Contains(string(a.Body), "slept") || a.Link.At == 0 || time.Until(a.Link.Until) != retention {
			t.Errorf("got %s; want the result and a link that ends with its file", told(a))
		}
		token, _ := job.OutputToken(a.Link.Name)
		if o, err := b.q.Output(t.Context(), token); err != nil || o.Owner != "ann" {
			t.Errorf("the output is %+v, %v; want it kept for ann", o, err)
		}
		if n := len(b.jobs()); n != 0 || b.used() != 1 {
			t.Errorf("%d jobs, %d charged; want none and 1", n, b.used())
		}
	})
}

func TestWhatBecomesAJobAtOnce(t *testing.T) {
	const tooLong = "its input is too long"
	for name, change := range map[string]func(r *intake.Request){
		"its client wishes it": async,
		"it is to begin later": func(r *intake.Request) { r.RunAt = strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10) },
		tooLong:                func(*intake.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(b *bench) {
				t := b.t
				input := "3s"
				if name == tooLong {
					input += strings.Repeat(" ", syncMaxBytes)
				}
				began := time.Now()
				a := b.done(input, change)
				if took := time.Since(began); took != 0 || a.Job == nil || a.Job.Status != job.Queued || a.Waited || a.Body != nil {
					t.Fatalf("got %s after %s, want a job at once", told(a), took)
				}
				<-time.After(2 * time.Minute)
				if list := b.jobs(); len(list) != 1 || list[0].ID != a.Job.ID || list[0].Status != job.Success {
					t.Errorf("got %+v, want that job, done", list)
				}
			})
		})
	}
}

// TestASlowCallBecomesAJob: nothing of its work is lost.
func TestASlowCallBecomesAJob(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		for _, c := range []struct {
			change func(*intake.Request)
			after  time.Duration
		}{
			{func(*intake.Request) {}, syncTimeout},
			{waits(2 * time.Second), 2 * time.Second},
			{waits(time.Minute), syncTimeout},
		} {
			began, runs := time.Now(), b.tool.runs.Load()
			a := b.done("20s", c.change)
			if took := time.Since(began); took != c.after || a.Job == nil || a.Job.Status != job.Processing {
				t.Fatalf("got %s after %s, want a job that runs after %s", told(a), took, c.after)
			}
			<-time.After(20*time.Second - c.after)
			synctest.Wait()
			s, err := b.q.Get(t.Context(), "ann", a.Job.ID)
			if err != nil || s.Job.Status != job.Success || b.tool.runs.Load() != runs+1 {
				t.Errorf("%v, %v, %d runs; want success by its only run", s, err, b.tool.runs.Load()-runs)
			}
		}
	})
}

func TestAJobIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		input  string
		change func(b *bench, r *intake.Request)
		after  time.Duration
		want   job.Status
	}{
		"until its end":                    {"3s", func(*bench, *intake.Request) {}, 3 * time.Second, job.Success},
		"as long as its client wishes":     {"20s", func(*bench, *intake.Request) {}, 10 * time.Second, job.Processing},
		"not where too many wait":          {"3s", func(b *bench, _ *intake.Request) { b.crowded = true }, 0, job.Queued},
		"no longer than the server runs":   {"20s", func(b *bench, _ *intake.Request) { time.AfterFunc(time.Second, b.stop) }, time.Second, job.Processing},
		"its failure is its own":           {"3s wrong", func(*bench, *intake.Request) {}, 3 * time.Second, job.Failed},
		"if its tool works by the queue":   {"3s", func(b *bench, r *intake.Request) { r.Tool, r.Wish = b.queued, intake.Wish{} }, 3 * time.Second, job.Success},
		"a call no longer than it may run": {"20s", func(b *bench, r *intake.Request) { r.Tool, r.Wish = b.queued, intake.Wish{} }, syncTimeout, job.Processing},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(b *bench) {
				t := b.t
				began := time.Now()
				a := b.done(c.input, async, waits(10*time.Second), func(r *intake.Request) { c.change(b, r) })
				took := time.Since(began)
				if c.want == job.Queued && a.Job != nil && a.Job.Status == job.Processing { // it may begin in the same instant
					c.want = job.Processing
				}
				if took != c.after || a.Job == nil || !a.Waited || a.Job.Status != c.want {
					t.Errorf("got %s after %s, want %s after %s", told(a), took, c.want, c.after)
				}
			})
		})
	}
}

// TestACallComesBeforeItsOwnersJobs: somebody waits for it.
func TestACallComesBeforeItsOwnersJobs(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		use := func(r *intake.Request) { r.Tool = b.queued }
		for range 3 {
			b.done("2s", use, async)
		}
		synctest.Wait()
		began := time.Now()
		a := b.done("1s", use)
		if took := time.Since(began); took > 3*time.Second || a.Job == nil || a.Job.Status != job.Success {
			t.Errorf("got %s after %s, want the end after that of the job that ran", told(a), took)
		}
	})
}

func TestARefusalLeavesNothing(t *testing.T) {
	long := "3s" + strings.Repeat(" ", job.MaxInlineBytes)
	for name, c := range map[string]struct {
		change func(b *bench, r *intake.Request)
		code   string
	}{
		"the quota is used up": {func(b *bench, r *intake.Request) {
			b.done("0s")
			r.Plan.JobsPerMonth = 1
		}, "QUOTA_EXCEEDED"},
		"too many wait": {func(b *bench, r *intake.Request) {
			async(r)
			r.Plan = account.Plan{MaxQueuedJobs: 1}
			b.done("10s", async)
			synctest.Wait() // it runs, and the next one waits
			b.done("10s", async)
		}, "TOO_MANY_JOBS"},
		"its address cannot be called": {func(b *bench, r *intake.Request) {
			r.Webhook, b.uncalled = []string{"https://example.org"}, fault.New(fault.Unavailable, "NO_SECRET", "no")
		}, "NO_SECRET"},
		"the storage of files is full": {func(b *bench, r *intake.Request) {
			async(r)
			b.files.full.Store(true)
		}, "UNAVAILABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(b *bench) {
				t := b.t
				var before int
				a, err := b.do(long, func(r *intake.Request) {
					c.change(b, r)
					before = len(b.jobs())
				})
				if !fault.IsCode(err, c.code) || a.Job != nil || a.Body != nil {
					t.Errorf("got %s, %v; want %s", told(a), err, c.code)
				}
				if n := b.kept(); n != 0 || len(b.jobs()) != before {
					t.Errorf("%d files and %d jobs more, want none", n, len(b.jobs())-before)
				}
			})
		})
	}
}

// TestWhatTheToolRefusesIsCharged: it has done its work.
func TestWhatTheToolRefusesIsCharged(t *testing.T) {
	on(t, func(b *bench) {
		t := b.t
		if _, err := b.do("1s wrong"); !fault.IsCode(err, "WRONG") || b.used() != 1 {
			t.Errorf("got %v, %d charged; want the tool's refusal, charged", err, b.used())
		}
	})
}
