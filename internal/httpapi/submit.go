package httpapi

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/tool"
	"claimcheck/internal/view"
)

// submitTo answers POST /<tool>-api.
func (s *Server) submitTo(t tool.Tool) func(*Call) error {
	return func(c *Call) error {
		r := c.request(t)
		if r.Source == string(intake.FromLines) && s.Lines != nil {
			return s.Lines(c, r)
		}
		o, err := c.Begin(r)
		if err != nil {
			return err
		}
		if err := c.Receive(o); err != nil {
			return err
		}
		return c.Place(o)
	}
}

// Begin is the beginning of an order of the caller's, for the intake to go on
// with. Failures: those of [intake.Intake.Begin], and Forbidden FORBIDDEN where the
// caller's key is not for the tool.
func (c *Call) Begin(r intake.Request) (*intake.Order, error) {
	if err := c.MayCall(r.Tool.Spec().Name); err != nil {
		return nil, err
	}
	r.ID, r.Owner, r.Plan, r.Dialect = c.id, c.who.Key.Owner, c.plan.Plan, c.speaks.Name
	c.trace(r.Trace)
	return c.s.intake.Begin(r)
}

// OrderHeaders are the header fields by which a client says what is to be done,
// beside a tool's options. They are never passed on to a tool's target.
var OrderHeaders = append([]string{"Prefer", "Idempotency-Key", "x-source-type", intake.HeaderOnError, "x-priority", "x-run-at", "x-metadata", "x-webhook-url"}, intake.AskHeaders()...)

// request is what the header fields say of the work.
func (c *Call) request(t tool.Tool) intake.Request {
	h := c.r.Header
	return intake.Request{
		Tool: t, Source: h.Get("X-Source-Type"), Options: h.Get, Priority: h.Get("X-Priority"), RunAt: h.Get("X-Run-At"), Metadata: h.Get("X-Metadata"),
		Asks: func(name string) string { return strings.Join(h.Values(name), ", ") }, Webhook: h["X-Webhook-Url"], Key: h["Idempotency-Key"], Trace: h.Get("Traceparent"), Wish: parsePrefer(h),
	}
}

// Incoming is the request's body as it arrives.
func (c *Call) Incoming() intake.Body {
	b := c.arriving()
	bare, _, err := mime.ParseMediaType(b.Type)
	b.Wrapped = err == nil && bare == plain.ContentType
	return b
}

// arriving is the same, but that nothing is said of its form.
func (c *Call) arriving() intake.Body {
	b := intake.Body{From: http.NoBody, Length: c.r.ContentLength, Codings: c.r.Header["Content-Encoding"], Type: c.r.Header.Get("Content-Type")}
	if c.body != nil {
		b.From = c.body
	}
	return b
}

// maxSourceBytes is how long the body may be that names a URL or an upload.
const maxSourceBytes = 16 << 10

// nameSource reads {"url":"..."} or {"file":"..."}.
func (c *Call) nameSource(o *intake.Order) error {
	body, err := c.arriving().Whole(maxSourceBytes)
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	var text string
	name := string(o.Source)
	if json.Unmarshal(body, &members) != nil || members[name] == nil || json.Unmarshal(members[name], &text) != nil || text == "" {
		return fault.New(fault.Invalid, intake.CodeInvalidRequest,
			`With x-source-type: %s the body must be a JSON object with the string member %q.`, name, name)
	}
	if !jsontext.Value(body).IsValid() { // of two addresses others may have looked at the first
		return fault.New(fault.Invalid, intake.CodeInvalidRequest, "The body must be in UTF-8, with no member twice.")
	}
	return c.Name(o, text, body)
}

// Place has an order run and answers what became of it.
func (c *Call) Place(o *intake.Order) error {
	status, body, err := c.Settle(o)
	if err != nil {
		return err
	}
	c.sendJSON(status, body)
	return nil
}

// Settle has an order run and returns what became of it in the words of the call,
// for an answer that has more in it.
func (c *Call) Settle(o *intake.Order) (status int, body []byte, err error) {
	a, err := c.s.desk.Do(c.r.Context(), o)
	c.quiet = c.quiet || a.Waited // a call that is waited for is not a slow one
	if err != nil {
		return 0, nil, err
	}
	if a.Replayed {
		c.w.Header()["Idempotent-Replayed"] = []string{"true"}
	}
	switch {
	case a.Status >= http.StatusBadRequest && c.speaks.slot > 0: // it was remembered in plain words
		return 0, nil, plain.Refusal(a.Status, a.Body)
	case a.Job == nil:
		d := dialect.Done{Result: c.s.withLink(a.Body, a.Link, c.s.Now()), Status: a.Status, File: c.file(a.Link.At, a.Link.Name)}
		if !a.Replayed {
			d.Order = o
		}
		status, body = c.speaks.Words.Done(d, c.w.Header())
		return status, body, nil
	case a.Job.Status.Final() && a.Body == nil:
		return c.Outcome(a.Job, o)
	default:
		status, body = c.accepted(dialect.Accepted{View: dialect.View{Job: a.Job}, Order: o, Remembered: a.Body, RequestID: o.RequestID})
		return status, body, nil
	}
}

// accepted words that a job waits or runs, and where to ask.
func (c *Call) accepted(a dialect.Accepted) (status int, body []byte) {
	a.Hint, a.PublicURL = 1, c.s.PublicURL
	if !a.Job.Status.Final() {
		a.Hint = c.s.Queue.Hint(a.Job, &c.plan.Plan)
	}
	if c.speaks.Full {
		if told := c.s.tell(c, view.NewSnapshot(a.Job), c.s.rowOf); told != nil {
			a.Full, a.Progress = told.Full, told.Progress
		}
	}
	h := c.w.Header()
	h["Retry-After"] = []string{strconv.FormatInt(a.Hint, 10)}
	return c.speaks.Words.Accepted(a, h)
}

// file is the file that a result has a link to, if the call's dialect tells of
// files: what is not known any more is guessed by its name.
func (c *Call) file(linkAt int, name string) *dialect.File {
	token, ok := job.OutputToken(name)
	if linkAt <= 0 || !ok || !c.speaks.Files {
		return nil
	}
	o, err := c.s.Queue.Output(c.r.Context(), token)
	if err != nil {
		return &dialect.File{Name: name, Type: media.TypeOfExtension(strings.TrimPrefix(path.Ext(name), ".")), Size: -1}
	}
	return &dialect.File{Name: cmp.Or(o.Filename, name), Type: o.ContentType, Size: o.Size}
}
