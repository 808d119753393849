package metrics

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// A Kind is how a metric goes.
type Kind string

// The kinds, in the words of the format.
const (
	Counter   Kind = "counter"   // grows, and begins anew with the process
	Gauge     Kind = "gauge"     // goes up and down
	Histogram Kind = "histogram" // of it there are _bucket with the label le, _sum and _count
)

// A Metric is one row of the list: everything there is to know of it.
type Metric struct {
	Name   string // begins with claimcheck_
	Kind   Kind
	Labels []string
	Shared bool // there with a database that servers share only
	Help   string

	buckets []float64 // of a histogram
}

// List returns all metrics but those of the Go runtime and the process, sorted by
// name.
func List() []Metric {
	all := slices.Clone(list)
	for i := range all {
		all[i].Name = prefix + all[i].Name
	}
	slices.SortFunc(all, func(a, b Metric) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

const prefix = "claimcheck_"

// The one list. What is not in it cannot be made: see of. Rules, the dashboard and the
// table of docs/OPERATIONS.md are held to it.
var list = []Metric{
	{
		Name: "tls_certificate_expiry_seconds", Kind: Gauge,
		Help: "When the certificate that is shown ends, in Unix seconds; 0 without TLS of the server's own.",
	},
	{
		Name: "tls_reload_failures_total", Kind: Counter,
		Help: "New certificates that could not be used, so that the old one went on.",
	},
	{
		Name: "requests_total", Kind: Counter, Labels: []string{"route", "status"},
		Help: "Answered requests by route and HTTP status.",
	},
	{
		Name: "request_seconds", Kind: Histogram, buckets: []float64{.0001, .0005, .001, .005, .025, .1, .5, 1, 5, 25},
		Help: "Time from reading a request's head to its answer.",
	},
	{
		Name: "attempts_total", Kind: Counter, Labels: []string{"tool", "end"},
		Help: "Attempts by tool and how they ended: success, failed, retried, lost, released, overdue, canceled.",
	},
	{
		Name: "deadlines_missed_total", Kind: Counter, Labels: []string{"tool", "code"},
		Help: "Jobs that were ended because their caller's deadline came: EXPIRED (never begun in time), TIMEOUT (not finished in time).",
	},
	{
		Name: "deadline_late_seconds", Kind: Histogram, buckets: []float64{.01, .05, .1, .25, .5, 1, 2, 5, 30, 300},
		Help: "How long after their deadline jobs were ended.",
	},
	{
		Name: "words_bytes_total", Kind: Counter,
		Help: "Bytes of messages, log lines and output that jobs have said while they ran.",
	},
	{
		Name: "words_dropped_bytes_total", Kind: Counter,
		Help: "About how many bytes of those were dropped, because there is room for 64 KiB a job.",
	},
	{
		Name: "target_pauses_total", Kind: Counter, Labels: []string{"tool"},
		Help: "Times that a tool's target was left alone because it failed, by all jobs or by one owner's.",
	},
	{
		Name: "run_seconds", Kind: Histogram, Labels: []string{"tool"}, buckets: []float64{.0005, .002, .01, .05, .25, 1, 5, 30, 120, 600},
		Help: "Time that a tool ran, jobs and synchronous calls.",
	},
	{
		Name: "store_commit_seconds", Kind: Histogram, buckets: []float64{.0002, .0005, .001, .002, .005, .01, .05, .25, 1, 5},
		Help: "Time of one transaction of the store, commit included.",
	},
	{
		Name: "store_batch_operations", Kind: Histogram, buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		Help: "Operations in one transaction of the store.",
	},
	{
		Name: "cache_hits_total", Kind: Counter,
		Help: "Jobs asked for that were in memory.",
	},
	{
		Name: "cache_misses_total", Kind: Counter,
		Help: "Jobs asked for that were read from the store.",
	},
	{
		Name: "swept_total", Kind: Counter, Labels: []string{"what"},
		Help: "Expired rows and files without a row that were removed.",
	},
	{
		Name: "outcomes_read_total", Kind: Counter,
		Help: "Jobs that go because their outcome has reached their owner (x-delete: on-read).",
	},
	{
		Name: "outputs_delivered_total", Kind: Counter, Labels: []string{"end"},
		Help: "Outputs put to addresses of callers (x-output-url): taken, refused, given_up (not taken in time).",
	},
	{
		Name: "outputs_delivered_bytes_total", Kind: Counter,
		Help: "Bytes of outputs that addresses of callers took.",
	},
	{
		Name: "jobs_without_worker", Kind: Gauge, Labels: []string{"tool"},
		Help: "Waiting jobs of tools that this server does not know and leaves to others.",
	},
	{
		Name: "missing_files", Kind: Gauge,
		Help: "Files that rows name and that were not there at the last look, once a day.",
	},
	{
		Name: "build_info", Kind: Gauge, Labels: []string{"version"},
		Help: "The running version.",
	},
	{
		Name: "clock_steps_total", Kind: Counter,
		Help: "Times that the store's clock (this machine's, or the database's) was seen to step.",
	},
	{
		Name: "sweep_refused", Kind: Gauge,
		Help: "1 while nothing that expired is removed, because the store's clock has leapt by more than a day.",
	},
	{
		Name: "store_answers", Kind: Gauge,
		Help: "1 if the store answered this scrape; 0 if not, then what only it knows is left out.",
	},
	{
		Name: "jobs", Kind: Gauge, Labels: []string{"state", "tool"},
		Help: "Unfinished jobs by state and tool.",
	},
	{
		Name: "queue_age_seconds", Kind: Gauge,
		Help: "How long the job that waits longest has waited.",
	},
	{
		Name: "paused", Kind: Gauge, Labels: []string{"tool"},
		Help: "1 for each tool that is paused: its jobs wait until an operator resumes it.",
	},
	{
		Name: "paused_owners", Kind: Gauge,
		Help: "How many owners are paused.",
	},
	{
		Name: "ready", Kind: Gauge,
		Help: "1 if /readyz would say so: the store and the storage of files take writes and every worker is alive.",
	},
	{
		Name: "breaker_open", Kind: Gauge, Labels: []string{"tool"},
		Help: "1 while a tool's target fails and is left alone by all jobs of this server, or probed.",
	},
	{
		Name: "breaker_owners", Kind: Gauge, Labels: []string{"tool"},
		Help: "Owners whose jobs alone leave a tool's target alone, because it fails them.",
	},
	{
		Name: "tool_rate_waiting", Kind: Gauge, Labels: []string{"tool"},
		Help: "Jobs of a tool with max_per that wait for it, of those that this server has in memory: up to 256 of an owner.",
	},
	{
		Name: "disk_free_bytes", Kind: Gauge, Labels: []string{"folder"},
		Help: "What may still be written to the disk of a folder: data, or files where they are in another.",
	},
	{
		Name: "disk_size_bytes", Kind: Gauge, Labels: []string{"folder"},
		Help: "What the disk of a folder has in all.",
	},
	{
		Name: "webhook_attempts_total", Kind: Counter, Labels: []string{"end"},
		Help: "Attempts to deliver webhooks: delivered, retried (failed, another comes), failed (none comes).",
	},
	{
		Name: "webhook_recovered_total", Kind: Counter,
		Help: "Deliveries that were not taken and are sent again because their owner asked for it (recover).",
	},
	{
		Name: "webhook_paced_total", Kind: Counter,
		Help: "Calls of webhooks that were due and waited for the pace of their endpoint (max_per_second).",
	},
	{
		Name: "trace_spans_total", Kind: Counter, Labels: []string{"end"},
		Help: "Spans for the collector: sent, failed (it was away, slow, or refused them), dropped (too many waited); 0 without OTEL_ variables.",
	},
	{
		Name: "database_write_seconds", Kind: Histogram, Shared: true, buckets: []float64{.0005, .001, .002, .005, .01, .025, .1, .5, 1, 5},
		Help: "Time to write and commit what a transaction has decided.",
	},
	{
		Name: "notification_lag_seconds", Kind: Histogram, Shared: true, buckets: []float64{.001, .005, .01, .025, .05, .1, .25, 1, 5},
		Help: "How long notifications of other servers were on their way.",
	},
	{
		Name: "database_connections", Kind: Gauge, Labels: []string{"state"}, Shared: true,
		Help: "Connections to the database by state: open, busy, most.",
	},
	{
		Name: "database_connection_waits_total", Kind: Counter, Shared: true,
		Help: "How often a connection had to be waited for.",
	},
	{
		Name: "database_connection_wait_seconds_total", Kind: Counter, Shared: true,
		Help: "How long connections were waited for.",
	},
	{
		Name: "database_dead_rows", Kind: Gauge, Labels: []string{"table"}, Shared: true,
		Help: "Rows that are to be cleaned up, of all tables and of the queue.",
	},
	{
		Name: "database_oldest_transaction_seconds", Kind: Gauge, Shared: true,
		Help: "Age of the oldest transaction, which keeps rows from being cleaned up.",
	},
	{
		Name: "leader", Kind: Gauge, Shared: true,
		Help: "1 on the server that does the maintenance.",
	},
}

// of returns a row of the list.
func of(name string) Metric {
	i := slices.IndexFunc(list, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		panic("metrics: " + name + " is not in the list")
	}
	return list[i]
}

func (m *Metric) opts() prometheus.Opts {
	return prometheus.Opts{Name: prefix + m.Name, Help: m.Help}
}

func counter(name string) prometheus.Counter {
	m := of(name)
	return prometheus.NewCounter(prometheus.CounterOpts(m.opts()))
}

func counters(name string) *prometheus.CounterVec {
	m := of(name)
	return prometheus.NewCounterVec(prometheus.CounterOpts(m.opts()), m.Labels)
}

func gauge(name string) prometheus.Gauge {
	m := of(name)
	return prometheus.NewGauge(prometheus.GaugeOpts(m.opts()))
}

func gauges(name string) *prometheus.GaugeVec {
	m := of(name)
	return prometheus.NewGaugeVec(prometheus.GaugeOpts(m.opts()), m.Labels)
}

func histogram(name string) prometheus.Histogram {
	m := of(name)
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: prefix + m.Name, Help: m.Help, Buckets: m.buckets})
}

func histograms(name string) *prometheus.HistogramVec {
	m := of(name)
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + m.Name, Help: m.Help, Buckets: m.buckets}, m.Labels)
}

// desc is for those that are asked at each scrape.
func desc(name string) *prometheus.Desc {
	m := of(name)
	return prometheus.NewDesc(prefix+m.Name, m.Help, m.Labels, nil)
}
