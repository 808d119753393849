package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"claimcheck/internal/fault"
)

// MaxRedirects is how many redirects the fetch of an input may follow.
const MaxRedirects = 3

// A Request is one call. The zero Redirects follows none: a redirect is an
// answer like any other.
type Request struct {
	Method    string
	URL       *url.URL // from CheckURL; it is checked again
	Header    http.Header
	Body      []byte
	From      func() (io.ReadCloser, error) // opens the body where that is not Body; nil: it is
	Length    int64                         // of what From opens, in bytes
	Redirects int                           // followed at most, each checked as the first address was; for GET only
	MaxBytes  int64                         // of the answer's body; reading more fails
	Timeout   time.Duration                 // of everything, the reading of the body included
	Traced    bool                          // where spans are made, the header is given the call's, in place of a traceparent that it has
}

// A Response is an answer. Its body must be closed. Reading it fails with
// TooLarge FILE_TOO_LARGE beyond MaxBytes and Timeout beyond the timeout.
type Response struct {
	Status int
	Header http.Header
	URL    *url.URL // where it came from
	Length int64    // of the body, -1 if the answer does not say
	Body   io.ReadCloser
}

// Do makes a call; every status is an answer. Failures: Invalid URL_NOT_ALLOWED for
// an address that is not reached from here, Invalid URL_FETCH_FAILED for one that
// redirects too often, Timeout URL_FETCH_FAILED, and Upstream URL_FETCH_FAILED for
// everything else that went wrong on the way. No message has an address in it;
// [Word] says in a word what it was.
func (f *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if !f.c.Trace.On() {
		return f.do(ctx, r)
	}
	return f.traced(ctx, r)
}

func (f *Client) do(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	at, header := r.URL, r.Header.Clone()
	for left := r.Redirects; ; left-- {
		res, err := f.once(ctx, r, at, header)
		if err != nil {
			err = public(ctx, err)
			cancel()
			return nil, err
		}
		next := redirect(res)
		if next == "" || r.Redirects == 0 {
			body := &limited{r: res.Body, left: r.MaxBytes, most: r.MaxBytes, ctx: ctx, cancel: cancel}
			return &Response{Status: res.StatusCode, Header: res.Header, URL: at, Length: res.ContentLength, Body: body}, nil
		}
		_ = res.Body.Close() // nothing of it is wanted
		if left == 0 {
			cancel()
			f := failed("redirects", "The address redirects more than %d times.", r.Redirects)
			f.Kind = fault.Invalid // it leads there the next time, too
			return nil, f
		}
		to, err := at.Parse(next)
		if err != nil {
			cancel()
			return nil, notAllowed("The address redirects to something that is not a URL.")
		}
		if to.Host != at.Host || to.Scheme != at.Scheme {
			header = http.Header{"User-Agent": header.Values("User-Agent")} // the rest was for the first host
		}
		at = to
	}
}

// once makes one request.
func (f *Client) once(ctx context.Context, r Request, at *url.URL, header http.Header) (*http.Response, error) {
	if why := oddText(at.String()); why != "" {
		return nil, notAllowed(why)
	}
	if err := f.check(at); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, at.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header.Clone()
	}
	if r.From != nil {
		if err := r.stream(req); err != nil {
			return nil, err
		}
	}
	if r.Method == http.MethodPut && at.Scheme == "http" {
		return f.listed.RoundTrip(req)
	}
	return f.transport.RoundTrip(req)
}

// stream makes what From opens the body of a request.
func (r *Request) stream(req *http.Request) (err error) {
	if r.Length == 0 { // else its length would not be sent
		req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, 0
		return nil
	}
	req.GetBody, req.ContentLength = r.From, r.Length
	req.Body, err = r.From()
	return err
}

// redirect returns where an answer leads, empty for nowhere.
func redirect(res *http.Response) string {
	follow := []int{
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	}
	if !slices.Contains(follow, res.StatusCode) {
		return ""
	}
	return res.Header.Get("Location")
}

// limited is a body of which at most so many bytes are read.
type limited struct {
	r          io.ReadCloser
	left, most int64
	ctx        context.Context //nolint:containedctx // it is the body's own, ended by Close
	cancel     context.CancelFunc
}

// Read fails with TooLarge FILE_TOO_LARGE where the body goes on beyond the
// limit, and with a fault fit for the client where it breaks off.
func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		n = int(l.left)
		l.left = 0
		return n, fault.New(fault.TooLarge, "FILE_TOO_LARGE", "The file is larger than %d bytes.", l.most).With("limit", l.most)
	}
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = public(l.ctx, err)
	}
	return n, err
}

// Close ends the call.
func (l *limited) Close() error {
	err := l.r.Close()
	l.cancel()
	return err
}

// failed is trouble on the way; word goes to the log of deliveries.
func failed(word, format string, args ...any) *fault.Error {
	return fault.New(fault.Upstream, "URL_FETCH_FAILED", format, args...).Because(wordError(word))
}

// A wordError is a failure in a word.
type wordError string

func (w wordError) Error() string { return string(w) }

// Word returns a failure of Do in a word without any address: not_allowed,
// timeout, lookup, tls, redirects, too_large, canceled or connection.
func Word(err error) string {
	if w, ok := errors.AsType[wordError](err); ok {
		return string(w)
	}
	switch fault.KindOf(err) {
	case fault.Invalid:
		return "not_allowed"
	case fault.Timeout:
		return "timeout"
	case fault.TooLarge:
		return "too_large"
	default:
		return "connection"
	}
}

// public turns what went wrong into what a client may read.
func public(ctx context.Context, err error) error {
	if e := fault.Of(err); e != nil {
		return e
	}
	if cause := ctx.Err(); errors.Is(cause, context.DeadlineExceeded) || timedOut(err) {
		return fault.New(fault.Timeout, "URL_FETCH_FAILED", "The address did not answer in time.").Because(err)
	} else if cause != nil {
		return failed("canceled", "The call was given up.")
	}
	if _, ok := errors.AsType[lookupError](err); ok {
		return failed("lookup", "The name of the host could not be looked up.")
	}
	if badCertificate(err) {
		return failed("tls", "The certificate of the host could not be verified.")
	}
	return failed("connection", "The connection to the host failed.")
}

func timedOut(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}

func badCertificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}
