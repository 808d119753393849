package client

import (
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

// An input is what a submission sends. One that can seek can be sent again.
type input struct {
	r     io.Reader
	seek  io.Seeker // nil: it can be sent once
	start int64     // where it begins
	size  int64     // in bytes, -1 if unknown
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
	if err != nil || end < start {
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
	if in.size < 0 || in.size >= expectBytes {
		req.Header.Set("Expect", "100-continue")
	}
	if in.seek == nil {
		return stream(req, in.r), nil
	}
	if _, err := in.seek.Seek(in.start, io.SeekStart); err != nil {
		return nil, fmt.Errorf("go back to the beginning of the input: %w", err)
	}
	b := &body{r: in.r}
	req.Body = b
	return b.takeBack, nil
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
