package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// exampleRequest is the request's id in all examples.
const exampleRequest = "3f0d7a52-91c4-4be8-8a67-c25d1e904bf6"

// A failure is one entry of x-failures.
type failure struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Facts
	RetryAfter int `json:"retry_after"`
}

// showFailures replaces x-failures of a response by what they look like, as
// the envelope and as problem details.
func showFailures(response *object) error {
	list, err := json.Marshal(response.take("x-failures"))
	if err != nil {
		return err
	}
	var failures []failure
	d := json.NewDecoder(bytes.NewReader(list))
	d.DisallowUnknownFields()
	if err := d.Decode(&failures); err != nil {
		return err
	}
	if len(failures) == 0 {
		return nil
	}
	envelopes, problems := newObject(), newObject()
	for i := range failures {
		f := &failures[i]
		name := f.name(envelopes)
		envelopes.set(name, newObject().with("value", f.envelope()))
		problems.set(name, newObject().with("value", f.problem()))
	}
	response.set("content", newObject().
		with("application/json", media("Error", envelopes)).
		with("application/problem+json", media("Problem", problems)))
	return nil
}

// name is the code in small letters, numbered from the second on.
func (f *failure) name(used *object) string {
	name := strings.ToLower(f.Code)
	unique := name
	for n := 2; used.values[unique] != nil; n++ {
		unique = fmt.Sprint(name, "_", n)
	}
	return unique
}

func media(schema string, examples *object) *object {
	return newObject().
		with("schema", newObject().with("$ref", "#/components/schemas/"+schema)).
		with("examples", examples)
}

func (f *failure) envelope() Error {
	return Error{
		Status: "error", Error: f.Code, RetryAfter: f.RetryAfter,
		Details: ErrorDetails{Message: f.Message, Facts: f.Facts},
	}
}

func (f *failure) problem() Problem {
	return Problem{
		Type: "about:blank", Title: http.StatusText(f.Status), Status: f.Status, Detail: f.Message,
		Instance: "urn:uuid:" + exampleRequest, Code: f.Code, RequestID: exampleRequest,
		Facts: f.Facts, RetryAfter: f.RetryAfter,
	}
}
