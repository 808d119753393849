package trace

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// Names of attributes that OpenTelemetry has no convention for. Those of messaging
// stand for the rest of a job: its tool is the destination, its id the message's.
const (
	keyOwner      = attribute.Key("claimcheck.owner")
	keyAttempt    = attribute.Key("claimcheck.attempt")
	keyRequest    = attribute.Key("claimcheck.request_id")
	keyGroup      = attribute.Key("claimcheck.group")
	keyEvent      = attribute.Key("claimcheck.event")
	keyTry        = attribute.Key("claimcheck.delivery.attempt")
	keyJob        = attribute.Key("claimcheck.job_id") // where the message is not the job
	keyHandedBack = attribute.Key("claimcheck.handed_back")
)

// A Span is something that takes time. A nil one is told in vain.
type Span struct {
	is  oteltrace.Span
	ctx context.Context //nolint:containedctx // the span's own: who holds the span need not hold it too
	bad bool            // it has the code of a failure
}

func (t *Tracer) begin(ctx context.Context, name string, kind oteltrace.SpanKind, options []oteltrace.SpanStartOption, attrs ...attribute.KeyValue) (context.Context, *Span) {
	ctx, is := t.tracer.Start(ctx, name, append(options, oteltrace.WithSpanKind(kind), oteltrace.WithAttributes(attrs...))...)
	return ctx, &Span{is: is, ctx: ctx}
}

// Kept is what is to be kept with a job for those who go on with the trace; empty
// for a nil span.
func (s *Span) Kept() string {
	if s == nil {
		return ""
	}
	return kept(s.is.SpanContext())
}

// End ends the span: with the code of what went wrong, if anything did.
func (s *Span) End(err error) {
	if err != nil {
		s.EndCode(codeOf(err))
		return
	}
	s.EndCode("")
}

// EndCode ends the span, with a code of what went wrong unless that is empty.
func (s *Span) EndCode(code string) {
	if s == nil {
		return
	}
	if code != "" {
		s.failed(code)
	}
	s.is.End()
}

// failed sets the code of a failure, the first of which says most.
func (s *Span) failed(code string) {
	if s.bad {
		return
	}
	s.bad = true
	s.is.SetAttributes(semconv.ErrorTypeKey.String(code))
	s.is.SetStatus(codes.Error, code)
}

// codeOf is the word for a failure; what else is said of one may have parts of an
// input in it.
func codeOf(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return "INTERNAL_ERROR"
}

// Request begins the span of a request, in the trace of parent (traceparent), or in
// that which its header names.
func (t *Tracer) Request(r *http.Request, parent, route, id string, began time.Time) (*http.Request, *Span) {
	if t == nil {
		return r, nil
	}
	ctx := r.Context()
	if t.pass {
		if own := r.Header.Get(parentHeader); parent == "" || parent == own {
			parent = own
			if state := r.Header.Values(stateHeader); len(state) == 1 {
				parent += " " + state[0]
			}
		}
		ctx = joined(ctx, parent)
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	ctx, s := t.begin(ctx, r.Method+" "+route, oteltrace.SpanKindServer, []oteltrace.SpanStartOption{oteltrace.WithTimestamp(began)},
		semconv.HTTPRequestMethodKey.String(r.Method), semconv.HTTPRoute(route), semconv.URLScheme(scheme), keyRequest.String(id))
	return r.WithContext(ctx), s
}

// Answered ends the span of a request.
func (s *Span) Answered(status int, owner string) {
	if s == nil {
		return
	}
	s.is.SetAttributes(semconv.HTTPResponseStatusCode(status), keyOwner.String(owner))
	if status >= http.StatusInternalServerError { // what is the client's fault is no error of a server's span
		s.failed(strconv.Itoa(status))
	}
	s.is.End()
}

// A Work is an order, on its way to be run or to be a job.
type Work struct {
	Tool  string
	Owner string
	Job   job.ID // that it is or becomes; zero for many at once
	Queue bool   // it is a job from its beginning
	Group string // that the job belongs to; or empty
	Again string // what was kept of the job whose work it is once more; or empty
}

// Submit begins the span of handing in work.
func (t *Tracer) Submit(ctx context.Context, w Work) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	links := linked(w.Again)
	if !w.Queue {
		return t.begin(ctx, "call "+w.Tool, oteltrace.SpanKindInternal, links, message(w.Tool, w.Owner, w.Job, w.Group)...)
	}
	return t.begin(ctx, "submit "+w.Tool, oteltrace.SpanKindProducer, links,
		append(message(w.Tool, w.Owner, w.Job, w.Group), semconv.MessagingOperationTypeSend, semconv.MessagingOperationName("submit"))...)
}

