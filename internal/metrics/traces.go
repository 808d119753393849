package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// observe records a time, with the trace that it is part of as its exemplar, if
// there is one.
func observe(o prometheus.Observer, took time.Duration, in string) {
	if in != "" {
		if e, ok := o.(prometheus.ExemplarObserver); ok {
			e.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": in})
			return
		}
	}
	o.Observe(took.Seconds())
}

// Spans are how many spans became what.
type Spans struct{ Sent, Failed, Dropped int64 }

var spansDesc = desc("trace_spans_total")

// WatchTraces adds what became of spans to what is reported; ask is called at each
// scrape. Where spans are made, those who can read exemplars are told them. It is to
// be called before Handler.
func (s *Set) WatchTraces(made bool, ask func() Spans) {
	s.traced = made
	s.registry.MustRegister(asked{[]*prometheus.Desc{spansDesc}, func(tell telling) {
		n := ask()
		tell(spansDesc, float64(n.Sent), "sent")
		tell(spansDesc, float64(n.Failed), "failed")
		tell(spansDesc, float64(n.Dropped), "dropped")
	}})
}
