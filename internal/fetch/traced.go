package fetch

import (
	"context"
	"errors"
	"io"

	"claimcheck/internal/trace"
)

// traced makes a call that has a span, from its beginning to the end of its
// answer's body.
func (f *Client) traced(ctx context.Context, r Request) (*Response, error) {
	ctx, span := f.c.Trace.Call(ctx, r.Method, r.URL)
	if r.Traced {
		r.Header = r.Header.Clone()
		f.c.Trace.Pass(span, r.Header)
	}
	res, err := f.do(ctx, r)
	if err != nil {
		span.End(err)
		return nil, err
	}
	span.Status(res.Status)
	res.Body = &spanned{ReadCloser: res.Body, span: span}
	return res, nil
}

// spanned is a body with the span of its call.
type spanned struct {
	io.ReadCloser

	span *trace.Span
	err  error // of reading
}

// Read reads on.
func (s *spanned) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// Close ends the call and its span.
func (s *spanned) Close() error {
	s.span.End(s.err)
	return s.ReadCloser.Close()
}
