package attempt

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"claimcheck/internal/coding"
	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
	"claimcheck/internal/media"
	"claimcheck/internal/tool"
)

// Fetcher makes guarded calls; *fetch.Client is one.
type Fetcher interface {
	// CheckURL reads an address as far as its text goes.
	CheckURL(text string) (*url.URL, error)
	// Do makes a call; see fetch.Client.Do.
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

const (
	fetchPause = 60 * time.Second // until the answer begins, and between two parts of it
	fetchTime  = 24 * time.Hour   // the attempt ends long before
	anySize    = 1 << 62
)

// fetch begins to fetch an input at a URL: reading it goes on fetching, so that
// the tool works while the rest arrives.
func (o *Inputs) fetch(ctx context.Context, address string, extensions []string, most int64) (Input, error) {
	at, err := o.Fetch.CheckURL(address)
	if err != nil {
		return Input{}, err
	}
	if most <= 0 {
		most = anySize
	}
	p := newPatience(ctx)
	p.begin()
	res, err := o.Fetch.Do(p.ctx, fetch.Request{
		Method: http.MethodGet, URL: at, Redirects: fetch.MaxRedirects, MaxBytes: coding.Longest(most), Timeout: fetchTime,
		Header: http.Header{"User-Agent": {"claimcheck"}, "Accept": {"*/*"}},
	})
	err = p.end(err)
	if err == nil {
		if err = o.judge(res, extensions, most); err != nil {
			_ = res.Body.Close() // nothing of it is wanted
		}
	}
	if err != nil {
		p.stop()
		return Input{}, err
	}
	in, size := decoded(res, &fetched{body: res.Body, patience: p}, most)
	return Input{in, size, media.InputType(res.Header.Get("Content-Type"))}, nil
}

// judge refuses answers that are not the file. Those that may be it later say
// when to come again.
func (o *Inputs) judge(res *fetch.Response, extensions []string, most int64) error {
	switch {
	case tool.Passing(res.Status):
		return refusedFetch(fault.Upstream, res.Status).After(fetch.RetryAfter(res.Header, o.now()))
	case res.Status != http.StatusOK:
		return refusedFetch(fault.Invalid, res.Status)
	case !codingsKnown(res):
		return fault.New(fault.Invalid, "URL_FETCH_FAILED", "The address answers in an encoding that is not known here.")
	case !media.MayBe(res.Header.Get("Content-Type"), extensions):
		return fault.New(fault.Invalid, "URL_FETCH_FAILED", "The address answers with a media type that is not of this tool's files.")
	case lengthOf(res) > coding.Longest(most), len(codingsOf(res)) == 0 && lengthOf(res) > most:
		return fetchTooLarge(most)
	}
	return nil
}

func fetchTooLarge(most int64) error {
	return fault.New(fault.TooLarge, "FILE_TOO_LARGE", "The file is larger than %d bytes.", most).With("limit", most)
}

func codingsKnown(res *fetch.Response) bool {
	_, err := coding.Names(res.Header.Values("Content-Encoding"))
	return err == nil
}

// codingsOf returns the content codings of an answer, which judge found known.
// None is asked for; some servers send one all the same.
func codingsOf(res *fetch.Response) []string {
	names, err := coding.Names(res.Header.Values("Content-Encoding"))
	if err != nil {
		return nil
	}
	return names
}

// decoded is what an answer's body means, at most so many bytes of it, and its
// size, -1 if unknown.
func decoded(res *fetch.Response, body *fetched, most int64) (io.ReadCloser, int64) {
	names := codingsOf(res)
	if len(names) == 0 {
		return &plain{r: body, raw: body, left: most, most: most}, lengthOf(res)
	}
	d := coding.NewReader(body, names)
	return &plain{r: d, decoder: d, raw: body, left: most, most: most}, -1
}

// plain is the body of an answer without its codings. Its limit is on what was
// decoded.
type plain struct {
	r          io.Reader
	decoder    io.Closer // or nil
	raw        *fetched
	left, most int64
}

// Read implements [io.Reader]. Where more than the limit was decoded it fails with
// TooLarge FILE_TOO_LARGE, where the coding is broken with Upstream
// URL_FETCH_FAILED.
func (p *plain) Read(b []byte) (int, error) {
	if int64(len(b)) > p.left+1 {
		b = b[:p.left+1]
	}
	n, err := p.r.Read(b)
	if int64(n) > p.left || fault.Is(err, fault.TooLarge) {
		n = int(min(int64(n), p.left))
		p.left = 0
		return n, fetchTooLarge(p.most)
	}
	p.left -= int64(n)
	if _, broken := errors.AsType[*coding.BrokenError](err); broken { // or cut off, which cannot always be told
		err = fault.New(fault.Upstream, "URL_FETCH_FAILED", "The address's answer is not what its Content-Encoding says.").Because(err)
	}
	return n, err
}

// Close ends the fetch.
func (p *plain) Close() error {
	if p.decoder != nil {
		_ = p.decoder.Close() // it never fails
	}
	return p.raw.Close()
}

func (o *Inputs) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func refusedFetch(kind fault.Kind, status int) *fault.Error {
	return fault.New(kind, "URL_FETCH_FAILED", "The address answered with status %d.", status).With("upstream_status", status)
}

// lengthOf is how long the answer says it is, -1 if it does not.
func lengthOf(res *fetch.Response) int64 {
	if res.Length < 0 {
		return -1
	}
	return res.Length
}

// A patience ends a call whose other side is silent for too long.
type patience struct {
	ctx    context.Context //nolint:containedctx // it is the call's own, ended by stop
	stop   context.CancelFunc
	timer  *time.Timer
	silent atomic.Bool
}

func newPatience(parent context.Context) *patience {
	p := &patience{}
	p.ctx, p.stop = context.WithCancel(parent)
	p.timer = time.AfterFunc(fetchPause, func() {
		p.silent.Store(true)
		p.stop()
	})
	return p
}

func (p *patience) begin() { p.timer.Reset(fetchPause) }

// end says what an error of the call means.
func (p *patience) end(err error) error {
	p.timer.Stop()
	if err != nil && p.silent.Load() {
		return fault.New(fault.Timeout, "URL_FETCH_FAILED", "The address did not answer in time.").Because(err)
	}
	return err
}

// A fetched is the body of an answer while it arrives.
type fetched struct {
	body io.ReadCloser
	*patience
}

// Read waits for the address to send more; if it is silent for fetchPause, that
// is Timeout URL_FETCH_FAILED.
func (r *fetched) Read(b []byte) (int, error) {
	r.begin()
	n, err := r.body.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, r.end(err)
	}
	r.timer.Stop()
	return n, err
}

// Close ends the fetch.
func (r *fetched) Close() error {
	r.timer.Stop()
	r.stop()
	return r.body.Close()
}
