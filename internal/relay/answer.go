package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
)

// maxRefusalBytes is more than any of the server's refusals takes.
const maxRefusalBytes = 64 << 10

// forward hands a request to the server and writes what it answers.
func (r *relay) forward(ctx context.Context, c *call) {
	marked := c.method == methodCall && c.modern() != ""
	if marked && r.params.lacks(&c.message) {
		r.list(ctx, &c.message)
	}
	sent := r.headers(&c.message)
	reply, err := r.exchange(ctx, c, sent)
	if marked && mismatched(reply) { // the tool has changed since it was listed; nothing was done
		r.list(ctx, &c.message)
		if now := r.headers(&c.message); !maps.EqualFunc(now, sent, slices.Equal) {
			reply, err = r.exchange(ctx, c, now)
		}
	}
	r.forget(c)
	var refused *rpcError
	switch {
	case ctx.Err() != nil: // nobody waits for it
	case errors.As(err, &refused):
		r.out.fail(c.id, refused)
	case reply != nil:
		r.out.send(reply)
	}
}

// mismatched reports whether the server lacks a header, or found another in it
// than in the body.
func mismatched(reply []byte) bool {
	code := object(object(reply)["error"])["code"]
	return string(code) == fmt.Sprint(codeHeaderMismatch)
}

// notify hands a notification to the server, which answers nothing.
func (r *relay) notify(ctx context.Context, m message) {
	resp, err := r.post(ctx, &m, r.headers(&m))
	if err != nil {
		if ctx.Err() == nil {
			r.Log.WarnContext(ctx, "a notification was not delivered", "method", m.method, "error", err)
		}
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		r.Log.WarnContext(ctx, "a notification was refused", "method", m.method, "error", refusal(resp))
	}
}

// ask hands a request of the relay's own to the server and returns the members of
// its answer.
func (r *relay) ask(ctx context.Context, m *message) (members, error) {
	resp, err := r.post(ctx, m, r.headers(m))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var reply []byte
	if isStream(resp) {
		err = events(resp.Body, func(data []byte) bool {
			reply = data
			return keyOf(object(data)["id"]) != m.key
		})
	} else {
		reply, err = whole(resp)
	}
	if err != nil {
		return nil, err
	}
	all := object(reply)
	if all["result"] == nil {
		return nil, fmt.Errorf("the server answered HTTP %d without a result", resp.StatusCode)
	}
	return all, nil
}

// post makes one request. An error is an *rpcError.
func (r *relay) post(ctx context.Context, m *message, h http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(m.text))
	if err != nil {
		return nil, &rpcError{Code: codeUnreached, Message: err.Error()}
	}
	req.Header = h
	resp, err := r.HTTP.Do(req)
	if err != nil {
		return nil, r.unreached(err)
	}
	return resp, nil
}

// unreached says that no answer has come, and what that means.
func (r *relay) unreached(err error) *rpcError {
	if sent, ok := errors.AsType[*url.Error](err); ok {
		err = sent.Err
	}
	where := r.URL
	if u, err := url.Parse(r.URL); err == nil {
		where = u.Scheme + "://" + u.Host
	}
	what := "the connection to %s was lost before the answer came: %v; a job that was made goes on: job_list lists it"
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		what = "no answer from %s: %v; is the server running, and is that its address? The next call tries again"
	}
	return &rpcError{codeUnreached, fmt.Sprintf(what, where, err), &errorWords{Code: "UNREACHABLE"}}
}

// exchange hands a request to the server. It writes what comes as a stream, and
// returns an answer that comes whole. An error is an *rpcError.
func (r *relay) exchange(ctx context.Context, c *call, h http.Header) (reply []byte, err error) {
	resp, err := r.post(ctx, &c.message, h)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if isStream(resp) {
		return nil, r.stream(ctx, c, resp)
	}
	body, err := whole(resp)
	if err != nil {
		return nil, r.unreached(err)
	}
	if reply, ok := r.reply(c, body); ok {
		return reply, nil
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return nil, refusal(resp)
}

// reply returns an answer as the client is to have it: on one line, with the id
// of its request. It is not ok if the body is no answer.
func (r *relay) reply(c *call, body []byte) (reply []byte, ok bool) {
	var line bytes.Buffer
	if json.Compact(&line, body) != nil {
		return nil, false
	}
	all := object(line.Bytes())
	switch {
	case c.kind == batch && line.Len() > 0 && line.Bytes()[0] == '[':
		return line.Bytes(), true
	case all["result"] == nil && all["error"] == nil || all["jsonrpc"] == nil:
		return nil, false
	}
	switch c.method {
	case methodInitialize:
		if version := asText(object(all["result"])["protocolVersion"]); version != "" {
			r.version.Store(&version)
		}
	case methodList:
		r.params.learn(all["result"])
	}
	if keyOf(all["id"]) == c.key || c.id == nil {
		return line.Bytes(), true
	}
	if all["error"] == nil {
		return nil, false
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":%s}`, c.id, all["error"]), true // the server could not tell the id
}

// whole reads an answer to its end.
func whole(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxMessageBytes+1))
	if err == nil && len(body) > MaxMessageBytes {
		err = fmt.Errorf("the answer is longer than %d bytes", MaxMessageBytes)
	}
	return body, err
}

func isStream(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && kind == "text/event-stream"
}

// refusal says what an answer that is none of JSON-RPC means: the server's guard
// has refused the request, or something else answers at this address.
func refusal(resp *http.Response) *rpcError {
	var said struct {
		Error   string `json:"error"`
		Details struct {
			Message string `json:"message"`
		} `json:"details"`
		RetryAfter int64 `json:"retry_after"`
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusalBytes))
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	e := &rpcError{Code: codeUnreached, Data: &errorWords{Status: resp.StatusCode, Code: said.Error, RetryAfter: said.RetryAfter}}
	switch {
	case err != nil || said.Error == "":
		e.Message = fmt.Sprintf("the server answered HTTP %d and not in MCP: is this the address of a claimcheck server?", resp.StatusCode)
	case resp.StatusCode == http.StatusUnauthorized:
		e.Message = fmt.Sprintf("%s: %s: the key is not good, claimcheck login takes another", said.Error, said.Details.Message)
	default:
		e.Message = fmt.Sprintf("%s: %s", said.Error, said.Details.Message)
	}
	return e
}
