package app

import (
	"context"
	"crypto/rand"
	"time"

	"claimcheck/internal/history"
	"claimcheck/internal/metrics"
	"claimcheck/internal/queue"
	"claimcheck/internal/routes/stats"
	"claimcheck/internal/store/kind"
)

// watching is who is told of what jobs do: those who scrape, and the history.
type watching struct {
	*metrics.Set
	*history.Recorder
}

var _ queue.Observer = watching{}

// remember begins the history.
func (s *Server) remember() {
	c := history.Config{Store: s.store, Now: s.store.now, Random: rand.Reader, Log: s.log, Breakers: s.breakers}
	if s.cfg.Store.Shared {
		c.Node = s.sharing.node
	}
	s.history.Store(history.New(c))
}

// breakers are those of this server, by tool.
func (s *Server) breakers() map[string]history.Breaker {
	all := map[string]history.Breaker{}
	for tool, b := range s.queue.Breakers() {
		all[tool] = history.Breaker(b)
	}
	return all
}

// statsConfig is what the numbers for operators are told from.
func (s *Server) statsConfig() stats.Config {
	c := stats.Config{
		History: s.history.Load(), Queue: s.queue, Pauses: s.queue.Pauses(), Now: s.store.now, Tools: s.tools.Names, Rules: s.rules, File: s.store.file,
	}
	if s.store.stats != nil {
		c.Database = func(ctx context.Context) (kind.Stats, error) {
			is, err := s.store.stats(ctx)
			return kind.Stats(is), err
		}
	}
	return c
}

// batched hears of a transaction of the store; the store may begin before the
// history does.
func (s *Server) batched(operations int, took time.Duration) {
	s.metrics.Committed(operations, took)
	if h := s.history.Load(); h != nil {
		if s.cfg.Store.Shared {
			took = 0 // the commit is told by itself
		}
		h.Batched(operations, took)
	}
}

// committed hears of a commit of a shared store.
func (s *Server) committed(took time.Duration) {
	s.metrics.Flushed(took)
	if h := s.history.Load(); h != nil {
		h.Committed(took)
	}
}

// notified hears of a notification of another server.
func (s *Server) notified(took time.Duration) {
	s.metrics.Notified(took)
	if h := s.history.Load(); h != nil {
		h.Notified(took)
	}
}
