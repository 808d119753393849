package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// expectBytes is from which size on the server is asked before the input is
// sent, so that a refusal costs no transfer.
const expectBytes = 64 << 10

// An input is what a request sends. One that can seek can be sent again.
type input struct {
	r     io.Reader
	seek  io.Seeker // nil: it can be sent once
	start int64     // where it begins
	size  int64     // in bytes, -1 if unknown

	head, tail []byte // sent before and after it
	progress   func(done, total int64)
}

// newInput takes r from where it stands.
func newInput(r io.Reader) *input {
	in := &input{r: r, size: -1}
	s, ok := r.(io.Seeker)
	if !ok {
		return in
	}
	start, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return in // a pipe, for instance
	}
	end, err := s.Seek(0, io.SeekEnd)
	if _, backErr := s.Seek(start, io.SeekStart); err != nil || backErr != nil || end < start {
		return in
	}
	in.seek, in.start, in.size = s, start, end-start
	return in
}

// again reports whether a request with this input can be made again.
func (in *input) again() bool { return in == nil || in.seek != nil }

// lend makes the input the body of a request. The returned function takes it
// back: the transport may otherwise read on after the answer has come.
func (in *input) lend(req *http.Request) (takeBack func(), err error) {
	req.ContentLength = in.size
	if in.size >= 0 {
		req.ContentLength += int64(len(in.head) + len(in.tail))
	}
	if in.size < 0 || in.size >= expectBytes {
		req.Header.Set("Expect", "100-continue")
	}
	if in.seek == nil {
		return stream(req, in.whole()), nil
	}
	if _, err := in.seek.Seek(in.start, io.SeekStart); err != nil {
		return nil, fmt.Errorf("go back to the beginning of the input: %w", err)
	}
	b := &body{r: in.whole()}
	req.Body = b
	return b.takeBack, nil
}

// whole is the input with what comes before and after it.
func (in *input) whole() io.Reader {
	r := in.r
	if in.progress != nil {
		r = &counted{r: r, total: in.size, tell: in.progress}
	}
	if in.head == nil && in.tail == nil {
		return r
	}
	return io.MultiReader(bytes.NewReader(in.head), r, bytes.NewReader(in.tail))
}

// counted tells how much was read.
type counted struct {
	r           io.Reader
	done, total int64
	tell        func(done, total int64)
}

// Read reads on.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.done += int64(n)
		c.tell(c.done, c.total)
	}
	return n, err
}

// stream makes the body of a reader that may block for ever. net/http waits for
// a Read in progress also when the request is canceled, therefore it reads from
// a pipe, which can be closed. Its writer ends as soon as r lets it; nobody
// can wait for that.
func stream(req *http.Request, r io.Reader) (takeBack func()) {
	from, to := io.Pipe()
	req.Body = from
	end := func(cause error) { _ = from.CloseWithError(cause) } // it never fails
	stop := context.AfterFunc(req.Context(), func() { end(context.Cause(req.Context())) })
	go func() {
		_, err := io.Copy(to, r)
		_ = to.CloseWithError(err) // it never fails
	}()
	return func() {
		stop()
		end(errTakenBack)
	}
}

// A body is an input on loan that does not block.
type body struct {
	mu sync.Mutex // guards the field below
	r  io.Reader  // nil once it was taken back
}

var errTakenBack = errors.New("the request is over")

// Read reads from the input.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.r == nil {
		return 0, errTakenBack
	}
	return b.r.Read(p)
}

// Close does nothing: the input is the caller's.
func (b *body) Close() error { return nil }

// takeBack waits for a Read in progress.
func (b *body) takeBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.r = nil
}
