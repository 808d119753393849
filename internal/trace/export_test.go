package trace

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// StartWith is Start with an exporter of the test's own.
func StartWith(ctx context.Context, s Settings, about About, exporter sdktrace.SpanExporter) (*Tracer, error) {
	return start(ctx, s, about, exporter)
}

// FlushTime is for how long Close waits.
const FlushTime = flushTime