// linked are links to what was kept of some jobs.
func linked(kept ...string) []oteltrace.SpanStartOption {
	var links []oteltrace.Link
	for _, text := range kept {
		if sc := parse(text); sc.IsValid() {
			links = append(links, oteltrace.Link{SpanContext: sc})
		}
	}
	if len(links) == 0 {
		return nil
	}
	return []oteltrace.SpanStartOption{oteltrace.WithLinks(links...)}
}

// maxLinks is how many jobs of a group its end has links to: as many as a span has
// (opentelemetry.io/docs/specs/otel/trace/sdk, "Span limits").
const maxLinks = sdktrace.DefaultLinkCountLimit

// message describes a job, or a call that may become one.
func message(tool, owner string, id job.ID, group string) []attribute.KeyValue {
	list := []attribute.KeyValue{
		semconv.MessagingSystemKey.String(scope), semconv.MessagingDestinationName(tool), semconv.MessagingMessageID(id.String()), keyOwner.String(owner),
	}
	if id == (job.ID{}) { // of many at once
		list = append(list[:2], keyOwner.String(owner))
	}
	if group != "" {
		list = append(list, keyGroup.String(group))
	}
	return list
}

// Waited tells of a job's wait: since it was accepted or its last attempt ended,
// until an attempt began, or until its end if none did: then code says why.
func (t *Tracer) Waited(j *job.Job, since, until time.Time, code string) {
	if t == nil {
		return
	}
	in := parse(j.TraceContext())
	if !in.IsValid() {
		return // nobody would find it
	}
	if since.IsZero() {
		since = j.Created
	}
	ctx := oteltrace.ContextWithRemoteSpanContext(context.Background(), in)
	attrs := message(j.Tool, j.Owner, j.ID, j.Group)
	if code == "" {
		attrs = append(attrs, keyAttempt.Int(j.Attempt)) // that it was waited for
	}
	_, s := t.begin(ctx, "wait "+j.Tool, oteltrace.SpanKindInternal, []oteltrace.SpanStartOption{begun(since, until)}, attrs...)
	if code != "" {
		s.failed(code)
	}
	s.is.End(oteltrace.WithTimestamp(until))
}

// begun is when something began that has ended: of a time that a store keeps the end of
// its millisecond, so that nothing begins before what came before it.
func begun(at, ended time.Time) oteltrace.SpanStartOption {
	if at = at.Add(time.Millisecond); at.After(ended) {
		at = ended
	}
	return oteltrace.WithTimestamp(at)
}

// Attempt begins the span of an attempt at a job.
func (t *Tracer) Attempt(ctx context.Context, j *job.Job) (context.Context, *Span) {
	return t.attempt(ctx, j, j.Attempt)
}

func (t *Tracer) attempt(ctx context.Context, j *job.Job, n int, options ...oteltrace.SpanStartOption) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	named := context.WithValue(joined(ctx, j.TraceContext()), attemptKey{}, numbered{j.ID, n})
	_, s := t.begin(named, "process "+j.Tool, oteltrace.SpanKindConsumer, options,
		append(message(j.Tool, j.Owner, j.ID, j.Group), semconv.MessagingOperationTypeProcess, semconv.MessagingOperationName("process"), keyAttempt.Int(n))...)
	return oteltrace.ContextWithSpan(ctx, s.is), s // without the name: it is this span's alone
}

// CallAttempt begins the span of the attempt at a call that a client waits for.
func (t *Tracer) CallAttempt(ctx context.Context, tool, owner string, id job.ID) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	return t.begin(ctx, "process "+tool, oteltrace.SpanKindInternal, nil, append(message(tool, owner, id, ""), keyAttempt.Int(1))...)
}

