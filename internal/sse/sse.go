// Package sse writes answers that are event streams (server-sent events, WHATWG
// HTML, section 9.2), and lets an answer that takes long become one. It knows
// nothing of jobs, and reads no streams.
package sse

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// writeTime is how long a client may take to read one event.
const writeTime = 30 * time.Second

// A Writer is a stream that has begun, for one goroutine at a time. Failures say
// that the client is gone.
type Writer struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// Begin begins an answer that is a stream.
func Begin(w http.ResponseWriter) *Writer {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx passes each event on at once
	w.WriteHeader(http.StatusOK)
	return &Writer{w: w, rc: http.NewResponseController(w)}
}

// Message sends a JSON message at once: one event of the name message, its data in
// one line, as MCP's transport has it (Streamable HTTP). It panics if it is not
// given JSON.
func (s *Writer) Message(message []byte) error {
	var b bytes.Buffer
	b.WriteString("event: message\ndata: ")
	if err := json.Compact(&b, message); err != nil { // tools may answer in several lines
		panic("sse: a message that is not JSON: " + err.Error())
	}
	b.WriteString("\n\n")
	return s.Flush(&b)
}

// Alive sends a sign of life, which is no event: a blank line would end one, and
// clients in wide use make an event of every block.
func (s *Writer) Alive() error { return s.Flush(bytes.NewBufferString(":\n")) }

// Flush sends what is in b as it is, and empties it.
func (s *Writer) Flush(b *bytes.Buffer) error {
	//nolint:errcheck // a connection without deadlines is a test's recorder
	s.rc.SetWriteDeadline(time.Now().Add(writeTime))
	if _, err := b.WriteTo(s.w); err != nil {
		return err
	}
	return s.rc.Flush()
}
