package worker

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
	"claimcheck/internal/words"
)

// wordsEvery is the shortest time between two records of what an attempt says.
const wordsEvery = time.Second

// A speaker passes on what an attempt says: at once to those who listen, and once a
// second to the store. An attempt that says nothing costs nothing.
type speaker struct {
	p      *Pool
	c      queue.Claimed
	ctx    context.Context //nolint:containedctx // the attempt's: what it says later is not heard
	cancel context.CancelFunc
	speech *words.Speech

	mu      sync.Mutex // guards the fields below
	percent int        // by the tool's own word; 0: it has said nothing of it
	told    int        // that is recorded
	timer   *time.Timer
	writing sync.WaitGroup
	over    bool
}

// speaker returns that of an attempt, whose context is ctx; end must be called.
func (p *Pool) speaker(ctx context.Context, c queue.Claimed) *speaker {
	s := &speaker{p: p, c: c, speech: p.Queue.Words().Begin(c.Job.ID, c.Lease.Attempt)}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// say takes what the attempt says.
func (s *speaker) say(w tool.Words) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.ctx.Err() != nil {
		return
	}
	s.percent = max(s.percent, int(w.Progress))
	s.speech.Say(words.Of(s.c.Lease.Attempt, w.Message, w.Log, w.Output))
	if s.timer == nil {
		first := wordsEvery
		if !s.p.Queue.MayClaimAhead() { // other servers have listeners
			first = 0
		}
		s.timer = time.AfterFunc(first, s.write)
	}
}

// spoke reports whether the tool itself says how far it is.
func (s *speaker) spoke() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.percent > 0
}

// write records what is new, and comes again while there is anything.
func (s *speaker) write() {
	s.mu.Lock()
	said, some := s.speech.Unwritten()
	percent := s.percent
	if s.over || s.ctx.Err() != nil || !some && percent == s.told {
		s.timer = nil
		s.mu.Unlock()
		return
	}
	s.writing.Add(1)
	s.mu.Unlock()
	defer s.writing.Done()
	err := s.p.Queue.Progress(s.ctx, s.c, words.Sign{Percent: percent, Exact: percent > 0, Said: said})
	if err != nil && s.ctx.Err() == nil {
		s.p.Log.DebugContext(s.ctx, "words not recorded", "job", s.c.Job.ID.String(), "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.speech.Written(said)
		s.told = percent
	}
	if !s.over {
		s.timer = time.AfterFunc(wordsEvery, s.write)
	}
}

// stop ends the recording and returns what is to be recorded with the attempt's end.
// After that, speech.End must be called.
func (s *speaker) stop() job.Said {
	s.mu.Lock()
	s.over = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	s.cancel()
	s.writing.Wait()
	said, _ := s.speech.Unwritten()
	return said
}
