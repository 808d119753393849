package traces_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/trace/tracetest"
)

// tree is a tree as package tracetest draws it.
func tree(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

// TestOneTrace has all happen to work that can, each in a trace of its own, and
// compares the trees.
func TestOneTrace(t *testing.T) {
	t.Parallel()
	for store, protocol := range stores {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			h := build(t, store, protocol)
			for name, story := range map[string]func(*house){
				"a job": job, "a call": call, "a call of an endpoint": endpoint, "an attempt that fails": again, "a job that fails": fails, "an input at an address": fetched,
				"canceled while it waits": canceledWaiting, "canceled while it runs": canceledRunning, "handed in once more": retried, "by an agent": agent, "a group": group,
				"an endpoint that calls back": calledBack, "a remote program": pulled, "not sampled": unsampled, "a request without a trace": alone,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					its := *h
					its.t = t
					story(&its)
				})
			}
		})
	}
}

func job(h *house) {
	t := h.t
	id, trace := h.submit("/json-formatter-api", "[1,2]")
	h.done(id)
	h.collector.Wants(t, trace, tree(
		"server POST /json-formatter-api",
		"  producer submit json-formatter",
		"    internal wait json-formatter",
		"    consumer process json-formatter",
	))
	s, _ := h.collector.Named(trace, "process json-formatter")
	for name, want := range map[string]string{
		"messaging.system": "claimcheck", "messaging.destination.name": "json-formatter", "messaging.message.id": id, "messaging.operation.type": "process", "claimcheck.owner": "ann", "claimcheck.attempt": "1",
	} {
		if s.Attrs[name] != want {
			t.Errorf("%s of an attempt is %q, want %q", name, s.Attrs[name], want)
		}
	}
	if s, _ := h.collector.Named(trace, "server"); s.Parent != "" && s.Parent != "00f067aa0ba902b7" {
		t.Errorf("the request's parent is %s, want the caller's span", s.Parent)
	}
	for _, s := range h.collector.Of(trace) {
		if s.Resource["service.name"] != "claimcheck" || s.Resource["service.version"] == "" || s.Resource["telemetry.sdk.name"] != "opentelemetry" {
			t.Errorf("%s was sent by %v", s.Name, s.Resource)
		}
		for name, v := range s.Attrs {
			if strings.Contains(v, h.key) || strings.Contains(v, "[1,2]") {
				t.Errorf("%s has %s: %s", s.Name, name, v)
			}
		}
	}
	a, _ := h.collector.Named(trace, "wait json-formatter")
	if b, _ := h.collector.Named(trace, "submit json-formatter"); a.Parent != b.ID {
		t.Errorf("the wait is below %s, want %s", a.Parent, b.ID)
	}
}

func call(h *house) {
	t := h.t
	trace := newTrace()
	h.call(http.StatusOK, "POST", "/json-minify-api", "[1, 2]", "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	h.collector.Wants(t, trace, tree(
		"server POST /json-minify-api",
		"  internal call json-minify",
		"    internal process json-minify",
	))
	trace = newTrace()
	h.call(http.StatusBadRequest, "POST", "/json-minify-api", "[", "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	h.collector.Wants(t, trace, tree(
		"server POST /json-minify-api", // of a server's span it is no error
		"  internal call json-minify !INVALID_JSON",
		"    internal process json-minify !INVALID_JSON",
	))
}

// endpoint: what the target and the receiver of the webhook are sent names the
// spans that the collector is told of.
func endpoint(h *house) {
	t := h.t
	id, trace := h.submit("/ok-api", "[1]", "x-webhook-url", h.other.URL+"/hook?token=hush", "tracestate", "vendor=1")
	h.done(id)
	h.collector.Wants(t, trace, tree(
		"server POST /ok-api",
		"  producer submit ok",
		"    internal wait ok",
		"    consumer process ok",
		"      client POST",
		"    producer deliver job.succeeded",
		"      client POST",
	))
	said := map[string]bool{}
	for _, path := range []string{"/ok", "/hook"} {
		head, _ := h.other.got(t, path, 1)
		parent := head.Get("Traceparent")
		if len(parent) != 55 || parent[3:35] != trace || parent[53:] != "01" || head.Get("Tracestate") != "vendor=1" {
			t.Errorf("%s was sent %q, %q", path, parent, head.Get("Tracestate"))
			continue
		}
		said[parent[36:52]] = true
	}
	for _, s := range h.collector.Of(trace) {
		if s.State != "vendor=1" {
			t.Errorf("%s has the state %q", s.Name, s.State)
		}
		if s.Kind != "client" {
			continue
		}
		if !said[s.ID] {
			t.Errorf("nobody was told of the span %s", s.ID)
		}
		if s.Attrs["http.response.status_code"] != "200" || s.Attrs["server.address"] != "127.0.0.1" || s.Attrs["server.port"] == "" {
			t.Errorf("a call has %v", s.Attrs)
		}
	}
	for _, s := range h.collector.Spans() {
		for name, v := range s.Attrs {
			if strings.Contains(v, "secret=") || strings.Contains(v, "hush") {
				t.Errorf("%s has %s: %s", s.Name, name, v)
			}
		}
	}
}

