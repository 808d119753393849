package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// An asked collector asks at each scrape, and tells what it hears.
type asked struct {
	descs []*prometheus.Desc
	ask   func(tell telling)
}

// telling reports a value with the values of its labels.
type telling func(d *prometheus.Desc, value float64, labels ...string)

// Describe names the metrics.
func (a asked) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range a.descs {
		ch <- d
	}
}

// Collect asks and reports.
func (a asked) Collect(ch chan<- prometheus.Metric) {
	a.ask(func(d *prometheus.Desc, value float64, labels ...string) {
		kind := prometheus.GaugeValue
		if counts[d] {
			kind = prometheus.CounterValue
		}
		ch <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	})
}

// counts are those of what is asked that only grow.
var counts = map[*prometheus.Desc]bool{stepsDesc: true, spansDesc: true, waitsDesc: true, waitedDesc: true}

// number is 1 for what is so.
func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

var (
	readyDesc                          = desc("ready")
	breakerOpenDesc, breakerOwnersDesc = desc("breaker_open"), desc("breaker_owners")
	rateWaitingDesc                    = desc("tool_rate_waiting")
	diskFreeDesc, diskSizeDesc         = desc("disk_free_bytes"), desc("disk_size_bytes")
)

// WatchReady adds whether the server is ready to what is reported; ask is called at
// each scrape, and must end with its context.
func (s *Set) WatchReady(ask func(context.Context) error) {
	s.registry.MustRegister(asked{[]*prometheus.Desc{readyDesc}, func(tell telling) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
		defer cancel()
		tell(readyDesc, number(ask(ctx) == nil))
	}})
}

// A Breaker is how a tool's breaker stands on this server.
type Breaker struct {
	Open   bool // the target is left alone by all jobs, or probed
	Owners int  // whose jobs alone leave it alone
}

// WatchBreakers adds the breakers of tools to what is reported; ask is called at each
// scrape and returns them by tool.
func (s *Set) WatchBreakers(ask func() map[string]Breaker) {
	s.registry.MustRegister(asked{[]*prometheus.Desc{breakerOpenDesc, breakerOwnersDesc}, func(tell telling) {
		for tool, b := range ask() {
			tell(breakerOpenDesc, number(b.Open), tool)
			tell(breakerOwnersDesc, float64(b.Owners), tool)
		}
	}})
}

// WatchRates adds how many jobs wait for the rates of tools; ask is called at each
// scrape and returns them by tool, of each tool that has one.
func (s *Set) WatchRates(ask func() map[string]int64) {
	s.registry.MustRegister(asked{[]*prometheus.Desc{rateWaitingDesc}, func(tell telling) {
		for tool, n := range ask() {
			tell(rateWaitingDesc, float64(n), tool)
		}
	}})
}

// WatchDisk adds the room on a folder's disk to what is reported, by a word for the
// folder; ask is called at each scrape. Where it fails nothing is told.
func (s *Set) WatchDisk(folders map[string]func() (free, size uint64, err error)) {
	s.registry.MustRegister(asked{[]*prometheus.Desc{diskFreeDesc, diskSizeDesc}, func(tell telling) {
		for word, ask := range folders {
			if free, size, err := ask(); err == nil {
				tell(diskFreeDesc, float64(free), word)
				tell(diskSizeDesc, float64(size), word)
			}
		}
	}})
}
