package relay

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// output writes messages, each a line of its own. It is safe for concurrent use.
type output struct {
	w      io.Writer
	broken func(cause error) // called when nothing more can be written

	mu  sync.Mutex // guards what follows, and w
	err error
}

// send writes a message, which has no line break in it.
func (o *output) send(message []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return
	}
	if _, err := o.w.Write(append(message, '\n')); err != nil {
		o.err = fmt.Errorf("write standard output: %w", err)
		o.broken(o.err)
	}
}

// fault returns why nothing more could be written.
func (o *output) fault() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// null is the id of what has none.
var null = json.RawMessage("null")

// fail answers a request with an error.
func (o *output) fail(id json.RawMessage, e *rpcError) {
	if id == nil {
		id = null
	}
	text, err := json.Marshal(e)
	if err == nil {
		o.send(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":%s}`, id, text))
	}
}

// An rpcError is an error that the relay answers itself.
type rpcError struct {
	Code    int         `json:"code"`
	Message string      `json:"message"`
	Data    *errorWords `json:"data,omitempty"`
}

// Error is the message.
func (e *rpcError) Error() string { return e.Message }

// errorWords are the server's own for what it refused, where it said any.
type errorWords struct {
	Status     int    `json:"status,omitempty"` // of HTTP
	Code       string `json:"code,omitempty"`
	RetryAfter int64  `json:"retry_after,omitempty"` // seconds
}
