package trace

import (
	"context"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// counted hands spans to the collector in the background and counts what becomes
// of them. No more wait than there is room for in the SDK's own queue, so that
// none is dropped there, where nobody counts.
type counted struct {
	sdktrace.SpanProcessor

	room                           int64
	waiting, sent, failed, dropped atomic.Int64
}

func newCounted(exporter sdktrace.SpanExporter, room int) *counted {
	c := &counted{room: int64(room)}
	c.SpanProcessor = sdktrace.NewBatchSpanProcessor(counting{exporter, c}, sdktrace.WithMaxQueueSize(room))
	return c
}

// OnEnd takes a span that has ended, if there is room.
func (c *counted) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if c.waiting.Add(1) > c.room {
		c.waiting.Add(-1)
		c.dropped.Add(1)
		return
	}
	c.SpanProcessor.OnEnd(s)
}

// counting is an exporter whose spans are counted.
type counting struct {
	sdktrace.SpanExporter
	c *counted
}

// ExportSpans sends spans.
func (e counting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	n := int64(len(spans))
	err := e.SpanExporter.ExportSpans(ctx, spans)
	e.c.waiting.Add(-n)
	if err != nil {
		e.c.failed.Add(n)
		return err
	}
	e.c.sent.Add(n)
	return nil
}
