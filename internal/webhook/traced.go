package webhook

import (
	"context"
	"strconv"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// tracedCall is call, with a span in the trace of the job, if there is one.
func (s *Sender) tracedCall(ctx context.Context, d *protocol.Dispatch, j *job.Job, body []byte) (Attempt, time.Duration) {
	if !s.Trace.On() {
		return s.call(ctx, d, body)
	}
	told := trace.Told{ID: d.Delivery.ID, Owner: d.Delivery.Owner, Event: string(d.Delivery.Event), Try: d.Delivery.Attempts + 1, Job: d.Delivery.Job}
	if j != nil {
		told.Kept = j.TraceContext()
	}
	ctx, span := s.Trace.Deliver(ctx, told)
	a, later := s.call(ctx, d, body)
	code := a.Error
	if a.Status != 0 && !(outcome{call: a}).accepted() {
		code = strconv.Itoa(a.Status)
	}
	span.EndCode(code)
	return a, later
}