// Attempted tells of an attempt that ended elsewhere than it began: of a remote
// program, or of a worker that is gone; code is what it failed with, or empty.
func (t *Tracer) Attempted(j *job.Job, n int, ended time.Time, code string) {
	if t == nil {
		return
	}
	_, s := t.attempt(context.Background(), j, n, begun(j.Started, ended))
	if code != "" {
		s.failed(code)
	}
	s.is.End(oteltrace.WithTimestamp(ended))
}

// AttemptParent is the traceparent of an attempt at a job, for who makes it
// elsewhere: where no spans are made that of the job's submission. It is empty where
// none is to be passed on.
func (t *Tracer) AttemptParent(j *job.Job, n int) string {
	if t == nil {
		return j.TraceParent()
	}
	if !t.pass {
		return ""
	}
	parent, _, _ := strings.Cut(kept(spanOf(j, n)), " ")
	return parent
}

// spanOf is the span of an attempt at a job, whoever makes it; not valid if the job is
// part of no trace.
func spanOf(j *job.Job, n int) oteltrace.SpanContext {
	in := parse(j.TraceContext())
	if !in.IsValid() {
		return in
	}
	return in.WithSpanID(numbered{j.ID, n}.id(in.TraceID()))
}

// Within returns ctx as a part of an attempt at a job that is made elsewhere.
func (t *Tracer) Within(ctx context.Context, j *job.Job, n int) context.Context {
	if t == nil {
		return ctx
	}
	if sc := spanOf(j, n); sc.IsValid() {
		return oteltrace.ContextWithRemoteSpanContext(ctx, sc)
	}
	return ctx
}

// HandedBack says that the attempt was another's to make, and ends the span.
func (s *Span) HandedBack() {
	if s == nil {
		return
	}
	s.is.SetAttributes(keyHandedBack.Bool(true))
	s.is.End()
}

// Call begins the span of a request to somebody else's server: of its address the
// scheme, the host and the port are told.
func (t *Tracer) Call(ctx context.Context, method string, to *url.URL) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	attrs := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(method), semconv.URLScheme(to.Scheme), semconv.ServerAddress(to.Hostname())}
	port := to.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[to.Scheme]
	}
	if n, err := strconv.Atoi(port); err == nil {
		attrs = append(attrs, semconv.ServerPort(n))
	}
	return t.begin(ctx, method, oteltrace.SpanKindClient, nil, attrs...)
}

// Pass puts the span of a call into the call's header, in place of what stands
// there; or nothing, where trace contexts are not to be passed on.
func (t *Tracer) Pass(s *Span, h http.Header) {
	if t == nil {
		return
	}
	h.Del(parentHeader)
	h.Del(stateHeader)
	if t.pass {
		w3c.Inject(s.ctx, propagation.HeaderCarrier(h))
	}
}

// Status says what a call was answered.
func (s *Span) Status(status int) {
	if s == nil {
		return
	}
	s.is.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusBadRequest {
		s.failed(strconv.Itoa(status))
	}
}

// A Told is a webhook's delivery.
type Told struct {
	ID    string
	Owner string
	Event string
	Try   int                                          // counted from 1
	Job   job.ID                                       // zero for none
	Kept  string                                       // what was kept with the job
	Group string                                       // that has finished; or empty
	Of    func(ctx context.Context, most int) []string // what was kept of the group's jobs; nil for no group
}

// Deliver begins the span of an attempt to deliver a webhook.
func (t *Tracer) Deliver(ctx context.Context, d Told) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	attrs := []attribute.KeyValue{
		semconv.MessagingSystemKey.String(scope), semconv.MessagingOperationName("deliver"), semconv.MessagingOperationTypeSend,
		semconv.MessagingMessageID(d.ID), keyOwner.String(d.Owner), keyEvent.String(d.Event), keyTry.Int(d.Try),
	}
	if d.Job != (job.ID{}) {
		attrs = append(attrs, keyJob.String(d.Job.String()))
	}
	var links []oteltrace.SpanStartOption
	if d.Group != "" {
		attrs = append(attrs, keyGroup.String(d.Group))
		links = linked(d.Of(ctx, maxLinks)...)
	}
	return t.begin(joined(ctx, d.Kept), "deliver "+d.Event, oteltrace.SpanKindProducer, links, attrs...)
}
