package trace

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	oteltrace "go.opentelemetry.io/otel/trace"

	"claimcheck/internal/job"
)

// ids names traces and spans: by chance, but for attempts. Those are named by
// their job and number, because who begins an attempt is not always who sees it
// end: a remote program may report to another server than it was given the job by.
type ids struct{}

// NewIDs names a trace and its first span.
func (i ids) NewIDs(ctx context.Context) (oteltrace.TraceID, oteltrace.SpanID) {
	var id oteltrace.TraceID
	for !id.IsValid() {
		_, _ = rand.Read(id[:]) // it never fails
	}
	return id, i.NewSpanID(ctx, id)
}

// NewSpanID names a span.
func (ids) NewSpanID(ctx context.Context, in oteltrace.TraceID) (id oteltrace.SpanID) {
	if a, ok := ctx.Value(attemptKey{}).(numbered); ok {
		return a.id(in)
	}
	for !id.IsValid() {
		_, _ = rand.Read(id[:]) // it never fails
	}
	return id
}

type attemptKey struct{}

// numbered is an attempt.
type numbered struct {
	job     job.ID
	attempt int
}

// id is the name of an attempt's span.
func (n numbered) id(in oteltrace.TraceID) (id oteltrace.SpanID) {
	b := append(in[:], n.job[:]...)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(n.attempt))) //nolint:gosec // it counts from 1
	copy(id[:], sum[:])
	id[7] |= 1 // never all zeros
	return id
}
