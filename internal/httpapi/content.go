package httpapi

import (
	"errors"
	"io"
	"net/http"

	"claimcheck/internal/coding"
	"claimcheck/internal/fault"
)

// A content is a request's body as its sender meant it: without its content
// codings and within a limit. It is read by one goroutine.
type content struct {
	r      io.Reader
	coded  *coding.Reader // nil without a coding
	length int64          // in bytes; -1 if only reading tells
	over   error          // the failure of a body beyond the limit
	err    error          // why reading failed
}

// content begins to read the body, of at most so many bytes (0: of any number);
// beyond them the failure is over, at once where the length is announced.
// Other failures: Unsupported UNSUPPORTED_ENCODING.
func (c *call) content(most int64, over error) (*content, error) {
	names, err := coding.Names(c.r.Header["Content-Encoding"])
	if unknown, ok := errors.AsType[*coding.UnknownError](err); ok {
		return nil, fault.New(fault.Unsupported, codeUnsupportedEncoding,
			"The content encoding %s is not supported; use %s, or none.", printable(unknown.Name), coding.Accepted).With("encoding", printable(unknown.Name))
	}
	b := &content{length: c.r.ContentLength, over: over, r: http.NoBody}
	if c.body != nil {
		b.r = c.body
	}
	longest := most
	if len(names) > 0 {
		b.coded = coding.NewReader(b.r, names)
		b.r, b.length, longest = b.coded, -1, coding.Longest(most)
	}
	if most > 0 {
		if c.r.ContentLength > longest {
			return nil, over
		}
		b.r = http.MaxBytesReader(nil, io.NopCloser(b.r), most)
	}
	return b, nil
}

const codeUnsupportedEncoding = "UNSUPPORTED_ENCODING"

// Read reads from the body and keeps the failure, for which failure has the words.
func (b *content) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// Close frees what decoding needed.
func (b *content) Close() {
	if b.coded != nil {
		_ = b.coded.Close() // it never fails
	}
}

// failure is what the client is told of why reading failed, nil if it did not.
// A body that did not arrive whole is most likely of a client that is gone.
func (b *content) failure() error {
	if b.err == nil {
		return nil
	}
	if _, over := errors.AsType[*http.MaxBytesError](b.err); over {
		return b.over
	}
	if broken, ok := errors.AsType[*coding.BrokenError](b.err); ok {
		return fault.New(fault.Invalid, codeInvalidRequest, "The body is not valid %s, which its Content-Encoding says it is.", broken.Name).Because(b.err)
	}
	return fault.New(fault.Invalid, codeInvalidRequest, "The body did not arrive completely; send it again.").Because(b.err)
}

const codeInvalidRequest = "INVALID_REQUEST"

// whole reads a body of at most so many bytes.
func (c *call) whole(most int64, over error) ([]byte, error) {
	from, err := c.content(most, over)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	b, err := io.ReadAll(from)
	if err != nil {
		return nil, from.failure()
	}
	return b, nil
}

// bodyTooLarge refuses a body that is no input.
func bodyTooLarge(most int64) error {
	return fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The body is larger than %d bytes.", most).With("limit", most)
}
