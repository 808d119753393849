package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"claimcheck/api"
)

// A LineAnswer is what became of a line: a job, or what refuses it.
type LineAnswer struct {
	api.Accepted        // without a JobID where it is refused
	Refusal      *Error // nil for a job; its Line is the line's number, from 1, blank ones counted
}

// maxLinesAnswer is more than a thousand answers have, each with reasons.
const maxLinesAnswer = 32 << 20

// SubmitLines makes a job of each line, a JSON value, in one transaction: at most 1,000
// lines. Each is answered, in their order, but those with nothing but white space. The
// options hold for each, the IdempotencyKey for all together; their ContentType is left
// aside. A line that is refused keeps none of the others from being a job, unless
// Options.AllOrNothing is set. It reads lines, and sends them again, as [Client.Submit]
// does its input. An *[Error] says why none is accepted, its Line which is refused.
func (c *Client) SubmitLines(ctx context.Context, tool string, lines io.Reader, o Options) ([]LineAnswer, error) {
	o.source, o.ContentType = "lines", linesType
	h, err := o.header()
	if err != nil {
		return nil, fmt.Errorf("submit lines to %s: %w", tool, err)
	}
	h.Set("Prefer", respondAsync)
	if o.AllOrNothing {
		h.Set("X-On-Error", "stop")
	}
	in := newInput(lines)
	in.progress = o.Progress
	a, err := c.send(ctx, &call{method: http.MethodPost, path: "/" + url.PathEscape(tool) + "-api", header: h, in: in, most: maxLinesAnswer})
	if err != nil {
		return nil, fmt.Errorf("submit lines to %s: %w", tool, err)
	}
	var all []LineAnswer
	for line := range bytes.Lines(a.body) {
		var one LineAnswer
		refusal := &Error{HTTPStatus: 0, RequestID: a.header.Get("X-Request-Id")}
		if after, refused := refusal.envelope(line); refused {
			refusal.RetryAfter = time.Duration(after) * time.Second
			one.Refusal = refusal
		} else if err := json.Unmarshal(line, &one.Accepted); err != nil || one.JobID == "" {
			return all, fmt.Errorf("submit lines to %s: answer %d of the server is no job and no refusal", tool, len(all)+1)
		}
		all = append(all, one)
	}
	return all, nil
}

const linesType = "application/x-ndjson"
