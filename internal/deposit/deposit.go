// Package deposit puts outputs where their callers want them: to addresses that take a
// PUT (x-output-url), presigned ones of storages of files for instance. It puts again
// what may be taken later. Such an address is a secret; of it nothing is told but the
// host.
package deposit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
)

// CodeFailed is the code of a job whose output was not taken.
const CodeFailed = "DELIVERY_FAILED"

// Caller makes guarded calls; *fetch.Client is one.
type Caller interface {
	// CheckPut reads an address as far as its text goes.
	CheckPut(text string) (*url.URL, error)
	// Do makes a call; see fetch.Client.Do.
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// A Depositor puts outputs. It is safe for concurrent use.
type Depositor struct {
	Caller  Caller
	Blobs   blob.Store
	Now     func() time.Time // for dates of Retry-After
	Timeout time.Duration    // for how long one output is put again
	// Told is told of each output that was put or given up: taken, refused or given_up,
	// and its size. Nil: nobody is.
	Told func(end string, bytes int64)
}

// Times of one call.
const (
	silence   = 60 * time.Second // between two parts of the output, and before the answer
	firstWait = time.Second
	maxWait   = time.Minute
	maxAnswer = 16 << 10 // bytes of the answer that are looked at
)

// Outcome puts the output of an outcome where its job's caller wants it, and returns
// the outcome that tells so. One without a file is put as its JSON. Where the caller
// wants it nowhere, it is returned as it is. Failures: Rejected DELIVERY_FAILED, after
// which the same would fail again, and the cause of ctx when that is done; the output's
// file is there as before.
func (d *Depositor) Outcome(ctx context.Context, j *job.Job, out queue.Outcome, kept *job.Output) (queue.Outcome, error) {
	if len(j.Terms) == 0 {
		return out, nil
	}
	address := j.Asked().OutputURL
	if address == "" {
		return out, nil
	}
	at, err := d.Caller.CheckPut(address)
	if err != nil { // it was good when the job was accepted: the operator has changed what is reached
		return out, d.end(refused(host(address), "The address is not reached from here.").Because(err), 0)
	}
	what := d.outputOf(out, kept)
	if err := d.end(d.put(ctx, at, what), what.size); err != nil {
		return out, err
	}
	return with(out, delivered{URLHost: at.Host, Bytes: what.size, Digest: what.digest}), nil
}

// A thing is what is put.
type thing struct {
	size        int64
	contentType string
	digest      string // as RFC 9530 writes it
	open        func() (io.ReadCloser, error)
}

func (d *Depositor) outputOf(out queue.Outcome, o *job.Output) *thing {
	if o == nil {
		sum := sha256.Sum256(out.Result)
		return &thing{int64(len(out.Result)), "application/json", digest(sum), memory(out.Result)}
	}
	t := &thing{o.Size, o.ContentType, digest(o.SHA256), memory(o.Data)}
	if o.File {
		t.open = func() (io.ReadCloser, error) { return d.Blobs.Open(context.Background(), job.OutputKey(o.Token)) }
	}
	return t
}

func memory(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

func digest(sum [32]byte) string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// host is what may be told of an address.
func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}

// end tells how it ended.
func (d *Depositor) end(err error, size int64) error {
	if d.Told == nil {
		return err
	}
	switch e := fault.Of(err); {
	case err == nil:
		d.Told("taken", size)
	case e != nil && e.Code == CodeFailed && e.Kind == fault.Rejected && e.RetryAfter == 0:
		d.Told("refused", size)
	case e != nil && e.Code == CodeFailed:
		d.Told("given_up", size)
	}
	return err
}

// put puts until it is taken, refused for good, or too late.
func (d *Depositor) put(ctx context.Context, at *url.URL, what *thing) error {
	limited, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		err := d.once(limited, at, what)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case fault.Is(err, fault.Rejected):
			return err
		}
		pause := wait - rand.N(wait/2) //nolint:gosec // calls are only to be spread
		if e := fault.Of(err); e != nil {
			pause = max(pause, e.RetryAfter)
		}
		if until, _ := limited.Deadline(); limited.Err() != nil || time.Until(until) < pause {
			return givenUp(at.Host, err)
		}
		select {
		case <-limited.Done():
		case <-time.After(pause):
		}
	}
}

