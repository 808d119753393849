package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/tool"
)

// A submission is a request to a tool on its way.
type submission struct {
	*call
	tool    tool.Tool
	name    string
	prefer  preferences
	options tool.Options
	encoded []byte // options as canonical JSON, nil if there are none
	key     string // Idempotency-Key, or empty
	about   attributes
	input   *input
	id      job.ID
	digest  [32]byte
	webhook string // x-webhook-url, or empty
	source  string // x-source-type
	queued  bool   // the tool's work goes through the queue
	trace   string // traceparent, or empty
}

// submitTo answers POST /<tool>-api.
func (s *Server) submitTo(t tool.Tool) func(*call) error {
	spec := t.Spec()
	return func(c *call) error {
		sub := &submission{call: c, tool: t, name: spec.Name, id: s.Queue.NewID(), queued: spec.Queued}
		if err := sub.readHead(&spec); err != nil {
			return err
		}
		var err error
		if sub.source == sourceBody {
			sub.input, err = s.spool(c, sub.id, &spec, sub.key != "")
		} else {
			sub.input, err = sub.named(&spec)
		}
		if err != nil {
			return err
		}
		done, err := sub.replayed()
		if done || err != nil {
			sub.input.discard()
			return err
		}
		return sub.accept()
	}
}

// readHead checks everything that can be known before the body is read.
func (sub *submission) readHead(spec *tool.Spec) error {
	h := sub.r.Header
	var err error
	sub.prefer = parsePrefer(h)
	if sub.source, err = sourceType(h); err != nil {
		return err
	}
	if sub.webhook, err = sub.s.webhookURL(h); err != nil {
		return err
	}
	if sub.options, err = spec.ParseOptions(h.Get); err != nil {
		return err
	}
	if len(sub.options) > 0 {
		if sub.encoded, err = json.Marshal(sub.options); err != nil {
			return fmt.Errorf("encode options: %w", err)
		}
	}
	if sub.about, err = attributesOf(h, sub.s.Now()); err != nil {
		return err
	}
	if trace := h.Get("Traceparent"); tool.IsTraceParent(trace) {
		sub.trace = trace
	}
	sub.key, err = idempotencyKey(h)
	return err
}

// accept runs the call or makes it a job.
func (sub *submission) accept() error {
	s, ctx := sub.s, sub.r.Context()
	leave, err := sub.enter(ctx)
	if err != nil {
		sub.input.discard()
		return err
	}
	defer leave()
	if sub.key != "" { // a twin may have answered while we waited to enter
		done, err := sub.replayed()
		if done || err != nil {
			sub.input.discard()
			return err
		}
	}
	lasting := context.WithoutCancel(ctx) // from here on a client that leaves does not stop its work
	err = sub.findUpload(lasting)
	if err == nil {
		err = s.Queue.CheckQuota(lasting, sub.who.Key.Owner, sub.plan.Plan)
	}
	if err == nil {
		err = sub.canCallBack(lasting)
	}
	if err != nil {
		sub.input.discard()
		return err
	}
	if sub.queued || sub.prefer.async || sub.source != sourceBody || sub.input.size > s.SyncMaxBytes || !sub.about.runAt.IsZero() {
		return sub.submit(ctx)
	}
	return sub.run(ctx)
}

// spec is the job that the call is or becomes.
func (sub *submission) spec() queue.Spec {
	spec := queue.Spec{
		ID: sub.id, Owner: sub.who.Key.Owner, Plan: sub.plan.Plan, Tool: sub.name, RequestID: sub.call.id,
		Options: sub.encoded, Input: sub.input.inline, InputAt: sub.input.where(), InputSize: sub.input.size, InputType: sub.input.kind,
		Priority: sub.priority(), RunAt: sub.about.runAt, Metadata: sub.about.metadata,
		WebhookURL: sub.webhook, InputSum: sub.input.mark, TraceParent: sub.trace,
	}
	if sub.key != "" {
		spec.Idempotency = &protocol.Idempotency{
			Key: sub.key, Digest: sub.digest, Job: sub.id, Status: http.StatusAccepted,
			Body: sub.acceptedBody(), Expires: sub.s.Now().Add(protocol.AnswerLife),
		}
	}
	return spec
}

