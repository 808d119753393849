package httpapi

import (
	"net/http"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/fulfil"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
	"claimcheck/internal/view"
)

// What follows is what the handlers of mounted dialects do with a call, beside
// Begin, Place, Await, List and AnswerList.

// Request is the request; what is left of its body is read by Incoming.
func (c *Call) Request() *http.Request { return c.r }

// Header is the answer's.
func (c *Call) Header() http.Header { return c.w.Header() }

// Owner is who calls, and Plan what that owner may do. There is none on Open
// routes, and on those of Later before Admit.
func (c *Call) Owner() string { return c.who.Key.Owner }

// Subject is what an authorizer outside calls the caller; empty: a key of ours was
// sent.
func (c *Call) Subject() string { return c.who.Subject }

// Plan is the caller's.
func (c *Call) Plan() account.Plan { return c.plan.Plan }

// Key is the caller's, to be read only. There is one where there is an Owner.
func (c *Call) Key() *account.Key { return &c.who.Key }

// Quiet says that the call is not worth a line in the log, neither for the time it
// takes nor for being refused.
func (c *Call) Quiet() { c.quiet = true }

// Admit checks the key of a call on a route that is Later, counts the call and
// checks the key's scope: as one that reads, or as one that hands in. Failures:
// those of every request with a key; Limited says when to come again.
func (c *Call) Admit(reading bool) error { return c.s.admit(c, Keyed, reading) }

// Get is a job of the caller's as it is now; see [queue.Queue.Get].
func (c *Call) Get(id job.ID) (*view.Snapshot, error) {
	return c.s.Queue.Get(c.r.Context(), c.who.Key.Owner, id)
}

// Watch watches jobs of the caller's, and must be closed; whether they are the
// caller's, Get says.
func (c *Call) Watch(ids []job.ID) *view.Watch { return c.s.Queue.Watch(ids) }

// Count counts more calls than the one that was admitted: as calls that read, or
// that hand in. Limited RATE_LIMITED.
func (c *Call) Count(reading bool, more int64) error { return c.s.limit(c, reading, more) }

// Tool is the tool of a name that the caller may call. NotFound NOT_FOUND, and the
// failure of MayCall.
func (c *Call) Tool(name string) (tool.Tool, error) {
	t, ok := c.s.Tools.Get(name)
	if !ok {
		return nil, fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this path.")
	}
	return t, c.MayCall(name)
}

// MayCall fails with Forbidden FORBIDDEN where the caller's key is for other tools
// than this one.
func (c *Call) MayCall(name string) error {
	if !c.who.Key.MayCall(name) {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Key is not for the tool %s", name)
	}
	return nil
}

// Asked is what the header fields of the plain dialect say of a tool's work.
func (c *Call) Asked(t tool.Tool) intake.Request { return c.request(t) }

// Receive reads the request's body as the plain dialect does: as the order's input,
// or as JSON that names it.
func (c *Call) Receive(o *intake.Order) error {
	if o.Source == intake.FromBody {
		return c.Take(o, c.Incoming())
	}
	return c.nameSource(o)
}

// Take reads the input of an order whose source is intake.FromBody.
func (c *Call) Take(o *intake.Order, b intake.Body) error {
	return c.s.intake.Take(c.r.Context(), o, b)
}

// TakeLines reads the body of an order of many; see intake.Intake.TakeLines.
func (c *Call) TakeLines(o *intake.Order, stop bool) (*intake.Lines, error) {
	return c.s.intake.TakeLines(c.r.Context(), o, c.arriving(), stop)
}

// SettleLines makes jobs of them; see fulfil.Desk.DoLines.
func (c *Call) SettleLines(l *intake.Lines, word fulfil.WordLine) (body []byte, replayed bool, err error) {
	return c.s.desk.DoLines(c.r.Context(), l, word)
}

// Name names the input of an order with another source; see intake.Intake.Name.
func (c *Call) Name(o *intake.Order, text string, said []byte) error {
	return c.s.intake.Name(o, text, said)
}

// Cancel cancels a job of the caller's; it may be processing for a while yet.
func (c *Call) Cancel(id job.ID) (*view.Snapshot, error) {
	return c.s.Queue.Cancel(c.r.Context(), c.who.Key.Owner, id)
}

// Delete removes a job of the caller's and its files. One that is not finished is
// cancelled first.
func (c *Call) Delete(id job.ID) error {
	return c.s.Queue.Delete(c.r.Context(), c.who.Key.Owner, id)
}

// Status is a job's status in the words of the call's dialect.
func (c *Call) Status(snap *view.Snapshot) []byte { return c.s.memo(c, snap).Body }

// Progress is how far a job of the caller's has come, in percent, as the mount's Full
// has it; 0 while nothing is known.
func (c *Call) Progress(snap *view.Snapshot) int { return c.s.memo(c, snap).Progress() }

// Message is what those who do a job of the caller's have said last of what they do, as
// the mount's Full has it; empty for nothing.
func (c *Call) Message(snap *view.Snapshot) string { return c.s.memo(c, snap).Message() }

// Full is what view=full adds to a job's status.
func (c *Call) Full(snap *view.Snapshot) (api.FullJob, error) {
	f, err := c.s.detailsOf(c, snap)
	if err != nil {
		return api.FullJob{}, err
	}
	return f.FullJob, nil
}

// Began is when the call came.
func (c *Call) Began() time.Time { return c.began }

// RequestID is the call's X-Request-Id.
func (c *Call) RequestID() string { return c.id }

// Body is the request's body, of at most so many bytes.
func (c *Call) Body(most int64) ([]byte, error) { return c.arriving().Whole(most) }

// AnswerStatus answers with a job's status, or 304 if the client has it.
func (c *Call) AnswerStatus(snap *view.Snapshot, status int) {
	c.s.writeMemo(c, c.s.memo(c, snap), status)
}

// Answer answers with a body in the dialect's type, unless the header has
// another.
func (c *Call) Answer(status int, body []byte) { c.sendJSON(status, body) }

// Speak makes other words those of the call: of a dialect whose answers depend on
// more than the call's path. Their Status is the same as the mount's: it is kept
// for all.
func (c *Call) Speak(words dialect.Dialect) {
	sp := *c.speaks
	sp.Words = words
	c.speaks = &sp
}

// View is a job of the caller's as it may be seen.
func (c *Call) View(snap *view.Snapshot) dialect.View {
	j := &snap.Job
	c.tells(j)
	v := c.s.viewOf(j, c.s.Now())
	if j.Status.Final() {
		v.File = c.file(j.LinkAt, j.Output)
	} else {
		v.Hint = c.s.Queue.Hint(j, &c.plan.Plan)
	}
	return v
}
