package httpapi

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"claimcheck/internal/coding"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// statusOf is the one table from kinds of failure to HTTP statuses.
var statusOf = map[fault.Kind]int{
	fault.Internal:         http.StatusInternalServerError,
	fault.Invalid:          http.StatusBadRequest,
	fault.Unauthorized:     http.StatusUnauthorized,
	fault.Forbidden:        http.StatusForbidden,
	fault.NotFound:         http.StatusNotFound,
	fault.Conflict:         http.StatusConflict,
	fault.Mismatch:         http.StatusUnprocessableEntity,
	fault.TooLarge:         http.StatusRequestEntityTooLarge,
	fault.Limited:          http.StatusTooManyRequests,
	fault.Unavailable:      http.StatusServiceUnavailable,
	fault.Upstream:         http.StatusBadGateway,
	fault.Timeout:          http.StatusGatewayTimeout,
	fault.LeaseLost:        http.StatusConflict,
	fault.MethodNotAllowed: http.StatusMethodNotAllowed,
	fault.Unsupported:      http.StatusUnsupportedMediaType,
	fault.Rejected:         http.StatusBadGateway,
	fault.OutOfRange:       http.StatusRequestedRangeNotSatisfiable,
}

// defaultRetryAfter is said with 503 and 429 when nothing better is known, in
// seconds.
const defaultRetryAfter = 5

// public is the failure as the client may see it: whatever is not a fault
// meant for clients becomes INTERNAL_ERROR.
func public(err error) *fault.Error {
	if finished, ok := errors.AsType[jobError](err); ok {
		return finished.is
	}
	if e := fault.Of(err); e != nil && e.Kind != fault.Internal {
		return e
	}
	return fault.New(fault.Internal, "INTERNAL_ERROR", "Failed to process job")
}

// writeError answers with a failure. Nothing else writes an error answer.
func (c *call) writeError(err error) {
	e := public(err)
	status := statusOf[e.Kind]
	if finished, ok := errors.AsType[jobError](err); ok && finished.status != 0 {
		status = finished.status
	}
	h := c.w.Header()
	h.Set("Cache-Control", "no-store")
	var retryAfter int64
	if e.Kind == fault.Limited || e.Kind == fault.Unavailable {
		retryAfter = seconds(e)
		h["Retry-After"] = []string{strconv.FormatInt(retryAfter, 10)}
	}
	switch e.Kind {
	case fault.Unauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="claimcheck"`)
	case fault.MethodNotAllowed:
		for _, d := range e.Details {
			if allow, ok := d.Value.(string); ok && d.Name == "allow" {
				h.Set("Allow", allow)
			}
		}
	case fault.Unsupported:
		if e.Code == intake.CodeUnsupportedEncoding {
			h.Set("Accept-Encoding", coding.Accepted) // RFC 7694, section 3
		}
	default:
	}
	var body []byte
	if wantsProblem(c.r.Header) {
		h.Set("Content-Type", "application/problem+json")
		body = problem(e, status, retryAfter, c.id)
	} else {
		h.Set("Content-Type", contentJSON)
		body = envelope(e, retryAfter)
	}
	c.send(status, body)
}

// maxRetryAfter is the longest pause that is asked for, in seconds: the timers
// of many clients overflow above 24 days and fire at once.
const maxRetryAfter = 86_400

func seconds(e *fault.Error) int64 {
	if e.RetryAfter <= 0 {
		return defaultRetryAfter
	}
	return min(max(int64(math.Ceil(e.RetryAfter.Seconds())), 1), maxRetryAfter)
}

// envelope is the error format of the contract, section 1.
func envelope(e *fault.Error, retryAfter int64) []byte {
	b := append([]byte(`{"status":"error","error":`), quote(e.Code)...)
	b = append(append(b, `,"details":{"message":`...), quote(e.Message)...)
	b = appendDetails(b, e.Details)
	b = append(b, '}')
	if retryAfter > 0 {
		b = strconv.AppendInt(append(b, `,"retry_after":`...), retryAfter, 10)
	}
	return append(b, '}')
}

func appendDetails(b []byte, details []fault.Detail) []byte {
	for _, d := range details {
		b = append(append(b, ','), quote(d.Name)...)
		b = append(append(b, ':'), quote(d.Value)...)
	}
	return b
}

// problemOwn are the members of problem details that no failure's details may
// be: those stand in the member details.
var problemOwn = []string{"type", "title", "status", "detail", "instance", "code", "request_id", "retry_after", "details"}

// problem is the same failure as RFC 9457 problem details.
func problem(e *fault.Error, status int, retryAfter int64, requestID string) []byte {
	b := append([]byte(`{"type":"about:blank","title":`), quote(http.StatusText(status))...)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(status), 10)
	b = append(append(b, `,"detail":`...), quote(e.Message)...)
	b = append(append(b, `,"instance":`...), quote("urn:uuid:"+hyphened(requestID))...)
	b = append(append(b, `,"code":`...), quote(e.Code)...)
	b = append(append(b, `,"request_id":`...), quote(requestID)...)
	var taken []fault.Detail
	for _, d := range e.Details {
		if slices.Contains(problemOwn, d.Name) {
			taken = append(taken, d)
			continue
		}
		b = appendDetails(b, []fault.Detail{d})
	}
	if len(taken) > 0 {
		b = append(append(b, `,"details":{`...), appendDetails(nil, taken)[1:]...)
		b = append(b, '}')
	}
	if retryAfter > 0 {
		b = strconv.AppendInt(append(b, `,"retry_after":`...), retryAfter, 10)
	}
	return append(b, '}')
}

// wantsProblem reports whether the client asked for problem details.
func wantsProblem(h http.Header) bool {
	for _, line := range h["Accept"] {
		for part := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), "application/problem+json") {
				return true
			}
		}
	}
	return false
}

func quote(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("httpapi: detail cannot be JSON: " + err.Error())
	}
	return b
}
