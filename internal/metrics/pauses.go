package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	pausedDesc = desc("paused", "1 for each tool that is paused: its jobs wait until an operator resumes it.", "tool")
	ownersDesc = desc("paused_owners", "How many owners are paused.")
)

// WatchPauses adds what is paused to what is reported; ask is called at each scrape.
// Owners are counted only: who they are is not for everybody who may scrape.
func (s *Set) WatchPauses(ask func() (tools []string, owners int)) {
	s.registry.MustRegister(pausesCollector{ask})
}

type pausesCollector struct {
	ask func() (tools []string, owners int)
}

// Describe names the metrics.
func (c pausesCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- pausedDesc
	ch <- ownersDesc
}

// Collect asks and reports.
func (c pausesCollector) Collect(ch chan<- prometheus.Metric) {
	tools, owners := c.ask()
	for _, name := range tools {
		ch <- prometheus.MustNewConstMetric(pausedDesc, prometheus.GaugeValue, 1, name)
	}
	ch <- prometheus.MustNewConstMetric(ownersDesc, prometheus.GaugeValue, float64(owners))
}
