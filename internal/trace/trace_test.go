package trace_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/trace"
	"claimcheck/internal/trace/tracetest"
)

// TestSpansReachTheCollector with everything that is said to the SDK alone: where,
// over TLS, with headers, compressed, and in whose name.
func TestSpansReachTheCollector(t *testing.T) {
	c := tracetest.Start(t, true)
	for _, protocol := range []string{"http/protobuf", "grpc"} {
		for _, v := range append(c.Env(protocol), "OTEL_EXPORTER_OTLP_CERTIFICATE="+c.File, "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20hush",
			"OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_SERVICE_NAME=tickets", "OTEL_RESOURCE_ATTRIBUTES=team=a,service.name=never") {
			name, value, _ := strings.Cut(v, "=")
			t.Setenv(name, value)
		}
		settings, warnings := trace.Read(os.Environ())
		if len(warnings) > 0 {
			t.Fatal(warnings)
		}
		tr, err := trace.Start(t.Context(), settings, trace.About{Version: "1", Node: "n", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		_, span := tr.Submit(t.Context(), trace.Work{Tool: "x", Owner: "ann", Job: job.ID{1}, Queue: true})
		in := span.Kept()[3:35]
		span.End(fault.New(fault.Invalid, "WRONG", "hush"))
		tr.Close()
		if n := tr.Counts(); n != (trace.Counts{Sent: 1}) {
			t.Errorf("%s: %+v", protocol, n)
		}
		if got, want := c.Tree(in), "producer submit x !WRONG\n"; got != want {
			t.Fatalf("%s: got %s, want %s", protocol, got, want)
		}
		is := c.Of(in)[0]
		for name, want := range map[string]string{"service.name": "tickets", "service.version": "1", "service.instance.id": "n", "team": "a"} {
			if is.Resource[name] != want {
				t.Errorf("%s: %s is %q, want %q", protocol, name, is.Resource[name], want)
			}
		}
		head := c.Headers()[len(c.Headers())-1]
		if head["Authorization"] != "Bearer hush" {
			t.Errorf("%s: sent with %v", protocol, head)
		}
		if protocol != "grpc" && head["Content-Encoding"] != "gzip" {
			t.Errorf("%s is not compressed", protocol)
		}
	}
}

// stuck is an exporter whose collector never answers.
type stuck struct{ end chan struct{} }

func (s stuck) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	<-s.end
	return errors.New("it was away")
}

func (stuck) Shutdown(context.Context) error { return nil }

// TestACollectorThatDoesNotAnswerKeepsNobody waiting: spans are dropped and counted,
// and the end comes after the time of a flush.
func TestACollectorThatDoesNotAnswerKeepsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		away := stuck{make(chan struct{})}
		const room, more = 10, 5
		tr, err := trace.StartWith(t.Context(), trace.Settings{On: true, Queue: room}, trace.About{Log: slog.New(slog.NewTextHandler(&log, nil))}, away)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range room + more {
			_, span := tr.Submit(t.Context(), trace.Work{Tool: "x"})
			span.End(nil)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("work was kept for %s", took)
		}
		if n := tr.Counts(); n != (trace.Counts{Dropped: more}) {
			t.Errorf("%+v, want %d dropped", n, more)
		}
		tr.Close()
		if took := time.Since(began); took != trace.FlushTime {
			t.Errorf("the end took %s, want %s", took, trace.FlushTime)
		}
		if !strings.Contains(log.String(), "spans=10") {
			t.Errorf("the log has %s", log.String())
		}
		close(away.end)
		synctest.Wait()
		if n := tr.Counts(); n != (trace.Counts{Dropped: more, Failed: room}) {
			t.Errorf("in the end %+v", n)
		}
	})
}

// kept is an exporter that keeps what it is sent.
type kept struct{ spans *[]sdktrace.ReadOnlySpan }

func (k kept) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	*k.spans = append(*k.spans, spans...)
	return nil
}

func (kept) Shutdown(context.Context) error { return nil }