// givenUp is the end of an output that was not taken in time.
func givenUp(host string, last error) error {
	e := refused(host, "It was not taken in time.").After(1)
	if is := fault.Of(last); is != nil {
		e.Details = append(e.Details, is.Details...)
	}
	return e.Because(last)
}

func refused(host, why string) *fault.Error {
	return fault.New(fault.Rejected, CodeFailed, "The output could not be delivered. %s", why).With("url_host", host)
}

// once puts once. A failure that is not Rejected may pass.
func (d *Depositor) once(ctx context.Context, at *url.URL, what *thing) error {
	quiet := newPatience(ctx)
	defer quiet.stop()
	header := http.Header{
		"User-Agent": {"claimcheck"}, "Content-Type": {what.contentType}, "Content-Digest": {what.digest}, "Repr-Digest": {what.digest},
	}
	if what.size > 0 { // who refuses it need not take it first
		header["Expect"] = []string{"100-continue"}
	}
	if strings.HasSuffix(at.Hostname(), ".blob.core.windows.net") {
		header["X-Ms-Blob-Type"] = []string{"BlockBlob"} // Azure wants it with each Put Blob
	}
	res, err := d.Caller.Do(quiet.ctx, fetch.Request{
		Method: http.MethodPut, URL: at, Header: header, MaxBytes: maxAnswer, Timeout: d.Timeout,
		From: func() (io.ReadCloser, error) { return quiet.reading(what.open) }, Length: what.size,
	})
	if err != nil {
		if fault.IsCode(err, "URL_NOT_ALLOWED") {
			return refused(at.Host, "The address is not reached from here.").Because(err)
		}
		return err
	}
	defer res.Body.Close()
	if res.Status/100 == 2 {
		return nil
	}
	head, _ := io.ReadAll(res.Body) // what there is of it
	e := refused(at.Host, "The address answered with status "+strconv.Itoa(res.Status)+".").With("upstream_status", res.Status)
	if code := codeOf(head); code != "" {
		e = e.With("upstream_code", code)
	}
	if tool.Passing(res.Status) {
		e.Kind = fault.Upstream
		return e.After(fetch.RetryAfter(res.Header, d.Now()))
	}
	return e
}

var codeForm = regexp.MustCompile(`<Code>([A-Za-z]{1,64})</Code>`)

// codeOf is the code in the error of a storage, which speaks XML; of the rest nothing
// is told: there may be the address in it.
func codeOf(body []byte) string {
	if m := codeForm.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	return ""
}

// delivered is what a result tells of it.
type delivered struct {
	URLHost string `json:"url_host"`
	Bytes   int64  `json:"bytes"`
	Digest  string `json:"digest"`
}

// with is an outcome whose result has the member delivered, at its end. One that is no
// object, or has such a member of its own, stays as it is.
func with(out queue.Outcome, told delivered) queue.Outcome {
	text := bytes.TrimRight(out.Result, " \t\r\n")
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil || members["delivered"] != nil {
		return out
	}
	member, err := json.Marshal(told)
	if err != nil {
		panic("deposit: " + err.Error()) // texts and a number
	}
	result := append([]byte(nil), text[:len(text)-1]...)
	if len(members) > 0 {
		result = append(result, ',')
	}
	result = append(append(append(result, `"delivered":`...), member...), '}')
	if len(result) > job.MaxResultBytes {
		return out
	}
	out.Result = result
	return out
}

// A patience ends a call whose other side is silent for too long.
type patience struct {
	ctx   context.Context //nolint:containedctx // it is the call's own, ended by stop
	stop  context.CancelFunc
	timer atomic.Pointer[time.Timer]
}

func newPatience(ctx context.Context) *patience {
	p := &patience{}
	p.ctx, p.stop = context.WithCancel(ctx)
	p.timer.Store(time.AfterFunc(silence, p.stop))
	return p
}

// reading opens what is put; each part that is taken of it is a sign of life.
func (p *patience) reading(open func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	r, err := open()
	if err != nil {
		return nil, fmt.Errorf("open output: %w", err)
	}
	return &watched{r, p}, nil
}

type watched struct {
	io.ReadCloser
	p *patience
}

// Read implements [io.Reader].
func (w *watched) Read(b []byte) (int, error) {
	w.p.timer.Load().Reset(silence)
	return w.ReadCloser.Read(b)
}
