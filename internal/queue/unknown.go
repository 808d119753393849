package queue

import (
	"context"
	"sync"

	"claimcheck/internal/account"
)

// unknown are the tools with waiting jobs that this server does not know. It is
// safe for concurrent use.
type unknown struct {
	mu   sync.Mutex // guards the field below
	told map[string]bool
}

// tellUnknown tells of tools with waiting jobs that this server does not know:
// once in the log, and how many jobs each time.
func (q *Queue) tellUnknown(ctx context.Context, backlog []account.ToolCount) {
	waiting := map[string]int64{}
	for _, c := range backlog {
		if c.Queued > 0 && q.rules(c.Tool).Unknown {
			waiting[c.Tool] += c.Queued
		}
	}
	q.unknown.mu.Lock()
	defer q.unknown.mu.Unlock()
	for tool := range q.unknown.told {
		if waiting[tool] == 0 {
			delete(q.unknown.told, tool)
			q.config.Observer.NoWorker(tool, 0)
		}
	}
	for tool, jobs := range waiting {
		q.config.Observer.NoWorker(tool, jobs)
		if q.unknown.told[tool] {
			continue
		}
		if q.unknown.told == nil {
			q.unknown.told = map[string]bool{}
		}
		q.unknown.told[tool] = true
		q.config.Log.WarnContext(ctx, "jobs wait for a tool that this server does not know; they run where it is known", "tool", tool, "jobs", jobs)
	}
}
