// Package httptool makes a tool of any HTTP endpoint that the operator
// configures: it streams the input there and judges the answer. Where a request
// goes, and with which headers beside those that were listed, is the operator's
// to say and nobody else's. When to try again is not decided here.
package httptool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/media"
	"claimcheck/internal/meter"
	"claimcheck/internal/tool"
	"claimcheck/internal/trace"
)

// Config describes one tool.
type Config struct {
	Name       string
	Summary    string
	Mode       tool.Mode // any but BuiltIn
	Target     *url.URL  // nil for Pull
	Extensions []string
	InputTypes []string      // that inputs usually have
	Options    []tool.Option // request headers that are passed on
	Secret     http.Header   // sent with each request; never logged
	Timeout    time.Duration
	Attempts   int           // 0: the server's
	MaxRunning int64         // 0: no limit
	Limits     *meter.Limits // beside it; nil for none
	MaxBytes   int64         // of an input; 0: no limit

	InputSchema  json.RawMessage   // see tool.Spec
	CheckInput   tool.Check        // of InputSchema
	OutputSchema json.RawMessage   // see tool.Spec
	Annotations  *tool.Annotations // likewise

	Transport http.RoundTripper // follows no redirects; nil for Pull
	Trace     *trace.Tracer     // nil: no spans are made
	Random    io.Reader         // for trace ids
	Now       func() time.Time  // for dates of Retry-After; nil means time.Now
	Links     Links             // for JSON
}

// Links gives the addresses that an endpoint of mode JSON is told.
type Links interface {
	// InputURL is where the input of an attempt is read.
	InputURL(jobID string, attempt int) string
	// CallbackURL is where the end of an attempt is reported.
	CallbackURL(jobID string, attempt int) string
}

// A Tool is one endpoint. It is safe for concurrent use.
type Tool struct {
	c    Config
	spec tool.Spec
}

// New returns the tool of an endpoint.
func New(c Config) *Tool {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := tool.Spec{
		Name: c.Name, Summary: c.Summary, Mode: c.Mode, Extensions: slices.Clone(c.Extensions), InputTypes: slices.Clone(c.InputTypes), OutputExt: "bin", ContentType: octets,
		Queued: true, AnyOutput: true, Timeout: c.Timeout, MaxAttempts: c.Attempts, MaxRunning: c.MaxRunning, Limits: c.Limits, MaxBytes: c.MaxBytes,
		JSONInput: len(c.InputTypes) > 0 && !slices.ContainsFunc(c.InputTypes, func(t string) bool { return !media.IsJSON(t) }),
		RawInput:  true, // what it means is the endpoint's business
		Options:   slices.Clone(c.Options),

		InputSchema: c.InputSchema, CheckInput: c.CheckInput, OutputSchema: c.OutputSchema, Annotations: c.Annotations,
	}
	if c.Mode == tool.Body { // the type that is sent is the input's own, which may not have been in the request
		s.Options = slices.DeleteFunc(s.Options, func(o tool.Option) bool { return o.Header == "content-type" })
	}
	return &Tool{c: c, spec: s}
}

// Spec describes the tool.
func (t *Tool) Spec() tool.Spec { return t.spec }

// Run makes one request. Failures: Invalid with the endpoint's own code, or
// Rejected UPSTREAM_ERROR, for an input that the endpoint refuses (4xx);
// Upstream UPSTREAM_ERROR for one that may succeed later (408, 429, 5xx, a
// connection that broke), with the endpoint's Retry-After; Timeout TIMEOUT;
// [tool.ErrRemote] if the endpoint will call back.
func (t *Tool) Run(ctx context.Context, c tool.Call) error {
	if t.c.Mode == tool.Pull {
		return fmt.Errorf("tool %s is run by remote programs", t.c.Name)
	}
	if t.c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t.c.Timeout, timedOut(t.c.Timeout))
		defer cancel()
	}
	ctx, span := t.c.Trace.Call(ctx, http.MethodPost, t.c.Target)
	err := t.post(ctx, c, span)
	if errors.Is(err, tool.ErrRemote) {
		span.End(nil) // the call is over, the attempt is not
	} else {
		span.End(err)
	}
	return err
}

// post makes the request and judges its answer.
func (t *Tool) post(ctx context.Context, c tool.Call, span *trace.Span) error {
	in := &input{r: c.Input}
	defer in.end()
	req, err := t.request(ctx, &c, in)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	t.c.Trace.Pass(span, req.Header)
	res, err := t.c.Transport.RoundTrip(req)
	if err == nil {
		span.Status(res.StatusCode)
		body := res.Body
		defer body.Close()
		err = t.judge(res, &c)
	}
	switch {
	case in.failed() != nil: // what the endpoint made of half an input is of no interest, and none of its doing
		return fmt.Errorf("read input: %w", in.failed())
	case err != nil && ctx.Err() != nil:
		return fault.ByTarget(context.Cause(ctx))
	case errors.Is(err, tool.ErrRemote), errors.Is(err, errOutput):
		return err
	case fault.Of(err) != nil:
		return fault.ByTarget(err)
	case err != nil:
		return fault.ByTarget(broken("The tool's server could not be reached.", err))
	}
	return nil
}

func timedOut(limit time.Duration) error {
	return fault.New(fault.Timeout, "TIMEOUT", "The tool took longer than %s.", limit).With("limit_seconds", int64(limit/time.Second))
}

// broken is trouble on the way to the endpoint or back.
func broken(sentence string, cause error) *fault.Error {
	return fault.New(fault.Upstream, tool.UpstreamError, "%s", sentence).Because(cause)
}
