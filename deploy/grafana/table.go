package main

// A row is a line of the dashboard with a heading.
type row struct {
	title  string
	panels []panel
}

// A panel is one picture. Its unit is a word of Grafana's.
type panel struct {
	title, unit string
	kind        string // timeseries or stat
	help        string
	lines       []line
}

// A line is an expression of PromQL and what it is called.
type line struct{ expr, legend string }

const (
	graph  = "timeseries"
	number = "stat"
)

// own selects what the reader has chosen, tools the same of some tools.
const (
	own   = `job="$job",instance=~"$instance"`
	tools = own + `,tool=~"$tool"`
)

// quantiles are three lines of a histogram.
func quantiles(metric string) (all []line) {
	for _, q := range []struct{ q, name string }{{"0.5", "half"}, {"0.9", "9 of 10"}, {"0.99", "99 of 100"}} {
		all = append(all, line{"histogram_quantile(" + q.q + ", sum by (le) (rate(" + metric + "_bucket{" + own + "}[$__rate_interval])))", q.name})
	}
	return all
}

// The table. Servers that share a database each tell of all of its jobs: max, not sum.
var table = []row{
	{"Now", []panel{
		{"Servers that are ready", "none", number, "Of those that Prometheus asks.", []line{{`sum(claimcheck_ready{` + own + `})`, "ready"}, {`count(up{` + own + `})`, "of"}}},
		{"Jobs that wait", "none", number, "", []line{{`sum(max by (tool) (claimcheck_jobs{` + tools + `,state="queued"}))`, ""}}},
		{"Longest wait", "s", number, "It grows when more arrives than is done.", []line{{`max(claimcheck_queue_age_seconds{` + own + `})`, ""}}},
		{"Answered 503", "percentunit", number, "", []line{{`sum(rate(claimcheck_requests_total{` + own + `,status="503"}[$__rate_interval])) / sum(rate(claimcheck_requests_total{` + own + `}[$__rate_interval]))`, ""}}},
	}},
	{"Queues", []panel{
		{"Jobs that wait", "none", graph, "By tool.", []line{{`max by (tool) (claimcheck_jobs{` + tools + `,state="queued"})`, "{{tool}}"}}},
		{"Jobs that run", "none", graph, "By tool.", []line{{`max by (tool) (claimcheck_jobs{` + tools + `,state="processing"})`, "{{tool}}"}}},
		{"Longest wait", "s", graph, "How long the job has waited that waits longest.", []line{{`max(claimcheck_queue_age_seconds{` + own + `})`, "longest"}}},
		{"Jobs of unknown tools", "none", graph, "They wait for a server that knows the tool.", []line{{`max by (tool) (claimcheck_jobs_without_worker{` + tools + `})`, "{{tool}}"}}},
	}},
	{"Latency", []panel{
		{"Calls", "reqps", graph, "By status.", []line{{`sum by (status) (rate(claimcheck_requests_total{` + own + `}[$__rate_interval]))`, "{{status}}"}}},
		{"Time of calls", "s", graph, "Long polls and synchronous calls are among them.", quantiles("claimcheck_request_seconds")},
		{"Calls by route", "reqps", graph, "The ten busiest.", []line{{`topk(10, sum by (route) (rate(claimcheck_requests_total{` + own + `}[$__rate_interval])))`, "{{route}}"}}},
		{"Answers from memory", "percentunit", graph, "Jobs asked for that need not be read from the store.", []line{{`sum(rate(claimcheck_cache_hits_total{` + own + `}[$__rate_interval])) / (sum(rate(claimcheck_cache_hits_total{` + own + `}[$__rate_interval])) + sum(rate(claimcheck_cache_misses_total{` + own + `}[$__rate_interval])))`, "from memory"}}},
	}},
	{"Tools", []panel{
		{"Attempts", "ops", graph, "By how they ended.", []line{{`sum by (end) (rate(claimcheck_attempts_total{` + tools + `}[$__rate_interval]))`, "{{end}}"}}},
		{"Attempts that fail", "percentunit", graph, "By tool; wrong inputs are among them.", []line{{`sum by (tool) (rate(claimcheck_attempts_total{` + tools + `,end=~"failed|lost"}[$__rate_interval])) / sum by (tool) (rate(claimcheck_attempts_total{` + tools + `}[$__rate_interval]))`, "{{tool}}"}}},
		{"Time of runs", "s", graph, "99 of 100 are below it.", []line{{`histogram_quantile(0.99, sum by (tool, le) (rate(claimcheck_run_seconds_bucket{` + tools + `}[$__rate_interval])))`, "{{tool}}"}}},
		{"Work at once", "none", graph, "Seconds of work in a second: workers that are busy on average.", []line{{`sum by (tool) (rate(claimcheck_run_seconds_sum{` + tools + `}[$__rate_interval]))`, "{{tool}}"}}},
		{"Targets that are left alone", "none", graph, "1: by all jobs of a server.", []line{{`max by (tool) (claimcheck_breaker_open{` + tools + `})`, "{{tool}}"}, {`sum by (tool) (increase(claimcheck_target_pauses_total{` + tools + `}[$__rate_interval]))`, "{{tool}}, begun"}}},
		{"Missed deadlines", "ops", graph, "Jobs that ended because their caller's time had come.", []line{{`sum by (tool, code) (rate(claimcheck_deadlines_missed_total{` + tools + `}[$__rate_interval]))`, "{{tool}} {{code}}"}}},
		{"Deadlines are kept", "s", graph, "How long after its deadline a job ended.", quantiles("claimcheck_deadline_late_seconds")},
		{"Jobs that wait for a rate", "none", graph, "By tool, of those that a server has in memory.", []line{{`max by (tool) (claimcheck_tool_rate_waiting{` + tools + `})`, "{{tool}}"}}},
		{"Paused tools", "none", graph, "By operators.", []line{{`max by (tool) (claimcheck_paused{` + tools + `})`, "{{tool}}"}}},
	}},
	{"Owners (who they are is told by GET /admin/stats only)", []panel{
		{"Paused owners", "none", graph, "", []line{{`max(claimcheck_paused_owners{` + own + `})`, "paused"}}},
		{"Owners whose jobs alone a target fails", "none", graph, "By tool.", []line{{`max by (tool) (claimcheck_breaker_owners{` + tools + `})`, "{{tool}}"}}},
		{"Refused calls", "reqps", graph, "401: a wrong key. 402 and 429: limits and quota.", []line{{`sum by (status) (rate(claimcheck_requests_total{` + own + `,status=~"401|402|403|413|429"}[$__rate_interval]))`, "{{status}}"}}},
	}},
	{"Stores", []panel{
		{"Time of a transaction", "s", graph, "Every acceptance waits for one.", quantiles("claimcheck_store_commit_seconds")},
		{"Operations in a transaction", "none", graph, "On average: more at once is cheaper.", []line{{`sum by (instance) (rate(claimcheck_store_batch_operations_sum{` + own + `}[$__rate_interval])) / sum by (instance) (rate(claimcheck_store_batch_operations_count{` + own + `}[$__rate_interval]))`, "{{instance}}"}}},
		{"Free room", "percentunit", graph, "Of the disks of the data folder and of the shared folder of files.", []line{{`claimcheck_disk_free_bytes{` + own + `} / claimcheck_disk_size_bytes{` + own + `}`, "{{instance}} {{folder}}"}}},
		{"The store answers", "none", graph, "", []line{{`claimcheck_store_answers{` + own + `}`, "{{instance}} answers"}, {`claimcheck_ready{` + own + `}`, "{{instance}} is ready"}}},
		{"Removed", "ops", graph, "What has expired, and files without a row.", []line{{`sum by (what) (rate(claimcheck_swept_total{` + own + `}[$__rate_interval]))`, "{{what}}"}, {`sum(rate(claimcheck_outcomes_read_total{` + own + `}[$__rate_interval]))`, "dated, because they were read"}}},
		{"Outputs delivered", "ops", graph, "Put to addresses of callers (x-output-url), by how that ended.", []line{{`sum by (end) (rate(claimcheck_outputs_delivered_total{` + own + `}[$__rate_interval]))`, "{{end}}"}, {`sum(rate(claimcheck_outputs_delivered_bytes_total{` + own + `}[$__rate_interval]))`, "bytes"}}},
		{"Wrong", "none", graph, "All of it should be 0.", []line{{`claimcheck_missing_files{` + own + `}`, "{{instance}} missing files"}, {`increase(claimcheck_clock_steps_total{` + own + `}[1h])`, "{{instance}} clock steps"}, {`claimcheck_sweep_refused{` + own + `}`, "{{instance}} removes nothing"}}},
	}},
	{"A shared database", []panel{
		{"Time of a commit", "s", graph, "", quantiles("claimcheck_database_write_seconds")},
		{"Time of notifications", "s", graph, "Above 0.25 servers hear of each other by looking.", quantiles("claimcheck_notification_lag_seconds")},
		{"Connections", "none", graph, "", []line{{`sum by (state) (claimcheck_database_connections{` + own + `})`, "{{state}}"}}},
		{"Waiting for connections", "s", graph, "Seconds in a second, and how often.", []line{{`rate(claimcheck_database_connection_wait_seconds_total{` + own + `}[$__rate_interval])`, "{{instance}} seconds"}, {`rate(claimcheck_database_connection_waits_total{` + own + `}[$__rate_interval])`, "{{instance}} times"}}},
		{"Rows to be cleaned up", "none", graph, "", []line{{`max by (table) (claimcheck_database_dead_rows{` + own + `})`, "{{table}}"}}},
		{"Oldest transaction", "s", graph, "It keeps rows from being cleaned up.", []line{{`max(claimcheck_database_oldest_transaction_seconds{` + own + `})`, "oldest"}, {`sum(claimcheck_leader{` + own + `})`, "leaders (1)"}}},
	}},
	{"Webhooks", []panel{
		{"Attempts", "ops", graph, "By how they ended.", []line{{`sum by (end) (rate(claimcheck_webhook_attempts_total{` + own + `}[$__rate_interval]))`, "{{end}}"}}},
		{"Attempts that fail", "percentunit", graph, "", []line{{`sum(rate(claimcheck_webhook_attempts_total{` + own + `,end=~"retried|failed"}[$__rate_interval])) / sum(rate(claimcheck_webhook_attempts_total{` + own + `}[$__rate_interval]))`, "fail"}}},
	}},
	{"Servers", []panel{
		{"Versions", "none", graph, "", []line{{`count by (version) (claimcheck_build_info{` + own + `})`, "{{version}}"}}},
		{"Memory", "bytes", graph, "", []line{{`process_resident_memory_bytes{` + own + `}`, "{{instance}}"}}},
		{"Processors", "none", graph, "Seconds in a second.", []line{{`rate(process_cpu_seconds_total{` + own + `}[$__rate_interval])`, "{{instance}}"}}},
		{"Open files", "none", graph, "", []line{{`process_open_fds{` + own + `}`, "{{instance}}"}, {`process_max_fds{` + own + `}`, "{{instance}} at most"}}},
	}},
}
