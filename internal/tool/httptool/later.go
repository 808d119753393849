package httptool

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
)

// longestAsked bounds a Retry-After.
const longestAsked = time.Hour

// unavailable is an answer after which the same request may succeed.
func unavailable(res *http.Response) error {
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
	if d := retryAfter(res.Header); d > 0 {
		return f.After(d)
	}
	return f
}

// retryAfter reads the Retry-After field (RFC 9110, section 10.2.3): seconds, or
// a date, which is compared with the answer's own Date, because the clocks of
// two machines differ. Without a Date, a date says nothing.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, longestAsked)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), longestAsked)
}
