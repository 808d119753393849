package mcp

import (
	"encoding/json"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
)

// An envelope is what a message consists of, before it is judged: pieces of the
// body, nil for what is not there.
type envelope struct {
	id, version, method, params json.RawMessage
	members                     params // of params; nil if that is no object
	says                        claims
}

// Levels of a message of which something is kept: each is an object within the one
// before.
const (
	levelMessage = iota
	levelParams
	levelMeta
	levelCapabilities
	levelExtensions
)

// within names the member of each level that is the next one.
var within = [...]string{levelMessage: "params", levelParams: "_meta", levelMeta: metaCapabilities, levelCapabilities: "extensions"}

// open reads a message's body in one pass.
func open(body []byte) (envelope, *problem) {
	var e envelope
	r := newReader(body)
	defer r.done()
	kind := r.d.PeekKind()
	var err error
	if kind == jsontext.KindBeginObject {
		_, err = e.read(r, 0)
	} else {
		_, err = r.value()
	}
	switch {
	case err != nil || !r.end():
		if json.Valid(body) {
			return e, &problem{Status: http.StatusBadRequest, Code: parseError, Message: "The body must be in UTF-8, with no member twice."}
		}
		return e, &problem{Status: http.StatusBadRequest, Code: parseError, Message: "The body is not JSON."}
	case kind == jsontext.KindBeginArray:
		return e, badRequest("Batches are not taken; send each message in a request of its own.")
	case kind != jsontext.KindBeginObject:
		return e, badRequest("The body must be a JSON-RPC message, an object.")
	}
	return e, nil
}

// read reads the object of a level, and those within.
func (e *envelope) read(r *reader, level int) (json.RawMessage, error) {
	if level == levelParams {
		e.members = make(params)
	}
	return r.members(func(name []byte) (err error) {
		var value json.RawMessage
		if level < len(within) && string(name) == within[level] && r.object() {
			value, err = e.read(r, level+1)
		} else {
			value, err = r.value()
		}
		if err == nil {
			e.keep(level, name, value)
		}
		return err
	})
}

// keep keeps a member of a level.
func (e *envelope) keep(level int, name []byte, value json.RawMessage) {
	switch level {
	case levelMessage:
		switch string(name) {
		case "id":
			e.id = value
		case "jsonrpc":
			e.version = value
		case "method":
			e.method = value
		case "params":
			e.params = value
		}
	case levelParams:
		e.members[string(name)] = value
	case levelMeta:
		switch string(name) {
		case metaVersion:
			e.says.version = value
		case metaCapabilities:
			e.says.capabilities = value
		case metaClient:
			e.says.client = value
		}
	case levelExtensions:
		if string(name) == tasksExtension {
			e.says.tasks = isObject(value)
		}
	}
}
