package fulfil_test

import (
	"testing"
	"time"

	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/pause"
)

func (b *bench) paused(kind pause.Kind, name string) (resume func()) {
	b.t.Helper()
	_, err := b.q.Pauses().Pause(b.t.Context(), kind, name, "test")
	b.must(err)
	return func() {
		_, err := b.q.Pauses().Resume(b.t.Context(), kind, name)
		b.must(err)
	}
}

// TestACallOfWhatIsPausedBecomesAJob: at once, one that runs while its client waits
// as well as one that goes through the queue.
func TestACallOfWhatIsPausedBecomesAJob(t *testing.T) {
	for name, what := range map[string]struct {
		kind   pause.Kind
		name   string
		change func(b *bench) func(*intake.Request)
	}{
		"tool":                          {pause.Tool, "sleep", func(*bench) func(*intake.Request) { return func(*intake.Request) {} }},
		"owner":                         {pause.Owner, "ann", func(*bench) func(*intake.Request) { return func(*intake.Request) {} }},
		"tool that waits a while":       {pause.Tool, "sleep", func(*bench) func(*intake.Request) { return waits(time.Second) }},
		"tool whose calls are jobs":     {pause.Tool, "queued", func(b *bench) func(*intake.Request) { return func(r *intake.Request) { r.Tool = b.queued } }},
		"owner of a call that is a job": {pause.Owner, "ann", func(b *bench) func(*intake.Request) { return func(r *intake.Request) { r.Tool = b.queued } }},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(b *bench) {
				t := b.t
				resume := b.paused(what.kind, what.name)
				began := time.Now()
				a := b.done("1s", what.change(b))
				if took := time.Since(began); took != 0 || a.Job == nil || a.Job.Status != job.Queued || a.Waited || a.Body != nil {
					t.Fatalf("got %s after %s, want a job at once", told(a), took)
				}
				<-time.After(time.Minute)
				if list := b.jobs(); len(list) != 1 || list[0].Status != job.Queued || list[0].Attempt != 0 {
					t.Errorf("a minute later: %+v", list)
				}
				resume()
				<-time.After(2 * time.Second)
				if list := b.jobs(); list[0].Status != job.Success || list[0].Attempt != 1 || b.used() != 1 {
					t.Errorf("after the pause: %+v, %d charged", list, b.used())
				}
			})
		})
	}
}

// TestACallThatRunsGoesOnWhenItsToolIsPaused: it is answered as if nothing had happened.
func TestACallThatRunsGoesOnWhenItsToolIsPaused(t *testing.T) {
	on(t, func(b *bench) {
		time.AfterFunc(time.Second, func() { b.paused(pause.Tool, "sleep") })
		if a := b.done("3s"); a.Job != nil || a.Body == nil {
			b.t.Errorf("got %s", told(a))
		}
	})
}

// TestAClientThatAskedToWaitWaits: the pause may end meanwhile.
func TestAClientThatAskedToWaitWaits(t *testing.T) {
	on(t, func(b *bench) {
		resume := b.paused(pause.Tool, "sleep")
		time.AfterFunc(2*time.Second, resume)
		began := time.Now()
		a := b.done("1s", async, waits(10*time.Second))
		if took := time.Since(began); took != 3*time.Second || a.Job == nil || a.Job.Status != job.Success {
			b.t.Errorf("got %s after %s", told(a), took)
		}
	})
}