func again(h *house) {
	t := h.t
	id, trace := h.submit("/twice-api", "[1]")
	h.done(id)
	h.collector.Wants(t, trace, tree(
		"server POST /twice-api",
		"  producer submit twice",
		"    internal wait twice",
		"    consumer process twice !UPSTREAM_ERROR",
		"      client POST !503",
		"    internal wait twice",
		"    consumer process twice",
		"      client POST",
	))
	var attempts, waits []time.Time
	for _, s := range h.collector.Of(trace) {
		switch {
		case strings.HasPrefix(s.Name, "process"):
			attempts = append(attempts, s.End)
		case strings.HasPrefix(s.Name, "wait"):
			waits = append(waits, s.Start)
		}
	}
	if len(attempts) != 2 || len(waits) != 2 {
		t.Fatalf("%d attempts, %d waits", len(attempts), len(waits))
	}
}

func fails(h *house) {
	t := h.t
	id, trace := h.submit("/never-api", "[1]", "x-webhook-url", h.other.URL+"/never")
	h.done(id)
	h.other.got(t, "/never", 3) // two attempts and a webhook
	serverproc.Until(t, patience, func() (bool, string) {
		is := h.collector.Tree(trace)
		return strings.Count(is, "    consumer process never !UPSTREAM_ERROR\n      client POST !503\n") == 2 && strings.Contains(is, "    producer deliver job.failed !503\n      client POST !503\n"), is
	})
}

func fetched(h *house) {
	t := h.t
	id, trace := h.submit("/json-minify-api", `{"url":"`+h.other.URL+`/file.json?token=hush"}`, "x-source-type", "url", "Content-Type", "application/json")
	h.done(id)
	h.collector.Wants(t, trace, tree(
		"server POST /json-minify-api",
		"  producer submit json-minify",
		"    internal wait json-minify",
		"    consumer process json-minify",
		"      client GET",
	))
	if head, _ := h.other.got(t, "/file.json", 1); head.Get("Traceparent") != "" {
		t.Error("who has the input was told of the trace")
	}
}

func canceledWaiting(h *house) {
	t := h.t
	id, trace := h.submit("/json-formatter-api", "[1]", "x-run-at", strconv.FormatInt(time.Now().Add(24*time.Hour).Unix(), 10))
	h.call(http.StatusOK, "POST", "/jobs/"+id+"/cancel", "")
	h.collector.Wants(t, trace, tree(
		"server POST /json-formatter-api",
		"  producer submit json-formatter",
		"    internal wait json-formatter !CANCELED",
	))
}

func canceledRunning(h *house) {
	t := h.t
	id, trace := h.submit("/test-sleep-api", "10m")
	serverproc.Until(t, patience, func() (bool, string) {
		a := h.call(http.StatusOK, "GET", "/jobs/"+id, "")
		return strings.Contains(string(a.Body), `"processing"`), string(a.Body)
	})
	h.call(http.StatusAccepted, "POST", "/jobs/"+id+"/cancel", "")
	h.done(id)
	h.collector.Wants(t, trace, tree(
		"server POST /test-sleep-api",
		"  producer submit test-sleep",
		"    internal wait test-sleep",
		"    consumer process test-sleep !CANCELED",
	))
}

// retried: the new job has a trace of its own, with a link to the old one.
func retried(h *house) {
	t := h.t
	id, old := h.submit("/json-validator-api", "[")
	h.done(id)
	trace := newTrace()
	h.call(http.StatusAccepted, "POST", "/jobs/"+id+"/retry", "", "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	h.collector.Wants(t, trace, tree(
		"server POST /jobs/{job_id}/retry",
		"  producer submit json-validator",
		"    internal wait json-validator",
		"    consumer process json-validator !INVALID_JSON",
	))
	from, ok := h.collector.Named(old, "submit json-validator")
	to, _ := h.collector.Named(trace, "submit json-validator")
	if want := old + "-" + from.ID; !ok || len(to.Links) != 1 || to.Links[0] != want {
		t.Errorf("the retry has the links %v, want %s", to.Links, want)
	}
}

