package httpapi

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"

	"claimcheck/internal/fault"
	"claimcheck/internal/fulfil"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
)

// submitTo answers POST /<tool>-api.
func (s *Server) submitTo(t tool.Tool) func(*call) error {
	return func(c *call) error {
		o, err := s.intake.Begin(c.request(t))
		if err != nil {
			return err
		}
		if o.Source == intake.FromBody {
			err = s.intake.Take(c.r.Context(), o, c.incoming())
		} else {
			err = c.nameSource(o)
		}
		if err != nil {
			return err
		}
		return c.place(o)
	}
}

// request is what the header fields say of the work.
func (c *call) request(t tool.Tool) intake.Request {
	h := c.r.Header
	return intake.Request{
		ID: c.id, Owner: c.who.Key.Owner, Plan: c.plan.Plan, Tool: t,
		Source: h.Get("X-Source-Type"), Options: h.Get, Priority: h.Get("X-Priority"), RunAt: h.Get("X-Run-At"), Metadata: h.Get("X-Metadata"),
		Webhook: h["X-Webhook-Url"], Key: h["Idempotency-Key"], Trace: h.Get("Traceparent"), Wish: parsePrefer(h),
	}
}

// incoming is the request's body as it arrives.
func (c *call) incoming() intake.Body {
	b := intake.Body{From: http.NoBody, Length: c.r.ContentLength, Codings: c.r.Header["Content-Encoding"], Type: c.r.Header.Get("Content-Type")}
	if c.body != nil {
		b.From = c.body
	}
	media, _, err := mime.ParseMediaType(b.Type)
	b.Wrapped = err == nil && media == contentJSON
	return b
}

// maxSourceBytes is how long the body may be that names a URL or an upload.
const maxSourceBytes = 16 << 10

// nameSource reads {"url":"..."} or {"file":"..."}.
func (c *call) nameSource(o *intake.Order) error {
	body, err := c.incoming().Whole(maxSourceBytes)
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
	return c.s.intake.Name(o, text, body)
}

// place has an order run and answers what became of it.
func (c *call) place(o *intake.Order) error {
	a, err := c.s.desk.Do(c.r.Context(), o)
	c.quiet = c.quiet || a.Waited // a call that is waited for is not a slow one
	if err != nil {
		return err
	}
	h, final := c.w.Header(), a.Job == nil || a.Job.Status.Final()
	if a.Replayed {
		h["Idempotent-Replayed"] = []string{"true"}
	}
	if !a.Replayed || a.Job != nil {
		setApplied(h, o.Wish, !final)
	}
	switch {
	case a.Job == nil || a.Body != nil:
		if a.Job != nil {
			c.acceptedHeaders(a.Job)
		}
		now := c.s.Now()
		c.sendJSON(max(a.Status, http.StatusOK), c.s.withLink(a.Body, a.Link, now))
	case final:
		return c.s.answerFinished(c, a.Job, false)
	default:
		c.accepted(a.Job, o.RequestID)
	}
	return nil
}

// accepted answers 202: the job waits or runs, and the body says where to ask.
func (c *call) accepted(j *job.Job, requestID string) {
	c.acceptedHeaders(j)
	c.sendJSON(http.StatusAccepted, c.s.acceptedBody(j.ID, requestID))
}

func (s *Server) acceptedBody(id job.ID, requestID string) []byte {
	b := append(make([]byte, 0, 256), `{"status":"accepted","job_id":"`...)
	b = id.AppendText(b)
	b = append(append(b, `","status_url":"`...), s.statusURL(id)...)
	b = append(append(b, `","request_id":"`...), requestID...)
	return append(b, `"}`...)
}

func (c *call) acceptedHeaders(j *job.Job) {
	h := c.w.Header()
	url := c.s.statusURL(j.ID)
	hint := c.s.Queue.Hint(j, &c.plan.Plan)
	h["Retry-After"] = []string{strconv.FormatInt(hint, 10)}
	h["Location"] = []string{url + "/result"}
	h["Link"] = []string{"<" + url + `>; rel="monitor"`}
}

func setApplied(h http.Header, wish intake.Wish, accepted bool) {
	h["Vary"] = append(h["Vary"], "Accept, Prefer")
	if applied := appliedTo(wish, accepted); applied != "" {
		h["Preference-Applied"] = []string{applied}
	}
}

// words are those in which answers are remembered.
type words struct{ s *Server }

// Accepted is the 202.
func (w words) Accepted(o *intake.Order) []byte { return w.s.acceptedBody(o.ID, o.RequestID) }

// Refused is the envelope.
func (words) Refused(e *fault.Error) (status int, body []byte) {
	return statusOf[e.Kind], envelope(e, 0)
}

var _ fulfil.Words = words{}
