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
	return database{commit: histogram("database_write_seconds"), lag: histogram("notification_lag_seconds")}
}

// Flushed records how long writing and committing a transaction took.
func (s *Set) Flushed(took time.Duration) { s.database.commit.Observe(took.Seconds()) }

// Notified records how long a notification was on its way.
func (s *Set) Notified(took time.Duration) { s.database.lag.Observe(took.Seconds()) }

// WatchDatabase adds a shared database to what is reported; ask is called at
// each scrape. Where it fails, what only the database knows (rows, transactions)
// is left out, the rest of its answer is reported.
func (s *Set) WatchDatabase(ask func(context.Context) (Database, error)) {
	s.registry.MustRegister(s.database.commit, s.database.lag, asked{
		[]*prometheus.Desc{poolDesc, waitsDesc, waitedDesc, deadDesc, oldestDesc, leadingDesc}, func(tell telling) { tellDatabase(ask, tell) },
	})
}

var (
	poolDesc, waitsDesc, waitedDesc = desc("database_connections"), desc("database_connection_waits_total"), desc("database_connection_wait_seconds_total")
	deadDesc, oldestDesc            = desc("database_dead_rows"), desc("database_oldest_transaction_seconds")
	leadingDesc                     = desc("leader")
)

// tellDatabase asks and reports.
func tellDatabase(ask func(context.Context) (Database, error), tell telling) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	is, err := ask(ctx)
	tell(poolDesc, float64(is.Connections), "open")
	tell(poolDesc, float64(is.Busy), "busy")
	tell(poolDesc, float64(is.Most), "most")
	tell(waitsDesc, float64(is.Waits))
	tell(waitedDesc, is.Waited.Seconds())
	if err == nil {
		tell(deadDesc, float64(is.DeadRows), "all")
		tell(deadDesc, float64(is.DeadReady), "ready")
		tell(oldestDesc, is.OldestTransaction.Seconds())
	}
	tell(leadingDesc, number(is.Leads))
}
