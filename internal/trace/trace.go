// Package trace tells a collector what becomes of work, as spans of
// OpenTelemetry: one trace has the submission, the waits, the attempts, the
// calls of endpoints and the webhooks. It is on where the standard variables of
// the environment (OTEL_...) say where to; else there is no [Tracer], and what
// is asked of none costs a comparison.
//
// It knows what a span is called and what stands in it, so that nobody else
// does. Never in a span: keys, inputs, outputs, what was asked for beside the
// name of the tool, paths and queries of addresses.
//
// This is the one package that keeps a library with settings of its own: the
// SDK reads the variables itself, from the process's environment, because they
// are a contract between operators and every program of theirs, and not ours.
// [Read] says whether to begin at all, and what is wrong with them.
package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// flushTime is for how long spans are offered to the collector when the server
// stops.
const flushTime = 2 * time.Second

// scope names this program's spans among those of libraries.
const scope = "claimcheck"

// A Tracer makes spans. It is safe for concurrent use, and so is a nil one, which
// makes none.
type Tracer struct {
	tracer   oteltrace.Tracer
	provider *sdktrace.TracerProvider
	spans    *counted
	troubles *troubles
	log      *slog.Logger
	pass     bool // trace contexts are read from requests and sent with calls
}

// About says which server makes the spans.
type About struct {
	Version string
	Node    string // names the server among those that share a store; empty for one that shares none
	Log     *slog.Logger
}

// Start begins to make spans, or returns nil if the settings do not want any.
// Nothing is sent before the first span, and a collector that is away is no
// failure: a Tracer never makes its callers wait.
func Start(ctx context.Context, s Settings, about About) (*Tracer, error) {
	if !s.On {
		return nil, nil
	}
	var client otlptrace.Client
	if s.GRPC {
		client = otlptracegrpc.NewClient()
	} else {
		client = otlptracehttp.NewClient()
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("begin to trace: %w", err)
	}
	return start(ctx, s, about, exporter)
}

func start(ctx context.Context, s Settings, about About, exporter sdktrace.SpanExporter) (*Tracer, error) {
	t := &Tracer{troubles: &troubles{log: about.Log}, log: about.Log, pass: s.Pass}
	otel.SetLogger(logr.Discard()) // what it has to say of settings says Read
	otel.SetErrorHandler(t.troubles)
	is, err := resource.New(ctx,
		resource.WithAttributes(aboutServer(about)...), resource.WithTelemetrySDK(), resource.WithFromEnv(), // the last one wins
	)
	if is == nil {
		return nil, fmt.Errorf("describe the server to the collector: %w", err)
	}
	t.spans = newCounted(exporter, s.Queue)
	t.provider = sdktrace.NewTracerProvider(
		sdktrace.WithResource(is), sdktrace.WithSpanProcessor(t.spans), sdktrace.WithIDGenerator(ids{}),
	)
	t.tracer = t.provider.Tracer(scope, oteltrace.WithInstrumentationVersion(about.Version), oteltrace.WithSchemaURL(semconv.SchemaURL))
	return t, nil
}

func aboutServer(about About) []attribute.KeyValue {
	list := []attribute.KeyValue{semconv.ServiceName("claimcheck"), semconv.ServiceVersion(about.Version)}
	if about.Node != "" {
		list = append(list, semconv.ServiceInstanceID(about.Node))
	}
	return list
}

// On reports whether spans are made.
func (t *Tracer) On() bool { return t != nil }

// Counts are how many spans the collector has taken, and how many it never will.
type Counts struct {
	Sent    int64
	Failed  int64 // the collector was away, slow, or refused them
	Dropped int64 // too many waited
}

// Counts returns what became of the spans so far.
func (t *Tracer) Counts() Counts {
	if t == nil {
		return Counts{}
	}
	return Counts{Sent: t.spans.sent.Load(), Failed: t.spans.failed.Load(), Dropped: t.spans.dropped.Load()}
}

// Close offers the collector what is left, for two seconds at most. It is to be
// called once, after the last span has ended.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	err := t.provider.Shutdown(ctx)
	if left := t.spans.waiting.Load(); left > 0 || errors.Is(err, context.DeadlineExceeded) {
		t.log.WarnContext(ctx, "spans were not taken by the collector in time and are lost", "spans", left)
	} else if err != nil {
		t.troubles.Handle(err)
	}
}

// troubles are what goes wrong on the way to the collector. The log is told at
// most once a minute.
type troubles struct {
	log    *slog.Logger
	told   atomic.Int64 // when, in Unix nanoseconds; 0 for never
	untold atomic.Int64
}

const troubleEvery = time.Minute

// Handle implements otel's ErrorHandler.
func (t *troubles) Handle(err error) {
	now, last := time.Now().UnixNano(), t.told.Load()
	if last != 0 && now-last < int64(troubleEvery) || !t.told.CompareAndSwap(last, now) {
		t.untold.Add(1)
		return
	}
	t.log.Warn("traces", "err", err, "untold", t.untold.Swap(0))
}
