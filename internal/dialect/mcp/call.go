package mcp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/tool"
)

// metaKey is the member of _meta that makes a repeated call safe, as the header
// Idempotency-Key does.
const metaKey = "claimcheck/idempotencyKey"

// callTool answers tools/call.
func (x *exchange) callTool() (reply, error) {
	name, p := x.member("name")
	if own := jobTool(name); p == nil && own != nil {
		if err := x.noTask(name); err != nil {
			return x.counted(err)
		}
		return x.callJobTool(own)
	}
	if err := x.call.Admit(false); err != nil {
		return x.refused(err)
	}
	if p == nil && name == "" {
		p = badParams("name is missing.")
	}
	if p != nil {
		return reply{}, p
	}
	t, p := x.tool(name)
	if p != nil {
		return reply{}, p
	}
	w, p := x.wish()
	if p != nil {
		return reply{}, p
	}
	o, err := x.order(t, w)
	if err != nil {
		return x.failed(err)
	}
	return x.lasting(x.telling(o), func() (reply, error) {
		w := &words{x: x}
		x.call.Speak(w)
		_, body, err := x.call.Settle(o)
		if err == nil && w.ended != nil {
			body, err = x.ended(w, body)
		}
		if err != nil {
			return x.failed(err)
		}
		return reply{kind: w.kind, body: body}, nil
	})
}

// ended is what work ended with that a repeated call finds over, as long as that can
// be had; then it is named, as the call was answered before.
func (x *exchange) ended(w *words, named []byte) ([]byte, error) {
	snap, err := x.call.Get(*w.ended)
	if err != nil || !snap.Job.Status.Final() {
		return named, nil //nolint:nilerr // it was deleted, or has expired
	}
	w.kind = ""
	_, body, err := x.call.Outcome(&snap.Job, nil)
	return body, err
}

// telling is what a client is told while its call is held: nothing, where that is
// not for long.
func (x *exchange) telling(o *intake.Order) *beat {
	if _, asked := x.meta("progressToken"); x.asTask || !asked {
		return nil
	}
	return x.progress(o.ID, o.Spec.Queued) // while another tool runs there is no job yet
}

// order makes an order of a call.
func (x *exchange) order(t tool.Tool, w intake.Wish) (*intake.Order, error) {
	spec := t.Spec()
	raw := x.params["arguments"]
	a, p := argumentsOf(&spec, raw)
	if p != nil {
		return nil, p
	}
	if p := x.checkParams(&spec, raw); p != nil {
		return nil, p
	}
	r := intake.Request{
		Tool: t, Options: func(header string) string { return a.options[header] },
		Trace: x.trace(), Wish: w,
	}
	if key, there := x.meta(metaKey); there {
		text, ok := textOf(key)
		if !ok {
			return nil, badParams("_meta." + metaKey + " must be a string.")
		}
		r.Key = []string{text}
	}
	if a.source != memberContent {
		r.Source = a.source
	}
	o, err := x.call.Begin(r)
	if err != nil {
		return nil, err
	}
	if a.source != memberContent {
		return o, x.call.Name(o, a.text, []byte(a.text))
	}
	return o, x.call.Take(o, intake.Body{From: bytes.NewReader(a.content), Length: int64(len(a.content)), Type: a.kind})
}

// moment is how long a call is held whose client knows tasks: what is done by then
// needs none.
const moment = 500 * time.Millisecond

// wish is how long the call waits for its work, and whether the work is a task then.
func (x *exchange) wish() (intake.Wish, *problem) {
	asked, p := x.wantsTask()
	switch {
	case p != nil:
		return intake.Wish{}, p
	case asked:
		x.asTask = true
		return intake.Wish{Async: true}, nil
	case x.modern() && x.knowsTasks():
		x.asTask = true
		return intake.Wish{Waits: true, Wait: min(moment, x.patience())}, nil
	default:
		return intake.Wish{Waits: true, Wait: x.patience()}, nil
	}
}

// patience is how long a call is held whose client knows no tasks.
func (x *exchange) patience() time.Duration { return x.SyncTimeout }

// trace is the trace that the call is part of: _meta says it for itself, before the
// request's header, which may be a proxy's.
func (x *exchange) trace() string {
	if raw, there := x.meta("traceparent"); there {
		if text, ok := textOf(raw); ok {
			return text
		}
	}
	return x.call.Request().Header.Get("Traceparent")
}

// refused is a call that was not let in: that there are too many is for the model
// to know, that its key may not is not.
func (x *exchange) refused(err error) (reply, error) {
	if fault.Is(err, fault.Limited) {
		return x.failed(err)
	}
	return reply{}, err
}

// failed is a call that failed: of a tool, as a result that says so; of ours, as an
// error.
func (x *exchange) failed(err error) (reply, error) {
	if p, ok := err.(*problem); ok { //nolint:errorlint // it is never wrapped
		return reply{}, p
	}
	f := x.call.Failure(err)
	p := ours(f)
	if p == nil && x.asTask && !x.modern() { // where a task was asked for, no other result can be told
		p = problemOf(f)
		p.Status = http.StatusOK
		if p.Code == invalidRequest { // the message is right, what it asks for is not
			p.Code = invalidParams
		}
	}
	if p != nil {
		return reply{}, p
	}
	return reply{body: encode(failure(f))}, nil
}

// oursCodes are failures that are not the tool's, and of which the model can say
// nothing useful.
var oursCodes = map[string]bool{"INTERNAL_ERROR": true, "WORKER_LOST": true, "TIMEOUT": true, "UNAVAILABLE": true}

// checkParams compares the header fields that a tool's schema asks for with the
// arguments.
func (x *exchange) checkParams(s *tool.Spec, raw json.RawMessage) *problem {
	own := ownInput(s)
	if !x.modern() || own == nil {
		return nil
	}
	return checkParamHeaders(x.call.Request().Header, own, raw)
}