// submit makes the call a job, and waits for it if the client wants that.
func (sub *submission) submit(ctx context.Context) error {
	if err := sub.input.persist(ctx); err != nil {
		sub.input.discard()
		return err
	}
	defer sub.input.release()
	j, replay, err := sub.s.Queue.Submit(context.WithoutCancel(ctx), sub.spec())
	if err != nil || replay != nil {
		sub.input.forget(err)
	}
	switch {
	case err != nil:
		return err
	case replay != nil:
		return sub.replay(replay)
	case sub.patience() == 0:
		return sub.accepted(&j)
	}
	sub.quiet = true // a call that is waited for is not a slow one
	snap, err := sub.await(ctx, sub.id)
	if err != nil {
		return err
	}
	return sub.answerAwaited(snap)
}

// run runs the call while the client waits.
func (sub *submission) run(ctx context.Context) error {
	s := sub.s
	wait := s.SyncTimeout
	if sub.prefer.waits {
		wait = min(wait, sub.prefer.wait)
	}
	res, err := s.Runner.Do(ctx, attempt.Call{
		Spec: sub.spec(), Tool: sub.tool, Options: sub.options, Wait: wait,
		Open: sub.input.open, Persist: sub.input.persist, Release: sub.input.release,
	})
	switch {
	case fault.Of(err) != nil && inputFault(err):
		return sub.refused(ctx, err)
	case err != nil:
		sub.input.forget(err)
		return err
	case res.Replay != nil:
		sub.input.forget(nil)
		return sub.replay(res.Replay)
	case res.Job != nil:
		return sub.accepted(res.Job)
	}
	return sub.finished(ctx, res.Outcome)
}

// inputFault reports whether a synchronous failure is the tool's judgment of
// the input, which is charged and remembered like a success; the other faults
// are refusals.
func inputFault(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooLarge, fault.NotFound, fault.Forbidden:
		return true
	default:
		return false
	}
}

// finished records a synchronous success and answers it.
func (sub *submission) finished(ctx context.Context, out queue.Outcome) error {
	s, now := sub.s, sub.s.Now()
	o := out.Output
	o.Owner, o.Created, o.Expires = sub.who.Key.Owner, now, now.Add(s.Queue.RetentionOf(sub.plan.Plan))
	idem := sub.remembered(http.StatusOK, out.Result, out.LinkAt, o.Name)
	replay, err := s.Queue.Record(context.WithoutCancel(ctx), o.Owner, sub.plan.Plan, o, idem)
	if err != nil || replay != nil {
		if !unknownOutcome(err) {
			s.Runner.Discard(context.WithoutCancel(ctx), out)
		}
		if err != nil {
			return err
		}
		return sub.replay(replay)
	}
	sub.setApplied(false)
	sub.sendJSON(http.StatusOK, s.withLink(out.Result, out.LinkAt, o.Name, o.Expires, now))
	return nil
}

// refused records a synchronous failure of the input and answers it.
func (sub *submission) refused(ctx context.Context, cause error) error {
	e := fault.Of(cause)
	idem := sub.remembered(statusOf[e.Kind], envelope(e, 0), 0, "")
	replay, err := sub.s.Queue.Record(context.WithoutCancel(ctx), sub.who.Key.Owner, sub.plan.Plan, nil, idem)
	switch {
	case err != nil:
		return err
	case replay != nil:
		return sub.replay(replay)
	}
	return cause
}

// accepted answers 202: the job waits or runs, and the body says where to ask.
func (sub *submission) accepted(j *job.Job) error {
	sub.setApplied(true)
	sub.acceptedHeaders(j)
	sub.sendJSON(http.StatusAccepted, sub.acceptedBody())
	return nil
}

func (sub *submission) acceptedBody() []byte {
	b := append(make([]byte, 0, 256), `{"status":"accepted","job_id":"`...)
	b = sub.id.AppendText(b)
	b = append(append(b, `","status_url":"`...), sub.s.statusURL(sub.id)...)
	b = append(append(b, `","request_id":"`...), sub.call.id...)
	return append(b, `"}`...)
}

func (sub *submission) acceptedHeaders(j *job.Job) {
	h := sub.w.Header()
	url := sub.s.statusURL(j.ID)
	hint := sub.s.Queue.Hint(j, &sub.plan.Plan)
	h["Retry-After"] = []string{strconv.FormatInt(hint, 10)}
	h["Location"] = []string{url + "/result"}
	h["Link"] = []string{"<" + url + `>; rel="monitor"`}
}

func (sub *submission) setApplied(accepted bool) {
	h := sub.w.Header()
	h["Vary"] = append(h["Vary"], "Accept, Prefer")
	if applied := sub.prefer.appliedTo(accepted); applied != "" {
		h["Preference-Applied"] = []string{applied}
	}
}
