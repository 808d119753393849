package client

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"claimcheck/api"
)

// An Error is a refused request or a failed job. Which of the facts are there
// depends on the code; Line and Column say where the input is wrong.
type Error struct {
	HTTPStatus int    // 0 for a failed job
	Code       string // for instance INVALID_JSON; empty if the answer was not the API's
	Message    string // one sentence for people
	api.Facts
	RetryAfter time.Duration // how long the server asks to wait; 0 if it does not say
	RequestID  string        // for questions to the operator; empty if unknown
	JobID      string        // of a failed job
}

// Error gives the code, the message and where the input is wrong, the first of
// several places.
func (e *Error) Error() string {
	text := e.Message
	if e.Code != "" {
		text = e.Code + ": " + text
	} else if e.HTTPStatus != 0 {
		text = fmt.Sprintf("HTTP %d: %s", e.HTTPStatus, text)
	}
	if e.Line > 0 {
		text += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
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
	e := &Error{HTTPStatus: a.status, RequestID: a.header.Get("X-Request-Id")}
	var envelope api.Error
	if json.Unmarshal(a.body, &envelope) == nil && envelope.Status == "error" && envelope.Error != "" {
		e.Code, e.Message, e.Facts = envelope.Error, envelope.Details.Message, envelope.Details.Facts
	} else {
		e.Message = http.StatusText(a.status)
	}
	e.RetryAfter = a.retryAfter(envelope.RetryAfter)
	return e
}

// Failure is the error of a failed job as an *Error, nil for any other job.
func Failure(s api.Status) error {
	if s.Error == nil {
		return nil
	}
	e := &Error{Code: s.Error.Code, Message: s.Error.Message, JobID: s.JobID}
	details, err := json.Marshal(s.Error.Details)
	if err == nil && json.Unmarshal(details, &e.Facts) != nil {
		e.Facts = api.Facts{} // a tool's own details, which may have any form
	}
	return e
}
