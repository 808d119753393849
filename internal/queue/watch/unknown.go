package watch

import (
	"context"
	"log/slog"
	"sync"
)

// Unknown are tools with waiting jobs that a server does not know. It is safe for
// concurrent use; the zero value knows of none.
type Unknown struct {
	mu   sync.Mutex      // guards the field below
	told map[string]bool // of which the log was told
}

// Tell tells of them, with how many jobs wait: once in the log, and the observer each
// time.
func (u *Unknown) Tell(ctx context.Context, waiting map[string]int64, o Observer, log *slog.Logger) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for tool := range u.told {
		if waiting[tool] == 0 {
			delete(u.told, tool)
			o.NoWorker(tool, 0)
		}
	}
	for tool, jobs := range waiting {
		o.NoWorker(tool, jobs)
		if u.told[tool] {
			continue
		}
		if u.told == nil {
			u.told = map[string]bool{}
		}
		u.told[tool] = true
		log.WarnContext(ctx, "jobs wait for a tool that this server does not know; they run where it is known", "tool", tool, "jobs", jobs)
	}
}
