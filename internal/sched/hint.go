package sched

import (
	"math"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// The limits of a polling hint, in seconds (retry_after in api/openapi.yaml).
const (
	minHint = 1
	maxHint = 60
)

// Hint returns after how many seconds a client should ask again about an
// unfinished job: when asking costs least (see forecast), never before it can
// begin, and stretched so that one client per unfinished job of the owner
// stays within the plan's status_per_minute. A job whose tool this server does
// not know, or that is paused, waits longest.
func (s *Scheduler) Hint(j *job.Job, plan *account.Plan) int64 {
	if j.Status == job.Queued && (s.config.Tools(j.Tool).Unknown || s.PauseOf(j.Owner, j.Tool) != "") {
		return s.untilDeadline(j) // until a server knows the tool, or an operator resumes it
	}
	var f forecast
	o := s.outlook(j, plan)
	o.forecast(&f)
	return stretch(f.best(), s.Unfinished(j.Owner), plan)
}

// stretch makes a hint longer where the owner's clients would otherwise ask
// more often than they may, and keeps it within its limits.
func stretch(hint, unfinished int64, plan *account.Plan) int64 {
	if plan.StatusPerMinute > 0 {
		hint = max(hint, (unfinished*60+plan.StatusPerMinute-1)/plan.StatusPerMinute)
	}
	return min(max(hint, minHint), maxHint)
}

// Estimate returns how long it most likely takes until an unfinished job is
// finished, never less than until it may begin; ok is false if nothing is known
// of its tool and nothing but other jobs keeps it from beginning.
func (s *Scheduler) Estimate(j *job.Job, plan *account.Plan) (left time.Duration, ok bool) {
	o := s.outlook(j, plan)
	run, known := typical(o.took, o.ran)
	return o.byDeadline(max(o.begin, o.shut+o.wait), run, known || o.begin > 0 || o.rated)
}

// An outlook is what is known of how an unfinished job goes on.
type outlook struct {
	took  []uint32      // runs of its tool, in milliseconds
	ran   time.Duration // how long the attempt has run; 0 if none runs
	begin time.Duration // before that no attempt begins
	shut  time.Duration // until the tool's target is tried again
	wait  time.Duration // behind other jobs from then on, about
	turn  time.Duration // about how often a job begins of those that it waits with
	rated bool          // most of wait is known: it is for the tool's rate
	lost  time.Duration // how long it has waited where nothing is known to be before it
	ends  deadlines
}

// outlook looks at a job as it is now.
func (s *Scheduler) outlook(j *job.Job, plan *account.Plan) outlook {
	o := outlook{took: s.runs.of(j.Tool, j.Input.Size), ends: s.deadlinesOf(j)}
	if j.Status == job.Processing {
		o.ran = max(s.config.Clock.Since(j.Started), 0)
		return o
	}
	beyond := s.beyond(j.Tool, o.took)
	for _, ms := range beyond {
		o.took = append(o.took, ms+ms/2) // about: nothing is known but that it goes on
	}
	due := j.DueAt()
	o.begin = s.dueIn(j)
	p := s.position(j)
	p.most = plan.MaxRunningJobs
	o.shut = p.pace.pause
	o.wait, o.turn = s.waitBehind(j, &p, beyond)
	o.rated = p.rated > 0 && p.rated >= o.wait/2
	if o.shut > 0 {
		o.begin, o.turn = max(o.begin, o.shut), 0
	}
	if since := s.config.Clock.Since(latest(j.Updated, due)); o.begin == 0 && o.wait < since/4 {
		o.lost = since
	}
	return o
}

// dueIn is how long it is until a waiting job may begin; see pauseLeft.
func (s *Scheduler) dueIn(j *job.Job) time.Duration {
	r := job.Ready{RunAt: j.DueAt()}
	if j.Attempt > 0 {
		r.Since = j.Updated
	}
	return pauseLeft(&r, s.config.Now())
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// waitBehind is about how long a job waits for those that come before it: for a
// worker, for its owner's limit and for its tool's, whichever is longest; turn
// is how often one of those begins. beyond are runs that are not over.
func (s *Scheduler) waitBehind(j *job.Job, p *position, beyond []uint32) (wait, turn time.Duration) {
	tool, all := s.runs.means(j.Tool)
	ofTool, ofAll := tool.with(beyond), all.with(beyond)
	if ofTool == 0 {
		ofTool = assumedRun
	}
	if ofAll == 0 {
		ofAll = ofTool
	}
	for _, line := range [...]struct {
		ahead, running, most int64
		mean                 time.Duration
	}{
		{p.likely, p.running, p.workers, ofAll},
		{p.own, p.ownRunning, p.most, ofAll},
		{p.ofTool, p.toolRuns, p.toolMost, ofTool},
	} {
		if line.most <= 0 {
			continue
		}
		each := line.mean / time.Duration(line.most)
		free := max(line.most-line.running, 0)
		if w := time.Duration(max(line.ahead+1-free, 0)) * each; w > wait {
			wait, turn = w, each
		}
	}
	if p.rated > wait {
		wait, turn = p.rated, p.rate
	}
	ahead := s.failedBefore(j, p)
	if w := time.Duration(p.pace.rounds(ahead, p.atOnce())) * ofTool; w > wait {
		wait, turn = w, ofTool
	}
	if p.pace.probed && (ahead > 0 || !p.pace.probes) {
		wait, turn = wait+ofTool, max(turn, ofTool)
	}
	return wait, turn
}

// failedBefore is how many jobs of the owner and tool come before one at a target
// that has failed, about: those that wait for their next attempt are not known
// here, and are older than those that had none.
func (s *Scheduler) failedBefore(j *job.Job, p *position) int64 {
	if p.pace.failed == 0 {
		return p.older
	}
	later := min(p.pace.failed, max(s.Unfinished(j.Owner)-p.known-p.ownRunning, 0))
	if j.Attempt > 0 && s.dueIn(j) > 0 {
		later /= 2 // it is one of them
	}
	return p.older + later
}

// assumedRun is how long a run is thought to take while none is known.
const assumedRun = 20 * time.Millisecond

// beyond are runs of a tool that go on here for longer than any that is known
// took: that they will take half as long again is a better guess than to leave
// them out, as the quick ones are over first.
func (s *Scheduler) beyond(tool string, took []uint32) (more []uint32) {
	var most uint32
	for _, ms := range took {
		most = max(most, ms)
	}
	for _, ran := range s.config.Running(tool, time.Duration(most)*time.Millisecond+noticeable) {
		more = append(more, uint32(min(ran.Milliseconds(), math.MaxUint32))) //nolint:gosec // bounded
	}
	return more
}

// queueSpread is how an estimate of a wait turns out: the wait times factor,
// less part of a turn, because the job that is running now has run for a while.
var queueSpread = [...]struct{ factor, turns float64 }{{0.9, 1}, {0.95, 0.75}, {1, 0.5}, {1.1, 0.25}}

// forecast adds the outlook to a forecast.
func (o *outlook) forecast(f *forecast) {
	begin := o.begin.Seconds()
	switch {
	case o.lost > 0:
		f.addLost(begin, o.lost.Seconds())
	case o.shut+o.wait <= o.begin:
		f.addRuns(o.took, begin, o.ran.Seconds(), 1)
	default:
		for _, s := range queueSpread {
			wait := o.shut.Seconds() + o.wait.Seconds()*s.factor - o.turn.Seconds()*s.turns
			f.addRuns(o.took, max(wait, begin), o.ran.Seconds(), 1/float64(len(queueSpread)))
		}
	}
	o.ends.cut(f, max(o.begin, o.shut+o.wait))
}
