package mcp

import (
	"net/http"
	"strconv"

	"claimcheck/internal/httpapi"
)

// An exchange is one message and its answer.
type exchange struct {
	*server
	call *httpapi.Call
	message
	revision string
	asTask   bool // of a call: what lasts longer than a moment is a task
}

// modern reports whether the message is in the revision without sessions.
func (x *exchange) modern() bool { return x.revision == modern }

// A reply is the result of a request: an object, and of which type it is, empty for
// the complete one.
type reply struct {
	kind string
	body []byte
	sent bool // it was answered already
}

// A method is what can be asked.
type method struct {
	modern, legacy bool   // which revisions have it
	name           string // the member of params that Mcp-Name repeats, empty for none
	counts         bool   // it counts the call itself, by what is asked
	do             func(*exchange) (reply, error)
}

// methods is the one list of what can be asked.
var methods = map[string]method{
	"server/discover": {modern: true, do: (*exchange).discover},
	"initialize":      {legacy: true, do: (*exchange).initialize},
	"ping":            {legacy: true, do: (*exchange).ping},
	"tools/list":      {modern: true, legacy: true, do: (*exchange).listTools},
	"tools/call":      {modern: true, legacy: true, name: "name", counts: true, do: (*exchange).callTool},

	"tasks/get":            {modern: true, legacy: true, name: memberTask, counts: true, do: (*exchange).getTask},
	"tasks/update":         {modern: true, name: memberTask, do: (*exchange).updateTask},
	"tasks/cancel":         {modern: true, legacy: true, name: memberTask, do: (*exchange).cancelTask},
	"tasks/result":         {legacy: true, counts: true, do: (*exchange).taskResult},
	"tasks/list":           {legacy: true, do: (*exchange).listTasks},
	"subscriptions/listen": {modern: true, counts: true, do: (*exchange).listen},
}

// read takes a message and does what it asks for; of a notification, nothing but
// to count it.
func (x *exchange) read(body []byte) (reply, error) {
	var p *problem
	if x.message, p = parse(body); p != nil {
		return x.counted(p)
	}
	h := x.call.Request().Header
	if x.revision, p = revisionOf(&x.message, h); p != nil {
		return x.counted(p)
	}
	if x.id == nil {
		return reply{}, x.call.AdmitSoon(true)
	}
	m, known := methods[x.method]
	if known = known && (m.modern && x.modern() || m.legacy && !x.modern()); !known {
		m = method{}
	}
	if x.modern() {
		if p := checkHeaders(&x.message, h, m.name); p != nil {
			return x.counted(p)
		}
	}
	if !known {
		return x.counted(x.noMethod())
	}
	if !m.counts {
		if err := x.call.AdmitSoon(true); err != nil {
			return reply{}, err
		}
	}
	return m.do(x)
}

// counted is a refusal, which counts like a question.
func (x *exchange) counted(p error) (reply, error) {
	if err := x.call.Admit(true); err != nil {
		return reply{}, err
	}
	return reply{}, p
}

// noMethod is the answer to what cannot be asked; modern clients are told by the
// status too (2026-07-28, "Protocol Version Header").
func (x *exchange) noMethod() *problem {
	p := &problem{Status: http.StatusOK, Code: methodNotFound, Message: "There is no such method in revision " + x.revision + "."}
	if x.modern() {
		p.Status = http.StatusNotFound
	}
	return p
}

// answer sends the reply, or what went wrong; a notification gets neither body nor
// type.
func (x *exchange) answer(r reply, err error) {
	switch {
	case r.sent:
		return
	case err != nil:
		p := x.problem(err)
		x.call.Answer(p.Status, p.wire(x.id))
	case x.id == nil:
		x.call.Header()["Content-Type"] = nil
		x.call.Answer(http.StatusAccepted, nil)
	default:
		x.call.Answer(http.StatusOK, x.wire(r))
	}
}

// problem is what went wrong, as it is told.
func (x *exchange) problem(err error) *problem {
	if p, ok := err.(*problem); ok { //nolint:errorlint // it is never wrapped
		return p
	}
	f := x.call.Failure(err)
	if f.RetryAfter > 0 {
		x.call.Header().Set("Retry-After", strconv.FormatInt(f.RetryAfter, 10))
	}
	return problemOf(f)
}

// wire is the response with a result. Modern results say of which type they are,
// and who answers.
func (x *exchange) wire(r reply) []byte {
	const names = len(`{"jsonrpc":"2.0","id":,"result":}{"resultType":"","_meta":{"` + metaServer + `":},`)
	b := make([]byte, 0, names+len(x.id)+len(r.kind)+len(kindComplete)+len(x.identity)+len(r.body))
	b = append(append(append(b, `{"jsonrpc":"2.0","id":`...), x.id...), `,"result":`...)
	body := r.body
	if x.modern() {
		b = x.typed(b, r.kind)
		if body = body[1:]; len(body) > len("}") {
			b = append(b, ',')
		}
	}
	return append(append(b, body...), '}')
}

// kindComplete is the type of a result after which nothing comes.
const kindComplete = "complete"

// typed begins a result with what every modern one has.
func (x *exchange) typed(b []byte, kind string) []byte {
	if kind == "" {
		kind = kindComplete
	}
	b = append(append(b, `{"resultType":"`...), kind...)
	return append(append(append(b, `","_meta":{"`+metaServer+`":`...), x.identity...), '}')
}

// info says who answers (Implementation of the schema).
func (s *server) info() any {
	return struct {
		Name    string `json:"name"`
		Title   string `json:"title"`
		Version string `json:"version"`
	}{"claimcheck", "claimcheck", s.Version}
}

// member is a member of params that must be a string, if it is there.
func (m *message) member(name string) (string, *problem) {
	raw, there := m.params[name]
	if !there {
		return "", nil
	}
	text, ok := textOf(raw)
	if !ok {
		return "", badParams(name + " must be a string.")
	}
	return text, nil
}
