// Package metrics counts what happens, in the Prometheus format. It is told by
// the other packages through their small observer interfaces.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"claimcheck/internal/account"
)

// Backlog tells the unfinished jobs of every owner and tool.
type Backlog interface {
	Backlog(ctx context.Context) ([]account.ToolCount, error)
	// OldestWaiting is how long the job that waits longest has waited.
	OldestWaiting(ctx context.Context) (time.Duration, error)
}

// A Set is the metrics of one server. Its methods are safe for concurrent use
// and do not block.
type Set struct {
	registry *prometheus.Registry

	requests    *prometheus.CounterVec
	requestTime prometheus.Histogram
	attempts    *prometheus.CounterVec
	pauses      *prometheus.CounterVec
	noWorker    *prometheus.GaugeVec
	runTime     *prometheus.HistogramVec
	commitTime  prometheus.Histogram
	batchSize   prometheus.Histogram
	cacheHits   prometheus.Counter
	cacheMisses prometheus.Counter
	swept       *prometheus.CounterVec
	database    database
	missing     prometheus.Gauge

	known sync.Map // requestKey -> prometheus.Counter: faster than looking labels up
}

type requestKey struct {
	route  string
	status int
}

// New returns a set that also reports the Go runtime and the process.
func New(version string) *Set {
	const ns = "claimcheck"
	s := &Set{
		registry: prometheus.NewRegistry(),
		database: newDatabase(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "requests_total",
			Help: "Answered requests by route and HTTP status.",
		}, []string{"route", "status"}),
		requestTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "request_seconds",
			Help: "Time from reading a request's head to its answer.", Buckets: []float64{.0001, .0005, .001, .005, .025, .1, .5, 1, 5, 25},
		}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "attempts_total",
			Help: "Attempts by tool and how they ended: success, failed, retried, lost, released, canceled.",
		}, []string{"tool", "end"}),
		pauses: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "target_pauses_total",
			Help: "Times that a tool's target was left alone because it failed, by all jobs or by one owner's.",
		}, []string{"tool"}),
		runTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: ns, Name: "run_seconds",
			Help: "Time that a tool ran, jobs and synchronous calls.", Buckets: []float64{.0005, .002, .01, .05, .25, 1, 5, 30, 120, 600},
		}, []string{"tool"}),
		commitTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "store_commit_seconds",
			Help: "Time of one transaction of the store, commit included.", Buckets: []float64{.0002, .0005, .001, .002, .005, .01, .05, .25, 1, 5},
		}),
		batchSize: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "store_batch_operations",
			Help: "Operations in one transaction of the store.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}),
		cacheHits: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: ns, Name: "cache_hits_total",
			Help: "Jobs asked for that were in memory.",
		}),
		cacheMisses: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: ns, Name: "cache_misses_total",
			Help: "Jobs asked for that were read from the store.",
		}),
		swept: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "swept_total",
			Help: "Expired rows and files without a row that were removed.",
		}, []string{"what"}),
	}
	s.noWorker = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: ns, Name: "jobs_without_worker",
		Help: "Waiting jobs of tools that this server does not know and leaves to others.",
	}, []string{"tool"})
	s.missing = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: ns, Name: "missing_files",
		Help: "Files that rows name and that were not there at the last look, once a day.",
	})
	s.registry.MustRegister(s.requests, s.requestTime, s.attempts, s.pauses, s.noWorker, s.runTime, s.commitTime, s.batchSize,
		s.cacheHits, s.cacheMisses, s.swept, s.missing, buildInfo(version),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
}

// buildInfo is a metric that tells the running version.
func buildInfo(version string) prometheus.Gauge {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "claimcheck", Name: "build_info", Help: "The running version.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	return info
}

// Watch adds the backlog to what is reported; it is read at each scrape.
func (s *Set) Watch(b Backlog) { s.registry.MustRegister(&backlogCollector{source: b}) }

// A Clock tells how the store's clock goes.
type Clock interface {
	// Steps is how often it was seen to step.
	Steps() int64
	// Believed reports whether what has expired by it may be removed.
	Believed() (now time.Time, ok bool)
}

