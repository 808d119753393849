package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Database is what operators want to know of a database that servers share.
type Database struct {
	Connections, Busy, Most int64         // of this server's pool: open, in use, at most
	Waits                   int64         // how often a caller had to wait for a connection
	Waited                  time.Duration // how long in all
	DeadRows, DeadReady     int64         // rows that are to be cleaned up, in all tables and in the queue's
	OldestTransaction       time.Duration // that keeps them from being cleaned up; 0 for none
	Leads                   bool          // this server does the maintenance
}

// database are the metrics of a shared database.
type database struct {
	commit prometheus.Histogram
	lag    prometheus.Histogram
}

func newDatabase() database {
	const ns = "claimcheck"
	return database{
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "database_write_seconds",
			Help: "Time to write and commit what a transaction has decided.", Buckets: []float64{.0005, .001, .002, .005, .01, .025, .1, .5, 1, 5},
		}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "notification_lag_seconds",
			Help: "How long notifications of other servers were on their way.", Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, 1, 5},
		}),
	}
}

// Flushed records how long writing and committing a transaction took.
func (s *Set) Flushed(took time.Duration) { s.database.commit.Observe(took.Seconds()) }

// Notified records how long a notification was on its way.
func (s *Set) Notified(took time.Duration) { s.database.lag.Observe(took.Seconds()) }

// WatchDatabase adds a shared database to what is reported; ask is called at
// each scrape. Where it fails, what only the database knows (rows, transactions)
// is left out, the rest of its answer is reported.
func (s *Set) WatchDatabase(ask func(context.Context) (Database, error)) {
	s.registry.MustRegister(s.database.commit, s.database.lag, &databaseCollector{ask})
}

type databaseCollector struct {
	ask func(context.Context) (Database, error)
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("claimcheck_"+name, help, labels, nil)
}

var (
	poolDesc    = desc("database_connections", "Connections to the database by state: open, busy, most.", "state")
	waitsDesc   = desc("database_connection_waits_total", "How often a connection had to be waited for.")
	waitedDesc  = desc("database_connection_wait_seconds_total", "How long connections were waited for.")
	deadDesc    = desc("database_dead_rows", "Rows that are to be cleaned up, of all tables and of the queue.", "table")
	oldestDesc  = desc("database_oldest_transaction_seconds", "Age of the oldest transaction, which keeps rows from being cleaned up.")
	leadingDesc = desc("leader", "1 on the server that does the maintenance.")
)

// Describe names the metrics.
func (c *databaseCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{poolDesc, waitsDesc, waitedDesc, deadDesc, oldestDesc, leadingDesc} {
		ch <- d
	}
}

// Collect asks and reports.
func (c *databaseCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	is, err := c.ask(ctx)
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(poolDesc, float64(is.Connections), "open")
	gauge(poolDesc, float64(is.Busy), "busy")
	gauge(poolDesc, float64(is.Most), "most")
	ch <- prometheus.MustNewConstMetric(waitsDesc, prometheus.CounterValue, float64(is.Waits))
	ch <- prometheus.MustNewConstMetric(waitedDesc, prometheus.CounterValue, is.Waited.Seconds())
	if err == nil {
		gauge(deadDesc, float64(is.DeadRows), "all")
		gauge(deadDesc, float64(is.DeadReady), "ready")
		gauge(oldestDesc, is.OldestTransaction.Seconds())
	}
	leads := 0.0
	if is.Leads {
		leads = 1
	}
	gauge(leadingDesc, leads)
}
