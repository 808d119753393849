package plain

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
)

// Envelope is the body of every failure (Error in api/openapi.yaml).
func Envelope(e *fault.Error, retryAfter int64) []byte {
	b := append([]byte(`{"status":"error","error":`), dialect.JSON(e.Code)...)
	b = append(append(b, `,"details":{"message":`...), dialect.JSON(e.Message)...)
	b = appendDetails(b, e.Details)
	b = append(b, '}')
	if retryAfter > 0 {
		b = strconv.AppendInt(append(b, `,"retry_after":`...), retryAfter, 10)
	}
	return append(b, '}')
}

// Refusal is the failure that an envelope of an HTTP status tells.
func Refusal(status int, envelope []byte) error {
	var e struct {
		Error   string          `json:"error"`
		Details json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal(envelope, &e); err != nil {
		return fmt.Errorf("remembered refusal: %w", err)
	}
	details, err := dialect.Members(e.Details)
	if err != nil {
		return fmt.Errorf("details of a remembered refusal: %w", err)
	}
	f := &fault.Error{Kind: dialect.KindOf(status), Code: e.Error}
	for _, d := range details {
		if text, ok := d.Value.(json.RawMessage); ok && d.Name == "message" {
			err = errors.Join(err, json.Unmarshal(text, &f.Message))
			continue
		}
		f.Details = append(f.Details, d)
	}
	if err != nil {
		return fmt.Errorf("message of a remembered refusal: %w", err)
	}
	return f
}

func appendDetails(b []byte, details []fault.Detail) []byte {
	for _, d := range details {
		b = append(append(b, ','), dialect.JSON(d.Name)...)
		b = append(append(b, ':'), dialect.JSON(d.Value)...)
	}
	return b
}

// problemOwn are the members of problem details that no failure's details may
// be: those stand in the member details.
var problemOwn = []string{"type", "title", "status", "detail", "instance", "code", "request_id", "retry_after", "details"}

// problem is the same failure as RFC 9457 problem details.
func problem(f dialect.Failure) []byte {
	b := append([]byte(`{"type":"about:blank","title":`), dialect.JSON(http.StatusText(f.Status))...)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(f.Status), 10)
	b = append(append(b, `,"detail":`...), dialect.JSON(f.Message)...)
	b = append(append(b, `,"instance":`...), dialect.JSON("urn:uuid:"+Hyphened(f.RequestID))...)
	b = append(append(b, `,"code":`...), dialect.JSON(f.Code)...)
	b = append(append(b, `,"request_id":`...), dialect.JSON(f.RequestID)...)
	var taken []fault.Detail
	for _, d := range f.Details {
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
	if f.RetryAfter > 0 {
		b = strconv.AppendInt(append(b, `,"retry_after":`...), f.RetryAfter, 10)
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

// Hyphened writes 32 characters as a UUID is written.
func Hyphened(id string) string {
	if len(id) != 32 {
		return id
	}
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}
