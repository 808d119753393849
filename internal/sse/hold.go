package sse

import (
	"bytes"
	"maps"
	"net/http"
	"time"
)

// A Hold is an answer that may take long. Until it is there the client is told, now
// and then, that the work goes on; if that was never necessary, the answer is an
// ordinary one, else the last message of a stream. The work writes to it as to any
// [http.ResponseWriter]; End and Send must follow.
type Hold struct {
	header http.Header
	status int
	body   bytes.Buffer

	w     http.ResponseWriter // the client's, to which nobody else writes until End
	every time.Duration
	beat  func() []byte
	stop  chan struct{}
	done  chan struct{} // closed after the last beat

	stream *Writer // nil before the first beat; read after End
	gone   bool    // the client is; as above
	told   bool    // the last message was sent
	broken any     // what a beat panicked with; as above
}

// NewHold begins to tell the client of w: each time that every has passed it is sent
// the message that beat makes, or a sign of life where that is nil. beat runs beside
// the work, and never after End.
func NewHold(w http.ResponseWriter, every time.Duration, beat func() []byte) *Hold {
	h := &Hold{header: w.Header().Clone(), w: w, every: every, beat: beat, stop: make(chan struct{}), done: make(chan struct{})}
	go h.run()
	return h
}

// Header is the answer's.
func (h *Hold) Header() http.Header { return h.header }

// WriteHeader notes the status.
func (h *Hold) WriteHeader(status int) { h.status = status }

// Write keeps a part of the body, which must be JSON.
func (h *Hold) Write(b []byte) (int, error) { return h.body.Write(b) }

func (h *Hold) run() {
	defer close(h.done)
	defer func() { h.broken = recover() }()
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	for !h.gone {
		select {
		case <-h.stop:
			return
		case <-tick.C:
			h.gone = h.once() != nil
		}
	}
}

// once is one beat.
func (h *Hold) once() error {
	message := h.beat()
	if h.stream == nil {
		h.stream = Begin(h.w)
	}
	if message == nil {
		return h.stream.Alive()
	}
	return h.stream.Message(message)
}

// End waits for the last beat, and reports whether the stream has begun and what a
// beat panicked with, nil if none did. It may be called again.
func (h *Hold) End() (began bool, broken any) {
	select {
	case <-h.stop:
	default:
		close(h.stop)
	}
	<-h.done
	return h.stream != nil, h.broken
}

// Last sends the answer as the last message of the stream, if it has begun. It
// returns what is to be answered otherwise, the header being set.
func (h *Hold) Last() (status int, body []byte, ordinary bool) {
	began, _ := h.End()
	if !began {
		clear(h.w.Header())
		maps.Copy(h.w.Header(), h.header)
		return h.status, h.body.Bytes(), true
	}
	if !h.gone && h.body.Len() > 0 {
		h.told = h.stream.Message(h.body.Bytes()) == nil
	}
	return 0, nil, false
}

// Told reports whether Last has sent the answer, as a message of the stream.
func (h *Hold) Told() bool { return h.told }
