package queue

import (
	"context"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/deadline"
	"claimcheck/internal/job"
	"claimcheck/internal/meter"
	"claimcheck/internal/pause"
	"claimcheck/internal/queue/doubts"
	"claimcheck/internal/queue/paced"
	"claimcheck/internal/queue/poisons"
	"claimcheck/internal/queue/watch"
	"claimcheck/internal/sched"
	"claimcheck/internal/view"
	"claimcheck/internal/words"
)

// watchClock tells the log of steps, from the time at which the store was last
// used on: the Seq of its newest job says when that was.
func (q *Queue) watchClock(lastSeq int64) {
	q.clock.Tell(func(step time.Duration) {
		q.config.Log.Warn("the store's clock has stepped; leases and pauses go by this process's own", "step", step.String())
		q.sched.LookAtDelayed()
	})
	q.clock.Doubt(lastUse(lastSeq))
}

// lastUse is when a store was last used by the Seq of its newest job; zero if it has
// none.
func lastUse(lastSeq int64) time.Time {
	if lastSeq == 0 {
		return time.Time{}
	}
	return time.UnixMilli(lastSeq >> 12)
}

// New returns a queue on a store and takes back the jobs that this server's
// earlier processes were running when they died. [Queue.Run] must be started
// for leases to be renewed and delayed jobs to be run.
func New(ctx context.Context, c Config) (*Queue, error) {
	last, err := c.Store.LastSeq(ctx)
	if err != nil {
		return nil, fmt.Errorf("read last job id: %w", err)
	}
	instance := make([]byte, 6)
	if _, err := io.ReadFull(c.Random, instance); err != nil {
		return nil, fmt.Errorf("name this process: %w", err)
	}
	if c.Observer == nil {
		c.Observer = watch.Silent{}
	}
	if c.Clock == nil {
		c.Clock = clock.New(c.Now)
	}
	q := &Queue{
		config: c,
		clock:  c.Clock,
		doubts: doubts.New(),
		ids:    job.NewIDSource(c.Now, c.Random, last),
		worker: fmt.Sprintf("%s/%x", c.Node, instance),
		asked:  make(chan struct{}, 1),
		grants: map[job.ID]*grant{},
		coming: map[job.ID]*coming{},
		dead:   map[string]time.Time{},

		unsettled: map[job.ID]unsettled{},
	}
	seen := view.Config{Bytes: c.CacheBytes, Read: q.read, Asked: c.Observer.CacheAsked}
	if q.shared() {
		seen.Now = q.clock.Steady
	}
	q.views = view.New(seen)
	q.words = words.New(words.Config{Store: c.Store, Views: q.views, Now: c.Now, Told: c.Said})
	q.sched = sched.New(sched.Config{
		Tools: q.lineRules, Clock: q.clock, Now: c.Now, Read: q.waiting, Fronts: q.fronts, Running: q.running,
		Workers: c.Workers, Passive: c.Passive, Shared: q.shared(),
	})
	q.poisons = &poisons.Book{Notes: c.Store, Marks: q.sched, Clock: c.Clock, Now: c.Now, Log: c.Log}
	q.pauses = pause.New(pause.Config{Store: c.Store, Now: c.Now, Steady: c.Clock.Steady, Shared: q.shared(), Tell: q.paused})
	q.strands = paced.NewStrands(c.Store, &q.backlog, func(tool string) *meter.Limits { return q.rules(tool).Limits }, q.waitsAgain)
	q.watchClock(last)
	q.judge = deadline.Judge{Times: deadline.NewTimes(q.clock, lastUse(last)), Usual: q.sched.UsualRun}
	q.ends = deadline.NewKeeper(deadline.Config{Store: c.Store, Times: q.judge.Times, Leads: q.leads, Log: c.Log, End: q.EndOverdue})
	if err := q.loadPauses(ctx); err != nil {
		return nil, err
	}
	if err := q.loadRuntimes(ctx); err != nil {
		return nil, err
	}
	if err := q.poisons.Load(ctx); err != nil {
		return nil, err
	}
	if err := q.recover(ctx); err != nil {
		return nil, fmt.Errorf("take back the jobs of the last run: %w", err)
	}
	if err := q.loadBacklog(ctx); err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	return q, nil
}
