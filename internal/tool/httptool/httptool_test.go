package httptool_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/httptool"
)

// A script is a transport that answers by a function.
type script func(*http.Request) (*http.Response, error)

func (s script) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func says(status int, body string, headers ...string) script {
	return func(r *http.Request) (*http.Response, error) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		h := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, ProtoMajor: 1, Header: h, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func newTool(t *testing.T, s script, change ...func(*httptool.Config)) *httptool.Tool {
	t.Helper()
	at, err := url.Parse("http://10.0.0.7/thumb")
	if err != nil {
		t.Fatal(err)
	}
	c := httptool.Config{Name: "thumb", Target: at, Transport: s, Random: rand.Reader}
	for _, f := range change {
		f(&c)
	}
	return httptool.New(c)
}

// run runs a tool on an input; it returns the output and the answer.
func run(ctx context.Context, x *httptool.Tool, in io.Reader) (string, tool.Answer, error) {
	var out bytes.Buffer
	var a tool.Answer
	err := x.Run(ctx, tool.Call{Input: in, InputSize: -1, Output: &out, Answer: &a, About: tool.About{JobID: "id", Attempt: 1, RequestID: "r"}})
	return out.String(), a, err
}

func TestWhatStatusesMean(t *testing.T) {
	for status, want := range map[int]fault.Kind{
		408: fault.Upstream, 425: fault.Upstream, 429: fault.Upstream, 500: fault.Upstream, 502: fault.Upstream, 503: fault.Upstream, 504: fault.Upstream, 599: fault.Upstream,
		400: fault.Rejected, 401: fault.Rejected, 404: fault.Rejected, 409: fault.Rejected, 418: fault.Rejected, 422: fault.Rejected, 499: fault.Rejected,
		206: fault.Rejected, 226: fault.Rejected, 300: fault.Rejected, 301: fault.Rejected, 304: fault.Rejected, 307: fault.Rejected, 199: fault.Rejected,
	} {
		_, _, err := run(t.Context(), newTool(t, says(status, "words", "Content-Type", "text/plain")), strings.NewReader("in"))
		f := fault.Of(err)
		if f == nil || f.Kind != want || f.Code != tool.UpstreamError || len(f.Details) != 1 {
			t.Errorf("%d: %v, want kind %d with one detail", status, err, want)
			continue
		}
		is := any(status)
		if status/100 == 4 {
			is = tool.Said{Status: status, ContentType: "text/plain", Body: "words"}
		}
		if f.Details[0].Value != is {
			t.Errorf("%d: detail %+v, want %+v", status, f.Details[0], is)
		}
	}
	for _, status := range []int{200, 201, 202, 203, 207, 299} {
		if _, a, err := run(t.Context(), newTool(t, says(status, "{}", "Content-Type", "application/json")), strings.NewReader("in")); err != nil || string(a.JSON) != "{}" {
			t.Errorf("%d: %v", status, err)
		}
	}
	if out, a, err := run(t.Context(), newTool(t, says(204, "")), strings.NewReader("in")); err != nil || out != "" || a.JSON != nil {
		t.Errorf("204: %q %v", out, err)
	}
}

// TestARefusalIsKept: an endpoint's own code, if it cannot be taken for one of
// ours, and what it said word for word.
func TestARefusalIsKept(t *testing.T) {
	long := strings.Repeat("é", tool.MaxSaidBytes)
	for _, c := range []struct {
		contentType, body string
		code, message     string
		said              tool.Said
	}{
		{"application/json", `{"error":"BAD","message":"No."}`, "BAD", "No.", tool.Said{Body: `{"error":"BAD","message":"No."}`}},
		{"application/json", `{"error":"RATE_LIMITED"}`, tool.UpstreamError, "The tool's server answered with status 422.", tool.Said{Code: "RATE_LIMITED", Body: `{"error":"RATE_LIMITED"}`}},
		{"application/json", `{"code":"UNAUTHORIZED","message":"Who?"}`, tool.UpstreamError, "Who?", tool.Said{Code: "UNAUTHORIZED", Body: `{"code":"UNAUTHORIZED","message":"Who?"}`}},
		{"application/json", `{"code":"INVALID_INPUT","details":{"upstream":{"status":404}}}`, "INVALID_INPUT", "The tool refused the input.", tool.Said{Body: `{"code":"INVALID_INPUT","details":{"upstream":{"status":404}}}`}},
		{"application/problem+json", `{"type":"about:blank","title":"Odd","status":422,"detail":"Too odd."}`, tool.UpstreamError, "Too odd.", tool.Said{Body: `{"type":"about:blank","title":"Odd","status":422,"detail":"Too odd."}`}},
		{"application/json", `{"detail":[{"loc":["body"],"msg":"Field required"}]}`, tool.UpstreamError, "body: Field required", tool.Said{Body: `{"detail":[{"loc":["body"],"msg":"Field required"}]}`}},
		{"text/plain", "no\xff", tool.UpstreamError, "The tool's server answered with status 422.", tool.Said{Body: "no\uFFFD"}},
		{"text/plain", "x" + long, tool.UpstreamError, "x" + long[:2*296] + "...", tool.Said{Body: "x" + long[:tool.MaxSaidBytes-2], Truncated: true}},
	} {
		_, _, err := run(t.Context(), newTool(t, says(422, c.body, "Content-Type", c.contentType)), strings.NewReader("in"))
		f := fault.Of(err)
		c.said.Status, c.said.ContentType = 422, c.contentType
		if f == nil || f.Code != c.code || f.Message != c.message || len(f.Details) != 1 || f.Details[0].Name != "upstream" || f.Details[0].Value != c.said {
			t.Errorf("%.80s: got %.300s, want %s %q with %.200s", c.body, fmt.Sprintf("%v %+v", err, f.Details), c.code, c.message, fmt.Sprintf("%+v", c.said))
		}
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	const date = "Wed, 21 Oct 2026 07:28:00 GMT"
	for _, c := range []struct {
		headers []string
		want    time.Duration
	}{
		{nil, 0},
		{[]string{"Retry-After", "7"}, 7 * time.Second},
		{[]string{"Retry-After", "999999"}, time.Hour},
		{[]string{"Retry-After", "-1"}, 0},
		{[]string{"Retry-After", "soon"}, 0},
		{[]string{"Retry-After", "Wed, 21 Oct 2026 07:28:30 GMT", "Date", date}, 30 * time.Second},
		{[]string{"Retry-After", "Wed, 21 Oct 2026 07:27:30 GMT", "Date", date}, 0},
		{[]string{"Retry-After", "Wed, 21 Oct 2026 07:28:30 GMT"}, 20 * time.Second}, // by our own clock
		{[]string{"Retry-After", "4294967296"}, time.Hour},
		{[]string{"Retry-After", "99999999999999999999999999"}, time.Hour},
	} {
		x := newTool(t, says(429, "", c.headers...), func(c *httptool.Config) {
			c.Now = func() time.Time { return time.Date(2026, 10, 21, 7, 28, 10, 0, time.UTC) }
		})
		_, _, err := run(t.Context(), x, strings.NewReader("in"))
		if f := fault.Of(err); f == nil || f.RetryAfter != c.want {
			t.Errorf("%v: %v, want %s", c.headers, err, c.want)
		}
	}
}

func TestTroubleOfTheInputIsNotTheEndpoints(t *testing.T) {
	gone := errors.New("the disk is gone")
	_, _, err := run(t.Context(), newTool(t, says(200, "{}", "Content-Type", "application/json")), io.MultiReader(strings.NewReader("half"), &failing{gone}))
	if !errors.Is(err, gone) || fault.Of(err) != nil {
		t.Errorf("got %v, want the input's own error", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error)  { return 0, f.err }
func (f *failing) Write([]byte) (int, error) { return 0, f.err }

func TestTroubleOfTheOutputIsNotTheEndpoints(t *testing.T) {
	full := fault.New(fault.Invalid, "OUTPUT_TOO_LARGE", "Too large.")
	x := newTool(t, says(200, "text", "Content-Type", "text/plain"))
	err := x.Run(t.Context(), tool.Call{Input: strings.NewReader("in"), InputSize: 2, Output: &failing{full}, Answer: &tool.Answer{}})
	if !fault.IsCode(err, "OUTPUT_TOO_LARGE") {
		t.Errorf("got %v", err)
	}
	disk := errors.New("the disk is full")
	err = x.Run(t.Context(), tool.Call{Input: strings.NewReader("in"), InputSize: 2, Output: &failing{disk}, Answer: &tool.Answer{}})
	if !errors.Is(err, disk) || fault.Of(err) != nil {
		t.Errorf("got %v", err)
	}
}

func TestAnUnreachableEndpointIsTriedAgainAndNotNamed(t *testing.T) {
	_, _, err := run(t.Context(), newTool(t, func(*http.Request) (*http.Response, error) {
		return nil, errors.New("dial tcp 10.0.0.7:80: connection refused")
	}), strings.NewReader("in"))
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Upstream || strings.Contains(f.Message, "10.0.0.7") {
		t.Errorf("got %v", err)
	}
}

func TestTheTimeoutIsTheTools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTool(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, func(c *httptool.Config) { c.Timeout = time.Minute })
		began := time.Now()
		_, _, err := run(t.Context(), x, strings.NewReader("in"))
		if !fault.IsCode(err, "TIMEOUT") || time.Since(began) != time.Minute {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("canceled by the client")
		cancel(why)
		if _, _, err := run(ctx, x, strings.NewReader("in")); !errors.Is(err, why) {
			t.Errorf("got %v, want the cause", err)
		}
	})
}

// packed is a text as gzip.
func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEncodedAnswersAreDecoded(t *testing.T) {
	const text = `{"a": [1, 2]}`
	gz := packed(t, text)
	for _, c := range []struct {
		encoding, body, contentType string
		json, out                   string
		kind                        fault.Kind // Internal: none
	}{
		{"gzip", gz, "application/json", text, "", 0},
		{"X-GZip", gz, "text/plain", "", text, 0},
		{"gzip, gzip", packed(t, gz), "application/json", text, "", 0},
		{"identity", text, "application/json", text, "", 0},
		{"gzip", gz[:len(gz)-3], "application/json", "", "", fault.Upstream}, // cut off
		{"gzip", text, "application/json", "", "", fault.Upstream},
		{"compress", gz, "application/json", "", "", fault.Rejected},
	} {
		out, a, err := run(t.Context(), newTool(t, says(200, c.body, "Content-Encoding", c.encoding, "Content-Type", c.contentType)), strings.NewReader("in"))
		if string(a.JSON) != c.json || c.kind == fault.Internal && (err != nil || out != c.out) || c.kind != fault.Internal && !fault.Is(err, c.kind) {
			t.Errorf("%s: %.40q %.40q, %v, want %q %q and kind %d", c.encoding, a.JSON, out, err, c.json, c.out, c.kind)
		}
	}
	_, _, err := run(t.Context(), newTool(t, says(422, packed(t, `{"error":"BAD"}`), "Content-Encoding", "gzip")), strings.NewReader("in"))
	if !fault.IsCode(err, "BAD") {
		t.Errorf("a refusal: %v", err)
	}
}

// TestTheLimitOfAnAnswerIsOnDecodedBytes: what unpacks to much is written as it
// comes, and refused by who takes it.
func TestTheLimitOfAnAnswerIsOnDecodedBytes(t *testing.T) {
	full := fault.New(fault.Invalid, "OUTPUT_TOO_LARGE", "Too large.")
	x := newTool(t, says(200, packed(t, strings.Repeat("0", 50<<20)), "Content-Encoding", "gzip", "Content-Type", "text/plain"))
	out := &capped{left: 10 << 20, full: full}
	err := x.Run(t.Context(), tool.Call{Input: strings.NewReader("in"), InputSize: 2, Output: out, Answer: &tool.Answer{}})
	if !fault.IsCode(err, "OUTPUT_TOO_LARGE") {
		t.Errorf("got %v", err)
	}
}

// A capped output takes so many bytes.
type capped struct {
	left int
	full error
}

func (c *capped) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		return 0, c.full
	}
	return len(p), nil
}

