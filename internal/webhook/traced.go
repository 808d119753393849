package webhook

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// tracedCall is call, with a span in the trace of the job, if there is one.
func (s *Sender) tracedCall(ctx context.Context, d *protocol.Dispatch, j *job.Job, h http.Header, body []byte) (Attempt, time.Duration) {
	if !s.Trace.On() {
		return s.call(ctx, d, h, body)
	}
	told := trace.Told{ID: d.Delivery.ID, Owner: d.Delivery.Owner, Event: string(d.Delivery.Event), Try: d.Delivery.Attempts + 1, Job: d.Delivery.Job}
	if j != nil {
		told.Kept = j.TraceContext()
	}
	if d.Delivery.Event == job.GroupFinished {
		s.tellGroup(&told, &d.Delivery)
	}
	ctx, span := s.Trace.Deliver(ctx, told)
	a, later := s.call(ctx, d, h, body)
	code := a.Error
	if a.Status != 0 && !(outcome{call: a}).accepted() {
		code = strconv.Itoa(a.Status)
	}
	span.EndCode(code)
	return a, later
}

// tellGroup says of what group the end is delivered.
func (s *Sender) tellGroup(told *trace.Told, d *job.Delivery) {
	g, err := job.GroupOf(d)
	if err != nil || s.Members == nil {
		return
	}
	told.Group = g.Name
	told.Of = func(ctx context.Context, most int) []string {
		list, err := s.Members(ctx, job.GroupName{Owner: d.Owner, Name: g.Name}, most)
		if err != nil { // the delivery is worth more than its links
			s.Log.DebugContext(ctx, "the jobs of a group cannot be read", "err", err)
		}
		return list
	}
}
