package mcp

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"

	"claimcheck/internal/fault"
)

// A message is what a client sends (JSON-RPC 2.0, as MCP narrows it down): a
// request, or a notification, which has no id.
type message struct {
	id     json.RawMessage // a string or a whole number, as it was sent; nil for a notification
	method string
	params params
	says   claims // in params._meta
}

// Claims are what a modern message says of itself and its client; nil: not said.
type claims struct {
	version, capabilities, client json.RawMessage
	tasks                         bool // the client knows tasks
}

// Params are the members of a message's params.
type params map[string]json.RawMessage

// checkType refuses bodies that say that they are something else than JSON: pages
// can send those without asking first.
func checkType(h http.Header) error {
	sent := h.Get("Content-Type")
	if sent == "" || sent == contentType {
		return nil
	}
	if media, _, err := mime.ParseMediaType(sent); err != nil || media != contentType {
		return fault.New(fault.Unsupported, "INVALID_REQUEST", "The Content-Type of a message must be %s.", contentType)
	}
	return nil
}

// maxIDBytes is how long an id may be: it is repeated in every answer.
const maxIDBytes = 1 << 10

// parse reads a message. Where its id can be read the message has it, whatever else
// is wrong.
func parse(body []byte) (message, *problem) {
	var m message
	e, p := open(body)
	if p != nil {
		return m, p
	}
	if e.id != nil {
		if !isID(e.id) {
			return m, badRequest("id must be a string or a whole number.")
		}
		m.id = e.id
	}
	if version, ok := textOf(e.version); !ok || version != "2.0" {
		return m, badRequest(`jsonrpc must be "2.0".`)
	}
	var ok bool
	if m.method, ok = textOf(e.method); !ok || m.method == "" {
		return m, badRequest("method must be a string; answers are not taken, because nothing is asked.")
	}
	if e.params != nil && e.members == nil {
		return m, badRequest("params must be an object.")
	}
	m.params, m.says = e.members, e.says
	return m, nil
}

// isID judges an id, which is JSON.
func isID(raw json.RawMessage) bool {
	if raw[0] == '"' {
		return len(raw) <= maxIDBytes
	}
	return isWhole(raw)
}

// isWhole reports whether a value, which is JSON, is a whole number of not too many
// digits.
func isWhole(raw json.RawMessage) bool {
	const most = 32
	digits := bytes.TrimPrefix(raw, []byte("-"))
	return len(digits) > 0 && len(digits) <= most && len(bytes.Trim(digits, "0123456789")) == 0
}

// textOf is the string that a value is.
func textOf(raw json.RawMessage) (string, bool) {
	if isPlain(raw) {
		return string(raw[1 : len(raw)-1]), true
	}
	var s *string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// isPlain reports whether a value is a string in which every character stands for
// itself, as nearly all are that are asked for.
func isPlain(raw json.RawMessage) bool {
	const least = len(`""`)
	if len(raw) < least || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return false
	}
	for _, c := range raw[1 : len(raw)-1] {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// objectOf is the members of the object that a value is.
func objectOf(raw json.RawMessage) (params, bool) {
	var p params
	if len(raw) == 0 || json.Unmarshal(raw, &p) != nil || p == nil {
		return nil, false
	}
	return p, true
}