// TestTheEndOfAGroupHasLinksToItsJobs as far as they are part of a trace, and to no
// more than a span may have.
func TestTheEndOfAGroupHasLinksToItsJobs(t *testing.T) {
	var spans []sdktrace.ReadOnlySpan
	tr, err := trace.StartWith(t.Context(), trace.Settings{On: true, Queue: 9}, trace.About{Log: slog.New(slog.DiscardHandler)}, kept{&spans})
	if err != nil {
		t.Fatal(err)
	}
	const one, two = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=b"
	_, span := tr.Deliver(t.Context(), trace.Told{Event: "group.finished", Group: "night", Of: func(_ context.Context, most int) []string {
		if most != sdktrace.DefaultLinkCountLimit {
			t.Errorf("%d jobs are asked for", most)
		}
		return []string{one, "", two, "what?"}
	}})
	span.End(nil)
	tr.Close()
	if len(spans) != 1 || len(spans[0].Links()) != 2 || spans[0].Parent().IsValid() {
		t.Fatalf("got %v", spans)
	}
	for i, want := range []string{one, two} {
		if sc := spans[0].Links()[i].SpanContext; sc.TraceID().String() != want[3:35] || sc.SpanID().String() != want[36:52] || i == 1 && sc.TraceState().String() != "a=b" {
			t.Errorf("link %d is to %v", i, sc)
		}
	}
}

// TestTroubleIsToldOnceAMinute whatever there is of it.
func TestTroubleIsToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		away := stuck{make(chan struct{})}
		close(away.end)
		tr, err := trace.StartWith(t.Context(), trace.Settings{On: true, Queue: 9}, trace.About{Log: slog.New(slog.NewTextHandler(&log, nil))}, away)
		if err != nil {
			t.Fatal(err)
		}
		for range 150 {
			otel.Handle(errors.New("away"))
			<-time.After(time.Second)
		}
		if n := strings.Count(log.String(), "msg=traces err=away"); n != 3 || !strings.Contains(log.String(), "untold=59") {
			t.Errorf("%d lines in two minutes and a half, want 3:\n%s", n, log.String())
		}
		tr.Close()
	})
}

// TestWithoutTheVariablesNothingIsMade, nor does it cost memory.
func TestWithoutTheVariablesNothingIsMade(t *testing.T) {
	settings, warnings := trace.Read([]string{"HOME=/"})
	tr, err := trace.Start(t.Context(), settings, trace.About{Log: slog.New(slog.DiscardHandler)})
	if tr != nil || err != nil || len(warnings) > 0 {
		t.Fatalf("got %v, %v, %q", tr, err, warnings)
	}
	ctx, at := t.Context(), &url.URL{Scheme: "http", Host: "h"}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://h", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	j := &job.Job{ID: job.ID{1}, Attempt: 1}
	cost := testing.AllocsPerRun(100, func() {
		_, a := tr.Request(r, "", "/x", "id", time.Time{})
		_, b := tr.Submit(ctx, trace.Work{Tool: "x"})
		_, c := tr.Attempt(ctx, j)
		_, d := tr.Call(ctx, http.MethodPost, at)
		tr.Pass(d, nil)
		tr.Waited(j, time.Time{}, time.Time{}, "")
		tr.Attempted(j, 1, time.Time{}, "")
		d.Status(http.StatusOK)
		for _, s := range []*trace.Span{b, c, d} {
			s.End(nil)
		}
		a.Answered(http.StatusOK, "")
		if trace.ID(ctx) != "" || b.Kept() != "" {
			t.Error("there is a trace")
		}
	})
	if cost != 0 {
		t.Errorf("%v allocations, want none", cost)
	}
	tr.Close()
}

// TestLinesOfTheLogNameTheirTrace where there is one.
func TestLinesOfTheLogNameTheirTrace(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(trace.Logged(slog.NewTextHandler(&out, nil))).With("a", 1)
	away := stuck{make(chan struct{})}
	close(away.end)
	tr, err := trace.StartWith(t.Context(), trace.Settings{On: true, Queue: 9}, trace.About{Log: log}, away)
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := tr.Submit(t.Context(), trace.Work{Tool: "x"})
	log.InfoContext(t.Context(), "before")
	log.InfoContext(ctx, "in")
	lines := strings.Split(out.String(), "\n")
	if strings.Contains(lines[0], "trace_id") || !strings.HasSuffix(lines[1], "msg=in a=1 trace_id="+span.Kept()[3:35]+" span_id="+span.Kept()[36:52]) {
		t.Errorf("got %q", lines)
	}
	tr.Close()
}
