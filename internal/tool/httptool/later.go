package httptool

import (
	"io"
	"net/http"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
	"claimcheck/internal/tool"
)

// longestAsked bounds a Retry-After.
const longestAsked = time.Hour

// unavailable is an answer after which the same request may succeed.
func (t *Tool) unavailable(res *http.Response) error {
	f := fault.New(fault.Upstream, tool.UpstreamError, "The tool's server answered with status %d.", res.StatusCode)
	if res.StatusCode < http.StatusInternalServerError { // words for the caller, should it be the last answer
		body, err := io.ReadAll(io.LimitReader(res.Body, tool.MaxSaidBytes+1))
		if err != nil {
			return broken("The answer of the tool's server broke off.", err)
		}
		f.Details = tool.SaidIn(nil, tool.Say(res.StatusCode, res.Header.Get("Content-Type"), body))
	} else {
		f = f.With("status", res.StatusCode)
	}
	if d := fetch.RetryAfter(res.Header, t.c.Now()); d > 0 {
		return f.After(min(d, longestAsked))
	}
	return f
}