// WatchClock adds the store's clock to what is reported.
func (s *Set) WatchClock(c Clock) {
	s.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "claimcheck", Name: "clock_steps_total",
		Help: "Times that the store's clock (this machine's, or the database's) was seen to step.",
	}, func() float64 { return float64(c.Steps()) }), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "claimcheck", Name: "sweep_refused",
		Help: "1 while nothing that expired is removed, because the store's clock has leapt by more than a day.",
	}, func() float64 {
		if _, ok := c.Believed(); ok {
			return 0
		}
		return 1
	}))
}

// Handler answers scrapes; see kept.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(keep(s.registry), promhttp.HandlerOpts{})
}

// Answered counts a request.
func (s *Set) Answered(route string, status int, took time.Duration) {
	key := requestKey{route, status}
	c, ok := s.known.Load(key)
	if !ok {
		c, _ = s.known.LoadOrStore(key, s.requests.WithLabelValues(route, strconv.Itoa(status)))
	}
	c.(prometheus.Counter).Inc() //nolint:errcheck // the map holds nothing else
	s.requestTime.Observe(took.Seconds())
}

// AttemptEnded counts an attempt.
func (s *Set) AttemptEnded(tool, how string) { s.attempts.WithLabelValues(tool, how).Inc() }

// TargetPaused counts a pause of a tool's target.
func (s *Set) TargetPaused(tool string) { s.pauses.WithLabelValues(tool).Inc() }

// NoWorker sets how many jobs wait for a tool that is not known here.
func (s *Set) NoWorker(tool string, jobs int64) {
	if jobs == 0 {
		s.noWorker.DeleteLabelValues(tool)
		return
	}
	s.noWorker.WithLabelValues(tool).Set(float64(jobs))
}

// Ran records how long a tool ran.
func (s *Set) Ran(tool string, took time.Duration) {
	s.runTime.WithLabelValues(tool).Observe(took.Seconds())
}

// Committed records a transaction of the store.
func (s *Set) Committed(operations int, took time.Duration) {
	s.batchSize.Observe(float64(operations))
	s.commitTime.Observe(took.Seconds())
}

// CacheAsked counts a look into memory.
func (s *Set) CacheAsked(hit bool) {
	if hit {
		s.cacheHits.Inc()
	} else {
		s.cacheMisses.Inc()
	}
}

// FilesMissing sets how many files are missing.
func (s *Set) FilesMissing(n int) { s.missing.Set(float64(n)) }

// Swept counts what was removed.
func (s *Set) Swept(rows, orphans int) {
	s.swept.WithLabelValues("rows").Add(float64(rows))
	s.swept.WithLabelValues("orphans").Add(float64(orphans))
}

var (
	answersDesc = prometheus.NewDesc("claimcheck_store_answers", "1 if the store answered this scrape; 0 if not, then what only it knows is left out.", nil, nil)

	jobsDesc = prometheus.NewDesc("claimcheck_jobs", "Unfinished jobs by state and tool.", []string{"state", "tool"}, nil)
	ageDesc  = prometheus.NewDesc("claimcheck_queue_age_seconds", "How long the job that waits longest has waited.", nil, nil)
)

// A backlogCollector reads the backlog at each scrape.
type backlogCollector struct{ source Backlog }

// scrapeTime bounds what a scrape may ask of the store. What it does not say in
// time is left out: the rest is needed most when the store is in trouble, and
// why it is must not be told to everybody, the log has it.
const scrapeTime = time.Second

// Describe names the metrics.
func (b *backlogCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- answersDesc
	ch <- jobsDesc
	ch <- ageDesc
}

// Collect reports the jobs that wait and run.
func (b *backlogCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	counts, err := b.source.Backlog(ctx)
	var age time.Duration
	if err == nil {
		age, err = b.source.OldestWaiting(ctx)
	}
	if err != nil {
		ch <- prometheus.MustNewConstMetric(answersDesc, prometheus.GaugeValue, 0)
		return
	}
	ch <- prometheus.MustNewConstMetric(answersDesc, prometheus.GaugeValue, 1)
	ch <- prometheus.MustNewConstMetric(ageDesc, prometheus.GaugeValue, age.Seconds())
	queued, running := map[string]int64{}, map[string]int64{}
	for _, c := range counts {
		queued[c.Tool] += c.Queued
		running[c.Tool] += c.Running
	}
	for tool, n := range queued {
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), "queued", tool)
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(running[tool]), "processing", tool)
	}
}