// group: the end of a group has a trace of its own, with links to its jobs.
func group(h *house) {
	t := h.t
	a := h.call(http.StatusCreated, "POST", "/webhooks", `{"url":"`+h.other.URL+`/group","events":["group.finished"]}`, "Content-Type", "application/json")
	want := map[string]bool{}
	for range 2 {
		id, trace := h.submit("/json-formatter-api", "[1]", "x-group", "night")
		h.done(id)
		want[trace] = true
	}
	h.call(http.StatusOK, "POST", "/groups/night/close", "")
	head, _ := h.other.got(t, "/group", 1)
	var end tracetest.Span
	serverproc.Until(t, patience, func() (bool, string) {
		for _, s := range h.collector.Spans() {
			if s.Name == "deliver group.finished" {
				end = s
			}
		}
		return end.ID != "", "no span of the group's end, " + a.String()
	})
	h.collector.Wants(t, end.Trace, tree(
		"producer deliver group.finished",
		"  client POST",
	))
	if parent := head.Get("Traceparent"); len(parent) != 55 || parent[3:35] != end.Trace {
		t.Errorf("the receiver was sent %q, want the trace %s", parent, end.Trace)
	}
	if len(end.Links) != len(want) || end.Attrs["claimcheck.group"] != "night" {
		t.Errorf("it has %v and the links %v", end.Attrs, end.Links)
	}
	for _, l := range end.Links {
		trace, span, _ := strings.Cut(l, "-")
		if s, ok := h.collector.Named(trace, "submit json-formatter"); !want[trace] || !ok || s.ID != span || s.Attrs["claimcheck.group"] != "night" {
			t.Errorf("there is a link to %s", l)
		}
	}
}

func agent(h *house) {
	t := h.t
	trace := newTrace()
	h.call(http.StatusOK, "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"json_minify","arguments":{"content":[1, 2]},
		"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{},
		"traceparent":"00-`+trace+`-00f067aa0ba902b7-01"}}}`,
		"Content-Type", "application/json", "Accept", "application/json, text/event-stream", "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "json_minify")
	serverproc.Until(t, patience, func() (bool, string) {
		is := h.collector.Tree(trace)
		return strings.HasPrefix(is, "server POST /mcp\n") && strings.Contains(is, " process json-minify\n"), is
	})
}

// unsampled: what the caller does not want to see is not told, by no process, and
// everybody else is told that it is not.
func unsampled(h *house) {
	t := h.t
	trace := newTrace()
	a := h.call(http.StatusAccepted, "POST", "/quiet-api", "[1]", "Prefer", "respond-async", "traceparent", "00-"+trace+"-00f067aa0ba902b7-00", "x-webhook-url", h.other.URL+"/unsampled")
	var is struct {
		JobID string `json:"job_id"`
	}
	if err := json.Unmarshal(a.Body, &is); err != nil {
		t.Fatal(err)
	}
	h.done(is.JobID)
	for _, path := range []string{"/quiet", "/unsampled"} {
		head, _ := h.other.got(t, path, 1)
		if parent := head.Get("Traceparent"); len(parent) != 55 || parent[3:35] != trace || parent[53:] != "00" {
			t.Errorf("%s was sent %q", path, parent)
		}
	}
	id, after := h.submit("/json-formatter-api", "[1]") // whose spans are sent after those
	h.done(id)
	serverproc.Until(t, patience, func() (bool, string) {
		_, ok := h.collector.Named(after, "process json-formatter")
		return ok, "no later span"
	})
	if is := h.collector.Tree(trace); is != "" {
		t.Errorf("it was told\n%s", is)
	}
}

// alone: a request that is part of no trace begins one, and polls have no spans.
func alone(h *house) {
	t := h.t
	a := h.call(http.StatusAccepted, "POST", "/json-formatter-api", "[7]", "Prefer", "respond-async")
	var is struct {
		JobID     string `json:"job_id"`
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(a.Body, &is); err != nil {
		t.Fatal(err)
	}
	h.done(is.JobID)
	trace := ""
	serverproc.Until(t, patience, func() (bool, string) {
		for _, s := range h.collector.Spans() {
			if s.Attrs["claimcheck.request_id"] == is.RequestID {
				trace = s.Trace
			}
		}
		return trace != "", "no span of the request " + is.RequestID
	})
	h.collector.Wants(t, trace, tree(
		"server POST /json-formatter-api",
		"  producer submit json-formatter",
		"    internal wait json-formatter",
		"    consumer process json-formatter",
	))
	for _, s := range h.collector.Spans() {
		if s.Kind == "server" && strings.HasPrefix(s.Name, "GET") {
			t.Errorf("a poll has a span: %s", s.Name)
		}
	}
}
