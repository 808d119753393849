package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// Codes of JSON-RPC errors that the relay itself answers. JSON-RPC 2.0, section
// 5.1; -32000 is what MCP's own programs say of a connection that is gone.
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeUnreached      = -32000
	codeHeaderMismatch = -32020 // the server's word for a header that does not fit the body
)

// Methods that the relay knows.
const (
	methodInitialize = "initialize"
	methodListen     = "subscriptions/listen"
	methodList       = "tools/list"
	methodCall       = "tools/call"
)

// A kind is what a message is in JSON-RPC.
type kind int

const (
	request kind = iota
	notification
	response
	batch // of revision 2025-03-26
)

// A message is what forwarding takes of one.
type message struct {
	text    []byte // as it came
	kind    kind
	id      json.RawMessage // of a request; nil if it has none that can be answered
	key     string          // stands for the id
	method  string
	cancels string // the key of the request that a notification cancels
	params  map[string]json.RawMessage
}

// members are those of a JSON object, by their exact names: to the server's
// standard library names in other cases are the same, to JSON they are not.
type members map[string]json.RawMessage

// parse reads a line. It fails if it is no JSON.
func parse(text []byte) (message, error) {
	m := message{text: text}
	if !json.Valid(text) {
		return m, whyInvalid(text)
	}
	if text[0] == '[' {
		m.kind, m.key = batch, "batch "+string(text)
		return m, nil
	}
	all := object(text)
	m.method = asText(all["method"])
	m.params = object(all["params"])
	id, hasID := all["id"]
	switch _, hasMethod := all["method"]; {
	case all == nil:
		m.kind = request // the server says what is wrong with it
	case !hasMethod && (all["result"] != nil || all["error"] != nil):
		m.kind = response
	case hasMethod && !hasID:
		m.kind = notification
		m.cancels = keyOf(m.params["requestId"])
	}
	if hasID && !bytes.Equal(id, []byte("null")) {
		m.id = id
	}
	if m.key = keyOf(m.id); m.key == "" {
		m.key = "none " + string(text)
	}
	return m, nil
}

// whyInvalid says where text stops to be JSON.
func whyInvalid(text []byte) error {
	err := json.Unmarshal(text, new(json.RawMessage))
	if err == nil {
		err = errors.New("it is cut off")
	}
	return err
}

// object returns the members of an object, nil if it is none.
func object(text json.RawMessage) members {
	var all members
	if json.Unmarshal(text, &all) != nil {
		return nil
	}
	return all
}

// asText returns a string, empty if it is none.
func asText(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// keyOf returns what stands for an id: equal for equal ids, however written;
// empty if there is none.
func keyOf(id json.RawMessage) string {
	if len(id) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(id, &s) == nil && id[0] == '"' {
		return "text " + s
	}
	return "other " + string(id)
}

// trimSpace removes the white space of JSON around a line.
func trimSpace(text []byte) []byte { return bytes.Trim(text, " \t\r\n") }

// modern returns the revision that a message of the stateless era names, empty
// for one of the older era.
func (m *message) modern() string {
	return asText(object(m.params["_meta"])["io.modelcontextprotocol/protocolVersion"])
}

// name returns what the header Mcp-Name is to say of a message: the tool, the
// prompt, the resource or the task that it is about.
func (m *message) name() (name string, ok bool) {
	member := ""
	switch {
	case m.method == methodCall || m.method == "prompts/get":
		member = "name"
	case m.method == "resources/read":
		member = "uri"
	case strings.HasPrefix(m.method, "tasks/"):
		member = "taskId"
	}
	raw, ok := m.params[member]
	if !ok || json.Unmarshal(raw, &name) != nil {
		return "", false
	}
	return name, true
}
