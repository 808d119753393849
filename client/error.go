package client

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"claimcheck/api"
)

// An Error is a refused request or a failed job. Which of the facts are there
// depends on the code; Line and Column say where the input is wrong.
//
//	if e, ok := errors.AsType[*client.Error](err); ok && e.Code == "QUOTA_EXCEEDED" { ... }
type Error struct {
	HTTPStatus int    // 0 for a failed job
	Code       string // for instance INVALID_JSON; empty if the answer was not the API's
	Message    string // one sentence for people
	api.Facts
	Details    map[string]any // all that was said beside the message, as it came; nil if nothing was
	RetryAfter time.Duration  // how long the server asks to wait; 0 if it does not say
	RequestID  string         // for questions to the operator; empty if unknown
	JobID      string         // of a failed job
}

// ErrNotFinished means that there is no result yet: the job is queued or being
// worked on.
var ErrNotFinished = errors.New("the job is not finished")

// Error gives the code, the message, where the input is wrong, the first of
// several places, and why.
func (e *Error) Error() string {
	text := e.Message
	if e.Code != "" {
		text = e.Code + ": " + text
	} else if e.HTTPStatus != 0 {
		text = fmt.Sprintf("HTTP %d: %s", e.HTTPStatus, text)
	}
	if e.Line > 0 && e.Column == 0 {
		text += fmt.Sprintf(" (line %d)", e.Line)
	} else if e.Line > 0 {
		text += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	if reason, ok := e.Details["reason"].(string); ok {
		text += " " + reason
	}
	if len(e.Errors) > 0 {
		text += fmt.Sprintf(" (%s: %s", cmp.Or(e.Errors[0].Pointer, "the input"), e.Errors[0].Message)
		if more := len(e.Errors) - 1; more > 0 {
			text += fmt.Sprintf(" And %d more", more)
		}
		text += ")"
	}
	return text
}

// failure is the answer as an *Error.
func (a *answer) failure() error {
	e := &Error{HTTPStatus: a.status, RequestID: a.header.Get("X-Request-Id"), Message: http.StatusText(a.status)}
	inBody, ok := e.envelope(a.body)
	if !ok && a.header.Get("Tus-Resumable") != "" {
		e.line(string(a.body))
	}
	e.RetryAfter = a.retryAfter(inBody)
	return e
}

// envelope takes over what a refusal in the API's words says, and returns its
// retry_after; ok tells whether it is one.
func (e *Error) envelope(body []byte) (retryAfter int, ok bool) {
	var said struct {
		Status     string          `json:"status"`
		Error      string          `json:"error"`
		Details    json.RawMessage `json:"details"`
		RetryAfter int             `json:"retry_after"`
	}
	if json.Unmarshal(body, &said) != nil || said.Status != "error" || said.Error == "" {
		return 0, false
	}
	e.Code, e.Message = said.Error, ""
	if json.Unmarshal(said.Details, &e.Details) != nil {
		e.Details = nil
	}
	if text, ok := e.Details["message"].(string); ok {
		e.Message = text
	}
	delete(e.Details, "message")
	e.facts(said.Details)
	return said.RetryAfter, true
}

// facts reads what is known of a failure; details of a tool may have any form.
func (e *Error) facts(details []byte) {
	if len(e.Details) == 0 {
		e.Details = nil
	}
	if json.Unmarshal(details, &e.Facts) != nil {
		e.Facts = api.Facts{}
	}
}

// line takes over a refusal of one line, as uploads in parts have it: code, colon,
// sentence.
func (e *Error) line(text string) {
	code, sentence, ok := strings.Cut(strings.TrimSpace(text), ": ")
	if ok && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" && len(text) < 1000 {
		e.Code, e.Message = code, sentence
	}
}

// Failure is the error of a failed job as an *Error, nil for any other job.
func Failure(s api.Status) error {
	if s.Error == nil {
		return nil
	}
	e := &Error{Code: s.Error.Code, Message: s.Error.Message, Details: s.Error.Details, JobID: s.JobID}
	details, err := json.Marshal(s.Error.Details)
	if err == nil {
		e.facts(details)
	}
	return e
}
