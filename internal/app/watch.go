package app

import (
	"claimcheck/internal/disk"
	"claimcheck/internal/metrics"
	"claimcheck/internal/readiness"
)

// watch shows the metrics what they tell of.
func (s *Server) watch() {
	s.metrics.Watch(s.queue)
	s.metrics.WatchPauses(s.pausedNow)
	s.metrics.WatchClock(s.sharing.clock)
	s.metrics.WatchReady((&readiness.Check{Ask: s.ready}).Get)
	s.metrics.WatchRates(s.queue.Pacing)
	s.metrics.WatchBreakers(func() map[string]metrics.Breaker {
		all := map[string]metrics.Breaker{}
		for tool, b := range s.queue.Breakers() {
			all[tool] = metrics.Breaker{Open: b.State == "open" || b.State == "half_open", Owners: b.Owners}
		}
		return all
	})
	folders := map[string]func() (uint64, uint64, error){"data": func() (uint64, uint64, error) { return disk.Room(s.cfg.Data) }}
	if s.blobs.folder != "" {
		folders["files"] = func() (uint64, uint64, error) { return disk.Room(s.blobs.folder) }
	}
	s.metrics.WatchDisk(folders)
	if s.store.stats != nil {
		s.metrics.WatchDatabase(s.store.stats)
	}
}
