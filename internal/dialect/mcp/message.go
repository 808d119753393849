package mcp

import (
	"encoding/json"
	"mime"
	"net/http"
	"regexp"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/fault"
)

// A message is what a client sends (JSON-RPC 2.0, as MCP narrows it down): a
// request, or a notification, which has no id.
type message struct {
	id     json.RawMessage // a string or a whole number, as it was sent; nil for a notification
	method string
	params params
}

// Params are the members of a message's params.
type params map[string]json.RawMessage

// checkType refuses bodies that say that they are something else than JSON: pages
// can send those without asking first.
func checkType(h http.Header) error {
	sent := h.Get("Content-Type")
	if sent == "" {
		return nil
	}
	if media, _, err := mime.ParseMediaType(sent); err != nil || media != contentType {
		return fault.New(fault.Unsupported, "INVALID_REQUEST", "The Content-Type of a message must be %s.", contentType)
	}
	return nil
}

var wholeNumber = regexp.MustCompile(`^-?[0-9]{1,32}$`)

// maxIDBytes is how long an id may be: it is repeated in every answer.
const maxIDBytes = 1 << 10

// parse reads a message. Where its id can be read the message has it, whatever else
// is wrong.
func parse(body []byte) (message, *problem) {
	var m message
	if !json.Valid(body) {
		return m, &problem{Status: http.StatusBadRequest, Code: parseError, Message: "The body is not JSON."}
	}
	value := jsontext.Value(body)
	switch {
	case !value.IsValid():
		return m, &problem{Status: http.StatusBadRequest, Code: parseError, Message: "The body must be in UTF-8, with no member twice."}
	case value.Kind() == jsontext.KindBeginArray:
		return m, badRequest("Batches are not taken; send each message in a request of its own.")
	case value.Kind() != jsontext.KindBeginObject:
		return m, badRequest("The body must be a JSON-RPC message, an object.")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return m, badRequest("The body must be a JSON-RPC message, an object.")
	}
	if id, ok := members["id"]; ok {
		if !isID(id) {
			return m, badRequest("id must be a string or a whole number.")
		}
		m.id = id
	}
	if version, ok := textOf(members["jsonrpc"]); !ok || version != "2.0" {
		return m, badRequest(`jsonrpc must be "2.0".`)
	}
	var ok bool
	if m.method, ok = textOf(members["method"]); !ok || m.method == "" {
		return m, badRequest("method must be a string; answers are not taken, because nothing is asked.")
	}
	if raw, there := members["params"]; there {
		if m.params, ok = objectOf(raw); !ok {
			return m, badRequest("params must be an object.")
		}
	}
	return m, nil
}

func isID(raw json.RawMessage) bool {
	if _, ok := textOf(raw); ok {
		return len(raw) <= maxIDBytes
	}
	return wholeNumber.Match(raw)
}

// textOf is the string that a value is.
func textOf(raw json.RawMessage) (string, bool) {
	var s *string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// objectOf is the members of the object that a value is.
func objectOf(raw json.RawMessage) (params, bool) {
	var p params
	if len(raw) == 0 || json.Unmarshal(raw, &p) != nil || p == nil {
		return nil, false
	}
	return p, true
}
