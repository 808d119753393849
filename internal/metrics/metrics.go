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
	traced   bool // there are exemplars, which only OpenMetrics can tell

	requests    *prometheus.CounterVec
	requestTime prometheus.Histogram
	attempts    *prometheus.CounterVec
	pauses      *prometheus.CounterVec
	noWorker    *prometheus.GaugeVec
	runTime     *prometheus.HistogramVec
	commitTime  prometheus.Histogram
	batchSize   prometheus.Histogram
	said        prometheus.Counter
	unsaid      prometheus.Counter
	cacheHits   prometheus.Counter
	cacheMisses prometheus.Counter
	swept       *prometheus.CounterVec
	read        prometheus.Counter
	puts        *prometheus.CounterVec
	putBytes    prometheus.Counter
	database    database
	deadlines   deadlines
	missing     prometheus.Gauge
	webhooks    *prometheus.CounterVec
	recovered   prometheus.Counter
	paced       prometheus.Counter
	certEnds    prometheus.Gauge
	certFails   prometheus.Counter

	known sync.Map // requestKey -> prometheus.Counter: faster than looking labels up
}

type requestKey struct {
	route  string
	status int
}

// New returns a set that also reports the Go runtime and the process.
func New(version string) *Set {
	s := &Set{
		registry: prometheus.NewRegistry(),
		database: newDatabase(), deadlines: newDeadlines(),

		requests: counters("requests_total"), requestTime: histogram("request_seconds"),
		attempts: counters("attempts_total"), runTime: histograms("run_seconds"),
		said: counter("words_bytes_total"), unsaid: counter("words_dropped_bytes_total"),
		pauses: counters("target_pauses_total"), noWorker: gauges("jobs_without_worker"),
		commitTime: histogram("store_commit_seconds"), batchSize: histogram("store_batch_operations"),
		cacheHits: counter("cache_hits_total"), cacheMisses: counter("cache_misses_total"),
		swept: counters("swept_total"), read: counter("outcomes_read_total"), puts: counters("outputs_delivered_total"), putBytes: counter("outputs_delivered_bytes_total"), missing: gauge("missing_files"), webhooks: counters("webhook_attempts_total"),
		recovered: counter("webhook_recovered_total"), paced: counter("webhook_paced_total"),
		certEnds: gauge("tls_certificate_expiry_seconds"), certFails: counter("tls_reload_failures_total"),
	}
	for _, what := range []string{"rows", "orphans"} { // they are there from the beginning, so that the first one is an increase
		s.swept.WithLabelValues(what)
	}
	for _, end := range []string{"taken", "refused", "given_up"} {
		s.puts.WithLabelValues(end)
	}
	for _, end := range []string{"delivered", "retried", "failed"} {
		s.webhooks.WithLabelValues(end)
	}
	running := gauges("build_info")
	running.WithLabelValues(version).Set(1)
	s.registry.MustRegister(s.requests, s.requestTime, s.attempts, s.pauses, s.noWorker, s.runTime, s.commitTime, s.batchSize,
		s.said, s.unsaid, s.cacheHits, s.cacheMisses, s.swept, s.read, s.puts, s.putBytes, s.missing, s.webhooks, s.recovered, s.paced, s.certEnds, s.certFails, running, s.deadlines.missed, s.deadlines.late,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return s
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
	s.registry.MustRegister(asked{[]*prometheus.Desc{stepsDesc, refusedDesc}, func(tell telling) {
		tell(stepsDesc, float64(c.Steps()))
		_, ok := c.Believed()
		tell(refusedDesc, number(!ok))
	}})
}

// Handler answers scrapes; see kept.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(keep(s.registry), promhttp.HandlerOpts{EnableOpenMetrics: s.traced})
}

// Answered counts a request; in is the trace that it is part of, or empty.
func (s *Set) Answered(route string, status int, took time.Duration, in string) {
	key := requestKey{route, status}
	c, ok := s.known.Load(key)
	if !ok {
		c, _ = s.known.LoadOrStore(key, s.requests.WithLabelValues(route, strconv.Itoa(status)))
	}
	c.(prometheus.Counter).Inc() //nolint:errcheck // the map holds nothing else
	observe(s.requestTime, took, in)
}

// WebhookTold counts an attempt to deliver a webhook.
func (s *Set) WebhookTold(end string) { s.webhooks.WithLabelValues(end).Inc() }

// WebhooksRecovered counts deliveries that are sent again because their owner asked.
func (s *Set) WebhooksRecovered(n int) { s.recovered.Add(float64(n)) }

// WebhookPaced counts a call that was due and waited for its endpoint's pace.
func (s *Set) WebhookPaced() { s.paced.Inc() }

// Deposited counts an output that was put to an address of its caller's, or given up.
func (s *Set) Deposited(end string, bytes int64) {
	if s.puts.WithLabelValues(end).Inc(); end == "taken" {
		s.putBytes.Add(float64(bytes))
	}
}

// OutcomeRead counts a job that goes because its outcome was read.
func (s *Set) OutcomeRead() { s.read.Inc() }

// CertificateShown notes when the certificate that is shown ends.
func (s *Set) CertificateShown(ends time.Time) { s.certEnds.Set(float64(ends.Unix())) }

// CertificateFailed counts a new certificate that could not be used.
func (s *Set) CertificateFailed() { s.certFails.Inc() }

// AttemptEnded counts an attempt.
func (s *Set) AttemptEnded(tool, how string) { s.attempts.WithLabelValues(tool, how).Inc() }

// TargetPaused counts a pause of a tool's target.
func (s *Set) TargetPaused(tool string) { s.pauses.WithLabelValues(tool).Inc() }

// Said counts what jobs say while they run, and what had to go for it.
func (s *Set) Said(bytes, dropped int64) {
	s.said.Add(float64(bytes))
	s.unsaid.Add(float64(dropped))
}

// NoWorker sets how many jobs wait for a tool that is not known here.
func (s *Set) NoWorker(tool string, jobs int64) {
	if jobs == 0 {
		s.noWorker.DeleteLabelValues(tool)
		return
	}
	s.noWorker.WithLabelValues(tool).Set(float64(jobs))
}

// Ran records how long a tool ran; in is the trace that it is part of, or empty.
func (s *Set) Ran(tool string, took time.Duration, in string) {
	observe(s.runTime.WithLabelValues(tool), took, in)
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
	answersDesc, jobsDesc, ageDesc = desc("store_answers"), desc("jobs"), desc("queue_age_seconds")
	stepsDesc, refusedDesc         = desc("clock_steps_total"), desc("sweep_refused")
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
