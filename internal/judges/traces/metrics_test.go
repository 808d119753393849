package traces_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
)

// TestExemplarsNameTraces to those who can read them, and the log names them too.
func TestExemplarsNameTraces(t *testing.T) {
	t.Parallel()
	h := build(t, "the embedded store", "http/protobuf", "OTEL_SERVICE_NAME=tickets", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test")
	id, trace := h.submit("/json-formatter-api", "[1,2]")
	h.done(id)
	const open = "application/openmetrics-text;version=1.0.0"
	serverproc.Until(t, patience, func() (bool, string) { // what was gathered is repeated for a second
		text := string(h.call(http.StatusOK, "GET", "/metrics", "", "Accept", open).Body)
		for _, name := range []string{"request_seconds_bucket", `run_seconds_bucket\{tool="json-formatter"`} {
			if !regexp.MustCompile(`claimcheck_` + name + `.* # \{trace_id="` + trace + `"\}`).MatchString(text) {
				return false, name + " without an exemplar:\n" + text
			}
		}
		return strings.HasSuffix(text, "# EOF\n") && strings.Contains(text, `claimcheck_trace_spans_total{end="sent"} `), text
	})
	if text := h.call(http.StatusOK, "GET", "/metrics", ""); strings.Contains(string(text.Body), trace) {
		t.Error("who did not ask for exemplars is told them")
	}
	trace = newTrace()
	h.call(http.StatusBadRequest, "POST", "/json-formatter-api", "[", "x-tab-space", "99", "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	serverproc.Until(t, patience, func() (bool, string) {
		return strings.Contains(h.front.Log(), `"trace_id":"`+trace+`"`), h.front.Log()
	})
	for _, s := range h.collector.Spans() {
		if s.Resource["service.name"] != "tickets" || s.Resource["deployment.environment.name"] != "test" {
			t.Fatalf("spans were sent by %v", s.Resource)
		}
	}
}

// TestNothingIsToldWithoutTheVariables: neither exemplars nor traces in the log, and
// what a caller says of its trace is passed on as before.
func TestNothingIsToldWithoutTheVariables(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{
		"no exporter": {"OTEL_TRACES_EXPORTER=none"}, "disabled": {"OTEL_SDK_DISABLED=true"}, "no address": {"OTEL_EXPORTER_OTLP_ENDPOINT="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, "the embedded store", "grpc", env...)
			id, trace := h.submit("/ok-api", "[1]")
			h.done(id)
			head, _ := h.other.got(t, "/ok", 1)
			if parent := head.Get("Traceparent"); len(parent) != 55 || parent[3:35] != trace {
				t.Errorf("the endpoint was sent %q, not in the trace %s", parent, trace)
			}
			h.call(http.StatusBadRequest, "POST", "/json-formatter-api", "[", "x-tab-space", "99")
			a := h.call(http.StatusOK, "GET", "/metrics", "", "Accept", "application/openmetrics-text;version=1.0.0")
			if strings.Contains(string(a.Body), "trace_id") || strings.Contains(a.Header.Get("Content-Type"), "openmetrics") {
				t.Error("the metrics have exemplars")
			}
			h.front.Terminate()
			if code := h.front.Wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if strings.Contains(h.front.Log(), "trace_id") || len(h.collector.Spans()) > 0 {
				t.Errorf("something was told: %s\n%s", h.collector, h.front.Log())
			}
		})
	}
}

// TestACollectorThatIsAwayIsNoTrouble but for a line of the log: work is done, and
// the server stops.
func TestACollectorThatIsAwayIsNoTrouble(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			h := build(t, "the embedded store", protocol)
			h.collector.Refuse(true)
			for range 20 {
				id, _ := h.submit("/json-formatter-api", "[1]")
				h.done(id)
			}
			serverproc.Until(t, patience, func() (bool, string) {
				text := string(h.call(http.StatusOK, "GET", "/metrics", "").Body)
				return regexp.MustCompile(`claimcheck_trace_spans_total\{end="failed"\} [1-9]`).MatchString(text), text
			})
			h.front.Terminate()
			if code := h.front.Wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if n := strings.Count(h.front.Log(), `"msg":"traces"`); n < 1 || n > 3 { // the minutes that this takes on a slow machine
				t.Errorf("the log has %d lines of it, want one a minute:\n%s", n, h.front.Log())
			}
		})
	}
}