// FuzzRefusal: whatever an endpoint says of an input becomes a failure that can
// be shown.
func FuzzRefusal(f *testing.F) {
	for _, body := range []string{
		"", "{}", `{"error":"X"}`, `{"error":{"code":"X","message":"y","details":{"a":[1]}}}`, `{"code":1,"details":{"message":null}}`, `{"error":"a b","details":7}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, _, err := run(t.Context(), newTool(t, says(400, body)), strings.NewReader("in"))
		e := fault.Of(err)
		if e == nil || e.Message == "" || e.Kind == fault.Invalid != tool.IsCode(e.Code) {
			t.Errorf("%q: %+v", body, e)
		}
	})
}

// TestOnlyWhatTheEndpointDidIsMarked: an input that could not be read is no
// doing of the endpoint.
func TestOnlyWhatTheEndpointDidIsMarked(t *testing.T) {
	for status, want := range map[int]bool{200: false, 422: true, 500: true, 503: true} {
		endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
		}))
		at, err := url.Parse(endpoint.URL)
		if err != nil {
			t.Fatal(err)
		}
		tl := httptool.New(httptool.Config{Name: "t", Mode: tool.Body, Target: at, Transport: http.DefaultTransport, Random: rand.Reader})
		for name, in := range map[string]io.Reader{"whole": strings.NewReader("x"), "broken": io.MultiReader(strings.NewReader("x"), iotest.ErrReader(errors.New("disk")))} {
			err := tl.Run(t.Context(), tool.Call{Input: in, InputSize: -1, Output: io.Discard, Answer: &tool.Answer{}})
			if got := fault.IsByTarget(err); got != (want && name == "whole") {
				t.Errorf("%d to a %s input: marked %t, %v", status, name, got, err)
			}
		}
		endpoint.Close()
		if err := tl.Run(t.Context(), tool.Call{Input: strings.NewReader("x"), InputSize: 1, Output: io.Discard, Answer: &tool.Answer{}}); !fault.IsByTarget(err) {
			t.Errorf("an endpoint that is not there: %v is not marked", err)
		}
	}
}

func TestAnEndpointNamesItsFile(t *testing.T) {
	for disposition, want := range map[string]string{
		`attachment; filename="na_ve.csv"; filename*=UTF-8''na%C3%AFve.csv`: "naïve.csv",
		`inline; filename="../../x.csv"`:                                    "x.csv",
		"attachment":                                                        "",
		"":                                                                  "",
		`attachment; filename="x`:                                           "",
	} {
		_, a, err := run(t.Context(), newTool(t, says(200, "a,b", "Content-Type", "text/csv", "Content-Disposition", disposition)), strings.NewReader("in"))
		if err != nil || a.Filename != want {
			t.Errorf("%s: %q, %v; want %q", disposition, a.Filename, err, want)
		}
	}
}
