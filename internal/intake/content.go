package intake

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"claimcheck/internal/coding"
	"claimcheck/internal/fault"
)

// Codes of failures of a request's form.
const (
	CodeInvalidRequest      = "INVALID_REQUEST"
	CodeUnsupportedEncoding = "UNSUPPORTED_ENCODING"
)

// A Body is bytes as a client sends them.
type Body struct {
	From    io.Reader
	Length  int64    // in bytes; -1 if only reading tells
	Codings []string // the lines of Content-Encoding
	Type    string   // Content-Type, as it was sent; or empty
	Wrapped bool     // it may be {"content":"the text that is meant"}
}

// A Content is a body as its sender meant it: without its content codings and
// within a limit. It is read by one goroutine.
type Content struct {
	r      io.Reader
	coded  *coding.Reader // nil without a coding
	length int64          // in bytes; -1 if only reading tells
	over   error          // the failure of a body beyond the limit
	err    error          // why reading failed
}

// Open begins to read the body, of at most so many bytes (0: of any number);
// beyond them the failure is over, at once where the length is announced.
// Other failures: Unsupported UNSUPPORTED_ENCODING.
func (b Body) Open(most int64, over error) (*Content, error) {
	names, err := coding.Names(b.Codings)
	if unknown, ok := errors.AsType[*coding.UnknownError](err); ok {
		name := Printable(unknown.Name)
		return nil, fault.New(fault.Unsupported, CodeUnsupportedEncoding,
			"The content encoding %s is not supported; use %s, or none.", name, coding.Accepted).With("encoding", name)
	}
	c := &Content{length: b.Length, over: over, r: b.From}
	longest := most
	if len(names) > 0 {
		c.coded = coding.NewReader(c.r, names)
		c.r, c.length, longest = c.coded, -1, coding.Longest(most)
	}
	if most > 0 {
		if b.Length > longest {
			return nil, over
		}
		c.r = http.MaxBytesReader(nil, io.NopCloser(c.r), most)
	}
	return c, nil
}

// Read reads from the body and keeps the failure, for which Failure has the
// words.
func (c *Content) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// Close frees what decoding needed.
func (c *Content) Close() {
	if c.coded != nil {
		_ = c.coded.Close() // it never fails
	}
}

// Failure is what the client is told of why reading failed, nil if it did not.
// A body that did not arrive whole is most likely of a client that is gone.
func (c *Content) Failure() error {
	if c.err == nil {
		return nil
	}
	if _, over := errors.AsType[*http.MaxBytesError](c.err); over {
		return c.over
	}
	if broken, ok := errors.AsType[*coding.BrokenError](c.err); ok {
		return fault.New(fault.Invalid, CodeInvalidRequest, "The body is not valid %s, which its Content-Encoding says it is.", broken.Name).Because(c.err)
	}
	return fault.New(fault.Invalid, CodeInvalidRequest, "The body did not arrive completely; send it again.").Because(c.err)
}

// Whole reads a body of at most so many bytes that is no input.
func (b Body) Whole(most int64) ([]byte, error) {
	if b.Length >= 0 && b.Length <= min(most, shortBytes) && len(b.Codings) == 0 {
		return b.short()
	}
	c, err := b.Open(most, fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The body is larger than %d bytes.", most).With("limit", most))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	text, err := io.ReadAll(c)
	if err != nil {
		return nil, c.Failure()
	}
	return text, nil
}

// shortBytes is up to which announced length there is room for a body before any of
// it has come.
const shortBytes = 4 << 10

// short reads a body of a length that is announced, into one piece of memory.
func (b Body) short() ([]byte, error) {
	text := make([]byte, 0, b.Length+1) // so that there is room when its end is told apart
	for len(text) < cap(text) {
		n, err := b.From.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return nil, (&Content{err: err}).Failure()
		}
	}
	return nil, fault.New(fault.Invalid, CodeInvalidRequest, "The body is longer than its Content-Length says.")
}

// Printable keeps a client's own words from breaking a message.
func Printable(s string) string {
	const most = 20
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, s)
	return s[:min(len(s), most)]
}
