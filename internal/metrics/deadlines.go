package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// deadlines counts jobs that end by themselves.
type deadlines struct {
	missed *prometheus.CounterVec
	late   prometheus.Histogram
}

func newDeadlines() deadlines {
	return deadlines{counters("deadlines_missed_total"), histogram("deadline_late_seconds")}
}

// DeadlineMissed counts a job that was ended because of its deadline, and how late
// that was.
func (s *Set) DeadlineMissed(tool, code string, late time.Duration) {
	s.deadlines.missed.WithLabelValues(tool, code).Inc()
	s.deadlines.late.Observe(late.Seconds())
}
