package metrics

import "github.com/prometheus/client_golang/prometheus"

var pausedDesc, ownersDesc = desc("paused"), desc("paused_owners")

// WatchPauses adds what is paused to what is reported; ask is called at each scrape.
// Owners are counted only: who they are is not for everybody who may scrape.
func (s *Set) WatchPauses(ask func() (tools []string, owners int)) {
	s.registry.MustRegister(asked{[]*prometheus.Desc{pausedDesc, ownersDesc}, func(tell telling) {
		tools, owners := ask()
		for _, name := range tools {
			tell(pausedDesc, 1, name)
		}
		tell(ownersDesc, float64(owners))
	}})
}
