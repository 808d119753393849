package worker

import (
	"context"
	"sync/atomic"
	"time"

	"claimcheck/internal/queue"
	"claimcheck/internal/words"
)

// progressEvery is the shortest time between two records of a job's progress.
const progressEvery = time.Second

// reportProgress records how much of its input, of size bytes, a job has read (or
// fetched, which is the same: tools read while the rest arrives), once a second
// while that changes and the tool itself does not say how far it is; the returned function ends it. A job that is over before
// the first second costs a timer.
func (p *Pool) reportProgress(ctx context.Context, c queue.Claimed, size int64, read *atomic.Int64, speaks *speaker) (stop func()) {
	if size <= 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	last := int64(0)
	var timer *time.Timer
	ready := make(chan struct{})
	timer = time.AfterFunc(progressEvery, func() {
		<-ready // timer is set
		percent := min(read.Load()*100/size, 100)
		if percent > last && ctx.Err() == nil && !speaks.spoke() {
			if err := p.Queue.Progress(ctx, c, words.Sign{Percent: int(percent)}); err != nil && ctx.Err() == nil {
				p.Log.DebugContext(ctx, "progress not recorded", "job", c.Job.ID.String(), "err", err)
			}
			last = percent
		}
		if ctx.Err() == nil {
			timer.Reset(progressEvery)
		}
	})
	close(ready)
	return func() {
		cancel()
		timer.Stop()
	}
}
