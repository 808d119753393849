package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// How slowly a body may arrive: in each bodyWindow that is waited for it,
// bodyLeast bytes or all that is left. There is no limit for the whole.
const (
	bodyWindow = 20 * time.Second
	bodyLeast  = 10 << 10
)

// What is read of a body after its request was answered, and thrown away. A
// client that writes its whole body before it reads would otherwise see a
// connection that is cut off and not the answer; proxies make a 502 or 503 of it.
const (
	discardWindow = 5 * time.Second // without progress
	discardTime   = 2 * time.Minute
	discardBytes  = 256 << 20

	// A client that waits for "100 Continue" sends nothing once it has the answer.
	unaskedTime  = 5 * time.Second
	unaskedBytes = 8 << 20
)

// What is read before the answer to a request that went well, so that its
// connection can be kept, of a body that nobody needed or asked for.
const (
	settleTime  = 100 * time.Millisecond
	settleBytes = 64 << 10
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// A body is a request's body as it arrives from the client. Deadlines are the
// connection's, so they follow the real clock.
type body struct {
	from     io.Reader
	rc       *http.ResponseController
	pace     pace
	streams  bool // HTTP/2 or later: the answer can end the request
	expects  bool // the client waits for "100 Continue"
	begun    bool // it was read from, so that the client was told to send
	ended    bool // all of it was read
	answered bool // a whole answer is with the client

	mu   sync.Mutex // guards the fields below
	cut  bool       // what is read ends at once
	over bool       // the answer begins: nothing is cut any more
}

func newBody(w http.ResponseWriter, r *http.Request) *body {
	return &body{
		from: r.Body, rc: http.NewResponseController(w), pace: pace{window: bodyWindow, least: bodyLeast},
		streams: r.ProtoMajor > 1, expects: strings.EqualFold(r.Header.Get("Expect"), "100-continue"),
	}
}

// A pace is how slowly bytes may arrive: so many in each window of waiting.
type pace struct {
	window time.Duration
	least  int64
	until  time.Time // the end of all; zero for none

	waited time.Duration // of this window
	got    int64         // bytes of this window
}

// deadline is when a read that begins now has to be over.
func (p *pace) deadline(now time.Time) time.Time {
	at := now.Add(p.window - p.waited)
	if !p.until.IsZero() && p.until.Before(at) {
		return p.until
	}
	return at
}

// took counts a read. Enough bytes begin a new window.
func (p *pace) took(waited time.Duration, n int) {
	p.waited += waited
	if p.got += int64(n); p.got >= p.least {
		p.waited, p.got = 0, 0
	}
}

// Read reads from the connection, its deadline moved first.
func (b *body) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	b.begun = true
	began := time.Now()
	//nolint:errcheck // a connection without deadlines is a test's recorder
	b.rc.SetReadDeadline(b.pace.deadline(began))
	n, err := b.from.Read(p)
	b.pace.took(time.Since(began), n)
	if errors.Is(err, io.EOF) {
		b.ended = true
		//nolint:errcheck // as above; the answer may take longer than the body
		b.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}

// EndBody ends what is read of the request's body now: a read that waits fails, and
// one that begins later waits as always, so that it may have to be called again. It
// reports whether that may be of use: not when the answer has begun. The answer is the
// connection's last. It may be called by any goroutine.
func (c *Call) EndBody() bool {
	b := c.body
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return false
	}
	b.cut = true
	return b.rc.SetReadDeadline(longAgo) == nil
}

// begins is called when the answer does. It reports whether the body was cut: net/http,
// which reads on when a body has ended, then holds the client for gone, also in the
// requests that come after.
func (b *body) begins() (wasCut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	return b.cut
}

// rest reports whether an answer of this status, which is about to be sent, is the
// connection's last: there is more of the body, or it was cut.
func (b *body) rest(status int) bool {
	switch {
	case b == nil:
		return false
	case b.begins():
		return true
	case b.ended:
		return false
	}
	if status < http.StatusBadRequest && (b.begun || !b.expects) {
		b.pace = pace{window: settleTime, least: settleBytes, until: time.Now().Add(settleTime)}
		//nolint:errcheck // whether its end came is all that counts
		io.CopyN(io.Discard, b, settleBytes)
	}
	return !b.ended
}

// discard reads what is left of the body, if the answer was sent before its
// end. The connection ends with it.
func (b *body) discard(stopping context.Context) {
	if b.ended || b.streams {
		return
	}
	//nolint:errcheck // net/http looks for the body's end, too: it must not wait
	defer func() { b.rc.SetReadDeadline(longAgo) }()
	if !b.answered { // a stream that was cut off, or is as long as its connection
		return
	}
	most, atMost := int64(discardBytes), discardTime
	if b.expects && !b.begun {
		most, atMost = unaskedBytes, unaskedTime
	}
	b.pace = pace{window: discardWindow, least: bodyLeast, until: time.Now().Add(atMost)}
	//nolint:errcheck // as above
	defer context.AfterFunc(stopping, func() { b.rc.SetReadDeadline(longAgo) })()
	const piece = 1 << 20
	for read := int64(0); read < most && stopping.Err() == nil; read += piece {
		if _, err := io.CopyN(io.Discard, b, piece); err != nil {
			return
		}
	}
}
