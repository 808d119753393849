package dialect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
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

// KindOf is the kind of failures of a tool's input that are answered with an HTTP
// status.
func KindOf(status int) fault.Kind {
	for _, kind := range []fault.Kind{fault.TooLarge, fault.NotFound, fault.Forbidden} {
		if statusOf[kind] == status {
			return kind
		}
	}
	return fault.Invalid
}

// FailureOf is a failure as the client may see it: whatever is not a fault meant
// for clients becomes INTERNAL_ERROR.
func FailureOf(err error) Failure {
	f := Failure{Error: fault.New(fault.Internal, "INTERNAL_ERROR", "Failed to process job")}
	finished, ok := errors.AsType[jobError](err)
	if ok {
		f.Error, f.Status = finished.is, finished.status
	} else if e := fault.Of(err); e != nil && e.Kind != fault.Internal {
		f.Error = e
	}
	if f.Status == 0 {
		f.Status = statusOf[f.Kind]
	}
	if f.Kind == fault.Limited || f.Kind == fault.Unavailable {
		f.RetryAfter = seconds(f.Error)
	}
	return f
}

const (
	// defaultRetryAfter is said with 503 and 429 when nothing better is known, in
	// seconds.
	defaultRetryAfter = 5
	// maxRetryAfter is the longest pause that is asked for, in seconds: the timers
	// of many clients overflow above 24 days and fire at once.
	maxRetryAfter = 86_400
)

func seconds(e *fault.Error) int64 {
	if e.RetryAfter <= 0 {
		return defaultRetryAfter
	}
	return min(max(int64(math.Ceil(e.RetryAfter.Seconds())), 1), maxRetryAfter)
}

// A jobError is a finished job's error on its way to an answer: unlike other
// failures of kind Internal it is shown with its own code.
type jobError struct {
	is     *fault.Error
	status int // of the answer; 0: what the kind says
}

// Error gives the fault's text.
func (f jobError) Error() string { return f.is.Error() }

// IsJobs reports whether a failure is a finished job's own.
func IsJobs(err error) bool {
	_, ok := errors.AsType[jobError](err)
	return ok
}

// kindOfCode gives the kind, and so the HTTP status of the synchronous call,
// of failures of finished jobs whose code does not stand for bad input.
var kindOfCode = map[string]fault.Kind{
	"UPSTREAM_ERROR":   fault.Upstream,
	"URL_FETCH_FAILED": fault.Upstream,
	"DELIVERY_FAILED":  fault.Upstream,
	"TIMEOUT":          fault.Timeout,
	"EXPIRED":          fault.Timeout,
	CodeCanceled:       fault.Conflict,
	"FILE_TOO_LARGE":   fault.TooLarge,
	"FILE_NOT_FOUND":   fault.NotFound,
	"WORKER_LOST":      fault.Internal,
	"INTERNAL_ERROR":   fault.Internal,
}

// ErrorOf is a failed job's error as an answer, its details in their order. One
// that is final for the client is 424 where others than the client are to blame.
func ErrorOf(j *job.Job, final bool) error {
	f, err := FaultOf(j)
	if err != nil {
		return err
	}
	status := 0
	if _, ours := kindOfCode[f.Code]; !ours || f.Code == tool.UpstreamError {
		status = refusedWith(f.Details)
	}
	if status == 0 && final && statusOf[f.Kind] >= http.StatusInternalServerError {
		status = http.StatusFailedDependency
	}
	return jobError{f, status}
}

// FaultOf reads a failed job's error.
func FaultOf(j *job.Job) (*fault.Error, error) {
	var e struct {
		Code    string          `json:"code"`
		Message string          `json:"message"`
		Details json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal(j.Error, &e); err != nil {
		return nil, fmt.Errorf("stored error of job %s: %w", j.ID, err)
	}
	kind, ours := kindOfCode[e.Code]
	if !ours {
		kind = fault.Invalid
	}
	f := fault.New(kind, e.Code, "%s", e.Message)
	details, err := Members(e.Details)
	if err != nil {
		return nil, fmt.Errorf("stored details of job %s: %w", j.ID, err)
	}
	f.Details = details
	return f, nil
}

// passedOn are the statuses of an endpoint's refusal that are the answer's too.
// The others mean something between the endpoint and us, or would make clients
// do what does not help: ask again, log in, change the method.
var passedOn = []int{
	http.StatusBadRequest, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusGone,
	http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusUnavailableForLegalReasons,
}

// refusedWith is the status of the answer to an input that an endpoint refused,
// 0 if none did: answers after which the same may succeed are no refusals.
func refusedWith(details []fault.Detail) int {
	for _, d := range details {
		text, ok := d.Value.(json.RawMessage)
		if !ok || d.Name != tool.Upstream {
			continue
		}
		var said tool.Said
		if json.Unmarshal(text, &said) != nil || said.Status/100 != 4 || tool.Passing(said.Status) {
			return 0
		}
		if slices.Contains(passedOn, said.Status) {
			return said.Status
		}
		return http.StatusBadRequest
	}
	return 0
}

// Members reads a JSON object keeping the order and the bytes of its members.
func Members(object []byte) ([]fault.Detail, error) {
	if len(object) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var list []fault.Detail
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if !ok {
			return nil, fmt.Errorf("member name %v is no string", name)
		}
		list = append(list, fault.Detail{Name: text, Value: value})
	}
	return list, nil
}
