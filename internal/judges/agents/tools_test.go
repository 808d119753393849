package agents_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// tools are those that the conformance suite asks servers to have, as far as an
// endpoint can be one, and slow-work, which ends when the test lets it.
const tools = `
plans: {default: {status_per_minute: 0, submit_per_minute: 0, max_running_jobs: 0}}
workers: 8
tools:
  - name: greet
    summary: Says hello.
    target: DESK/greet
    input_schema: {type: object, properties: {name: {type: string}}}
    annotations: {read_only: true, idempotent: true}
  - name: slow-compute
    summary: Computes for as long as it is told to.
    target: DESK/slow-compute
    input_schema: {type: object, properties: {seconds: {type: number, minimum: 0, maximum: 120}, label: {type: string}}, required: [seconds]}
  - name: failing-job
    summary: Fails after a second.
    target: DESK/failing-job
    input_schema: {type: object}
  - name: protocol-error-job
    summary: Never answers.
    target: DESK/protocol-error-job
    timeout: 1s
    max_attempts: 1
    input_schema: {type: object}
  - name: test-simple-text
    summary: Says a sentence.
    target: DESK/test-simple-text
    input_schema: {type: object}
  - name: test-error-handling
    summary: Refuses.
    target: DESK/test-error-handling
    input_schema: {type: object}
  - name: test-tool-with-progress
    summary: Takes a while.
    target: DESK/test-tool-with-progress
    input_schema: {type: object}
  - name: test-custom-headers
    summary: Has arguments that stand in headers too.
    target: DESK/greet
    input_schema:
      type: object
      properties:
        region: {type: string, x-mcp-header: Region}
        priority: {type: string, x-mcp-header: Priority}
        query: {type: string}
  - name: json-schema-2020-12-tool
    summary: Has a schema of many words.
    target: DESK/greet
    input_schema:
      $schema: https://json-schema.org/draft/2020-12/schema
      type: object
      $defs: {address: {$anchor: addressDef, type: object, properties: {street: {type: string}, city: {type: string}}}}
      properties:
        name: {type: string}
        address: {$ref: "#/$defs/address"}
        contactMethod: {type: string, enum: [phone, email]}
        phone: {type: string}
        email: {type: string}
      allOf: [{anyOf: [{required: [phone]}, {required: [email]}]}]
      if: {properties: {contactMethod: {const: phone}}, required: [contactMethod]}
      then: {required: [phone]}
      else: {required: [email]}
      additionalProperties: false
  - name: slow-work
    summary: Works until it may stop.
    target: DESK/slow-work
    input_schema: {type: object, properties: {label: {type: string}}}
`

// answers are what the endpoint does for each tool.
var answers = map[string]func(t *testing.T, w http.ResponseWriter, r *http.Request){
	"greet": func(t *testing.T, w http.ResponseWriter, r *http.Request) {
		t.Helper()
		say(t, w, "text/plain; charset=utf-8", "Hello, "+input(t, r).Name+"!")
	},
	"slow-compute": func(t *testing.T, w http.ResponseWriter, r *http.Request) {
		t.Helper()
		seconds := input(t, r).Seconds
		if pause(r, time.Duration(seconds*float64(time.Second))) {
			say(t, w, "text/plain; charset=utf-8", fmt.Sprintf("computed for %gs", seconds))
		}
	},
	"failing-job": func(t *testing.T, w http.ResponseWriter, r *http.Request) {
		t.Helper()
		input(t, r)
		if pause(r, time.Second) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			say(t, w, "", `{"code":"NO_LUCK","message":"The job has failed, as it always does."}`)
		}
	},
	"protocol-error-job": func(t *testing.T, _ http.ResponseWriter, r *http.Request) {
		t.Helper()
		input(t, r)
		<-r.Context().Done()
	},
	"test-simple-text": func(t *testing.T, w http.ResponseWriter, _ *http.Request) {
		t.Helper()
		say(t, w, "text/plain; charset=utf-8", "This is a simple text response for testing.")
	},
	"test-error-handling": func(t *testing.T, w http.ResponseWriter, _ *http.Request) {
		t.Helper()
		w.WriteHeader(http.StatusBadRequest)
		say(t, w, "", `{"code":"INTENDED","message":"This tool intentionally returns an error for testing"}`)
	},
	"test-tool-with-progress": func(t *testing.T, w http.ResponseWriter, r *http.Request) {
		t.Helper()
		input(t, r)
		if pause(r, 5*time.Second) { // whoever asked is told each second that it goes on
			say(t, w, "application/json", `{"done":true}`)
		}
	},
}

// input is what tools are asked with.
func input(t *testing.T, r *http.Request) (in struct {
	Name    string
	Seconds float64
},
) {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	if err != nil && r.Context().Err() == nil {
		t.Errorf("%s was sent %q: %v", r.URL, text, err)
	}
	return in
}

// pause waits; it is not ok if the server is gone meanwhile.
func pause(r *http.Request, d time.Duration) (ok bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func say(t *testing.T, w http.ResponseWriter, contentType, text string) {
	t.Helper()
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Logf("the endpoint was left: %v", err)
	}
}
