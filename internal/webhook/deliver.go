package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/tool"
)

const (
	recordTime  = 10 * time.Second // to write down what became of a call
	recordWait  = 100 * time.Millisecond
	troubleWait = 5 * time.Second // after trouble of ours, which is no attempt
)

// errOvertaken means that somebody else has the delivery now: the lease ended,
// or its owner sent it again.
var errOvertaken = errors.New("the delivery is not the one that was claimed")

// deliver makes one call, later by so much, and records what became of it.
func (s *Sender) deliver(ctx context.Context, d *protocol.Dispatch, later time.Duration) {
	if later > 0 {
		s.rest(ctx, later)
	}
	o, err := s.attempt(ctx, d)
	defer s.Bell.Ring() // a slot is free
	defer s.slots.giveBack(targetOf(d), 1)
	spread, end := s.spread(), ""
	decide := func(is *job.Delivery, w *job.Webhook, now time.Time) error {
		end = "" // it may be asked again
		if is.State != job.DeliveryPending || !is.Due.Equal(d.Delivery.Due) {
			return errOvertaken
		}
		switch {
		case err == nil:
			record(is, w, o, now, spread)
			end = ends[is.State]
		case ctx.Err() != nil:
			is.Due = now // we are stopping: the next process makes it
		default:
			is.Due = now.Add(troubleWait)
		}
		return nil
	}
	if err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "webhook could not be prepared", "delivery", d.Delivery.ID, "err", err)
	}
	if err := s.write(context.WithoutCancel(ctx), d.Delivery.ID, decide); err != nil {
		s.Log.ErrorContext(ctx, "webhook was not recorded and will be sent again", "delivery", d.Delivery.ID, "err", err)
		return
	}
	if end != "" {
		s.Told(end)
	}
}

// ends are words for what became of an attempt, by the state of its delivery after it.
var ends = map[job.DeliveryState]string{job.Delivered: "delivered", job.DeliveryPending: "retried", job.DeliveryFailed: "failed"}

// write records patiently; what was overtaken or removed meanwhile needs no
// record.
func (s *Sender) write(ctx context.Context, id string, decide func(*job.Delivery, *job.Webhook, time.Time) error) error {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	for {
		_, err := s.Store.ChangeDelivery(ctx, id, decide)
		switch {
		case errors.Is(err, errOvertaken), fault.Is(err, fault.NotFound):
			return nil
		case err == nil || !fault.Is(err, fault.Unavailable):
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(recordWait):
		}
	}
}

// attempt makes the call. An error is trouble of ours: the attempt does not
// count.
func (s *Sender) attempt(ctx context.Context, d *protocol.Dispatch) (outcome, error) {
	w := d.Webhook
	if w == nil {
		return outcome{gone: reasonRemoved}, nil
	}
	if !w.Enabled {
		return outcome{gone: reasonDisabled}, nil
	}
	j, err := s.job(ctx, d.Delivery.Job)
	if fault.Is(err, fault.NotFound) {
		return outcome{gone: reasonJobGone}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	body, err := payload(&d.Delivery, j, s.Render)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{}
	h, err := s.head(d, j)
	if err != nil {
		return outcome{}, err
	}
	o.call, o.later = s.tracedCall(ctx, d, j, h, body)
	if j != nil {
		o.expires = j.Expires
	}
	if o.call.Status == 0 {
		return o, ctx.Err() // we gave it up ourselves
	}
	return o, nil
}

// job returns the job of a delivery, nil for a test, NotFound for one that is
// gone.
func (s *Sender) job(ctx context.Context, id job.ID) (*job.Job, error) {
	if id == (job.ID{}) {
		return nil, nil
	}
	j, err := s.Jobs.Get(ctx, id)
	now, believed := s.Clock.Believed()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read job %s: %w", id, err)
	case believed && !j.Expires.IsZero() && !now.Before(j.Expires):
		return nil, fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found")
	}
	return &j, nil
}

// call posts a body to the delivery's receiver, and returns how long that asks to
// be left alone.
func (s *Sender) call(ctx context.Context, d *protocol.Dispatch, h http.Header, body []byte) (a Attempt, later time.Duration) {
	now := s.Now()
	a.At = now.Unix()
	res, err := s.post(ctx, d, h, body, now)
	ended := s.Now()
	a.DurationMS = ended.Sub(now).Milliseconds()
	if err != nil {
		a.Error = fetch.Word(err)
		return a, 0
	}
	a.Status = res.Status
	return a, fetch.RetryAfter(res.Header, ended)
}

// head is the head of a call but for its time and what is signed: what its owner
// asks for, which is nothing of ours, and a new span in the trace of the job.
func (s *Sender) head(d *protocol.Dispatch, j *job.Job) (http.Header, error) {
	var parent, request string
	if j != nil {
		parent, request = j.TraceParent(), j.RequestID
	}
	span, err := tool.NextSpan(parent, request, s.Random)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for _, own := range d.Webhook.Headers() {
		h.Set(own.Name, own.Value)
	}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "claimcheck/"+s.Version)
	h.Set("Traceparent", span)
	return h, nil
}

func (s *Sender) post(ctx context.Context, d *protocol.Dispatch, h http.Header, body []byte, now time.Time) (*fetch.Response, error) {
	text := d.Delivery.URL
	if text == "" {
		text = d.Webhook.URL
	}
	u, err := s.Caller.CheckURL(text)
	if err != nil {
		return nil, err
	}
	h.Set("Webhook-Id", d.Delivery.ID)
	h.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("Webhook-Signature", s.signatures(d.Webhook, d.Delivery.ID, now, body))
	res, err := s.Caller.Do(ctx, fetch.Request{
		Method: http.MethodPost, URL: u, Header: h, Body: body, MaxBytes: maxAnswer, Timeout: callTime, Traced: true,
	})
	if err != nil {
		return nil, err
	}
	// The head has decided; the rest is read so that the connection can be used
	// again, and what goes wrong with it is nobody's business.
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res, nil
}
