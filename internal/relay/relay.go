// Package relay is an MCP server on standard input and output that forwards each
// message to an MCP server on HTTP, and hands back what that answers: for
// programs that start their servers themselves. It speaks both eras: revision
// 2026-07-28, whose headers it makes from the messages, and the older ones. It
// reads of a message what forwarding takes and judges nothing; what is wrong with
// one the server says.
//
// One message is one line (revision 2026-07-28, basic/transports/stdio).
package relay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Limits of a relay.
const (
	MaxMessageBytes = 64 << 20 // of a message, in either direction
	MaxInFlight     = 128      // requests, subscriptions included
	lastWait        = time.Minute
)

// Settings say whose server is called, and how.
type Settings struct {
	URL  string       // of the server's MCP endpoint
	Key  string       // sent as x-api-key
	HTTP *http.Client // makes the requests; it has no timeout, and redirects must not be followed, for they would get the key
	Log  *slog.Logger
}

// Run forwards what it reads from in until there is no more, then waits for the
// answers that are under way, a minute at most, and returns nil; subscriptions
// end at once. When ctx ends so does everything, and the result is nil too; a
// read of in that is under way is then left behind. It fails when out cannot be
// written or in not be read.
//
// Requests are forwarded side by side, answers are written as they come.
func Run(ctx context.Context, s Settings, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &relay{Settings: s, out: &output{w: out, broken: stop}, calls: map[string]*call{}}
	lines := make(chan line)
	go read(ctx, in, lines)
	err := r.serve(ctx, lines)
	r.end(stop)
	if broken := r.out.fault(); broken != nil {
		return broken
	}
	return err
}

type relay struct {
	Settings

	out     *output
	version negotiated
	params  params
	pending sync.WaitGroup

	mu    sync.Mutex // guards what follows
	calls map[string]*call
}

// A call is a request that waits for its answer.
type call struct {
	message

	cancel context.CancelFunc // the client no longer waits
}

// serve takes lines until there are no more or ctx ends.
func (r *relay) serve(ctx context.Context, lines <-chan line) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case l, ok := <-lines:
			switch {
			case !ok:
				return nil
			case errors.Is(l.err, errTooLong):
				r.out.fail(nil, &rpcError{Code: codeInvalidRequest, Message: l.err.Error()})
			case l.err != nil:
				return fmt.Errorf("read standard input: %w", l.err)
			default:
				r.take(ctx, l.text)
			}
		}
	}
}

// take deals with one line. It does not wait for an answer.
func (r *relay) take(ctx context.Context, text []byte) {
	m, err := parse(text)
	switch {
	case err != nil:
		r.out.fail(nil, &rpcError{Code: codeParse, Message: "the line is no JSON: " + err.Error()})
	case m.kind == notification && m.method == "notifications/cancelled":
		r.cancel(m.cancels)
	case m.kind == response:
		r.Log.WarnContext(ctx, "an answer to nothing that was asked is dropped")
	case m.kind == notification:
		r.pending.Go(func() { r.notify(ctx, m) })
	default:
		r.begin(ctx, m)
	}
}

// begin forwards a request, or a batch.
func (r *relay) begin(ctx context.Context, m message) {
	ctx, cancel := context.WithCancel(ctx)
	c := &call{message: m, cancel: cancel}
	r.mu.Lock()
	_, twice := r.calls[m.key]
	full := len(r.calls) >= MaxInFlight
	if !twice && !full {
		r.calls[m.key] = c
	}
	r.mu.Unlock()
	switch {
	case twice:
		cancel()
		r.out.fail(m.id, &rpcError{Code: codeInvalidRequest, Message: "another request of this id waits for its answer: give each an id of its own"})
	case full:
		cancel()
		r.out.fail(m.id, &rpcError{Code: codeUnreached, Message: fmt.Sprintf("%d requests wait for their answers already: wait for one of them", MaxInFlight)})
	default:
		r.pending.Go(func() {
			defer cancel()
			defer r.forget(c)
			r.forward(ctx, c)
		})
	}
}

// forget frees a request's id. It is called before the answer is written, for the
// client may use the id again as soon as it has read that.
func (r *relay) forget(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls[c.key] == c {
		delete(r.calls, c.key)
	}
}

// cancel stops waiting for the answer to a request: nothing more is said of it.
// What it has set off at the server goes on.
func (r *relay) cancel(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.calls[key]; ok {
		c.cancel()
	}
}

// end waits for what is under way, but for subscriptions, which have no end.
func (r *relay) end(stop context.CancelCauseFunc) {
	r.mu.Lock()
	for _, c := range r.calls {
		if c.method == methodListen {
			c.cancel()
		}
	}
	r.mu.Unlock()
	timer := time.AfterFunc(lastWait, func() { stop(nil) })
	defer timer.Stop()
	r.pending.Wait()
}

// A line is one of the input, or why there are no more.
type line struct {
	text []byte
	err  error
}

var errTooLong = fmt.Errorf("the message is longer than %d bytes: hand the input in as a file or by its address", MaxMessageBytes)

// read sends what lines there are. Empty ones are none.
func read(ctx context.Context, in io.Reader, lines chan<- line) {
	defer close(lines)
	b := bufio.NewReaderSize(in, 64<<10)
	for {
		text, err := readLine(b)
		l := line{text, err}
		if errors.Is(err, io.EOF) {
			l.err = nil
		}
		if len(text) > 0 || l.err != nil {
			select {
			case lines <- l:
			case <-ctx.Done():
				return
			}
		}
		if err != nil && !errors.Is(err, errTooLong) {
			return
		}
	}
}

// readLine reads a line without its end and the white space around it. One that
// is too long is read to its end and forgotten.
func readLine(b *bufio.Reader) (text []byte, err error) {
	tooLong := false
	for {
		part, err := b.ReadSlice('\n')
		if tooLong = tooLong || len(text)+len(part) > MaxMessageBytes; tooLong {
			text = nil
		} else {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil && tooLong:
			return nil, errTooLong
		default:
			return trimSpace(text), err
		}
	}
}
