package httpapi

import (
	"io"
	"net/http"
	"time"
)

// pacedPause is how long a client may pause between two parts of a long answer.
const pacedPause = 60 * time.Second

// A Paced writes a long answer of one call: it gives a slow client time for each
// part.
type Paced struct {
	http.ResponseWriter
	c       *Call
	rc      *http.ResponseController
	refused bool
	sent    int64 // bytes of the body
}

// Paced returns what a long answer is written with, that of [http.ServeContent] for
// instance; the header is the caller's to set.
func (c *Call) Paced() *Paced {
	return &Paced{ResponseWriter: c.w, c: c, rc: http.NewResponseController(c.w)}
}

// WriteHeader begins the answer, unless it is one that is refused.
func (p *Paced) WriteHeader(status int) {
	if p.refused = status == http.StatusRequestedRangeNotSatisfiable; !p.refused {
		p.c.status = status
		p.ResponseWriter.WriteHeader(status)
	}
}

// Refused reports whether a range was asked for that there is not: net/http has
// words of its own for it, of which nothing was sent; a failure comes instead.
func (p *Paced) Refused() bool { return p.refused }

// Write moves the deadline, then writes.
func (p *Paced) Write(b []byte) (int, error) {
	if p.refused {
		return len(b), nil
	}
	p.more()
	n, err := p.ResponseWriter.Write(b)
	p.sent += int64(n)
	return n, err
}

// pacedPart is how much is sent for each move of the deadline.
const pacedPart = 4 << 20

// ReadFrom sends files without copying them through memory.
func (p *Paced) ReadFrom(r io.Reader) (sent int64, err error) {
	for {
		p.more()
		n, err := io.Copy(p.ResponseWriter, io.LimitReader(r, pacedPart))
		sent += n
		p.sent += n
		if err != nil || n < pacedPart {
			return sent, err
		}
	}
}

func (p *Paced) more() {
	//nolint:errcheck // a connection without deadlines is a test's recorder
	p.rc.SetWriteDeadline(time.Now().Add(pacedPause))
}

// Unwrap lets http.ResponseController find the connection behind the writer, to
// set its deadlines.
func (p *Paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }
