package trace

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// maxState is how long a tracestate may be that is kept; a longer one is left out,
// as W3C Trace Context allows (section 3.3.1.5: at least 512 characters are to be passed on).
const maxState = 512

// Where the two parts of a trace context stand in requests (W3C Trace Context).
const (
	parentHeader = "Traceparent"
	stateHeader  = "Tracestate"
)

var w3c propagation.TraceContext

// kept is what is kept of a span with a job, so that another process can go on
// with its trace: traceparent, and after a space tracestate if there is one.
func kept(sc oteltrace.SpanContext) string {
	if !sc.IsValid() {
		return ""
	}
	h := propagation.MapCarrier{}
	w3c.Inject(oteltrace.ContextWithSpanContext(context.Background(), sc), h)
	text := h["traceparent"]
	if state := h["tracestate"]; state != "" && len(state) <= maxState {
		text += " " + state
	}
	return text
}

// parse reads what kept made, and what programs of earlier versions kept.
func parse(kept string) oteltrace.SpanContext {
	if kept == "" {
		return oteltrace.SpanContext{}
	}
	parent, state, _ := strings.Cut(kept, " ")
	ctx := w3c.Extract(context.Background(), propagation.MapCarrier{"traceparent": parent, "tracestate": state})
	return oteltrace.SpanContextFromContext(ctx)
}

// joined is ctx in the trace of what was kept, if there is any.
func joined(ctx context.Context, kept string) context.Context {
	if sc := parse(kept); sc.IsValid() {
		return oteltrace.ContextWithRemoteSpanContext(ctx, sc)
	}
	return ctx
}

// Carry returns to in the trace of from: for work that outlives the request that
// it was begun for.
func Carry(to, from context.Context) context.Context {
	if s := oteltrace.SpanFromContext(from); s.SpanContext().IsValid() {
		return oteltrace.ContextWithSpan(to, s)
	}
	return to
}

// ID is the trace that the collector is told of what is done in ctx, 32 hexadecimal
// digits; empty if it is told nothing.
func ID(ctx context.Context) string {
	if sc := oteltrace.SpanContextFromContext(ctx); sc.IsSampled() {
		return sc.TraceID().String()
	}
	return ""
}
