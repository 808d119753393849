package client_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

const (
	key   = "cc_test_key"
	jobID = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"
)

// A script is a server that answers each request with its next step. It is the
// client's transport too, so that no network is needed and time can be the
// test's own.
type script struct {
	t     *testing.T
	steps []http.HandlerFunc
	began time.Time
	asked []asked
}

// An asked is a request as it arrived.
type asked struct {
	at     time.Duration // after the beginning
	what   string        // method and path
	header http.Header
	body   string
}

func newScript(t *testing.T, steps ...http.HandlerFunc) *script {
	t.Helper()
	return &script{t: t, steps: steps, began: time.Now()}
}

// client returns a client of the script.
func (s *script) client(options ...client.Option) *client.Client {
	s.t.Helper()
	c, err := client.New("http://claimcheck.test/", key, append(options, client.WithHTTPClient(&http.Client{Transport: s}))...)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// RoundTrip answers a request; a step that panics loses the connection.
func (s *script) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		defer r.Body.Close()
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	s.asked = append(s.asked, asked{time.Since(s.began), r.Method + " " + r.URL.Path, r.Header, string(body)})
	if len(s.asked) > len(s.steps) {
		s.t.Errorf("request %d is not in the script: %s", len(s.asked), r.URL)
		return nil, errors.New("not in the script")
	}
	defer func() {
		if recover() != nil {
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	rec := httptest.NewRecorder()
	s.steps[len(s.asked)-1](rec, r)
	return rec.Result(), nil
}

// finished fails the test if steps are left.
func (s *script) finished() {
	s.t.Helper()
	if len(s.asked) != len(s.steps) {
		s.t.Errorf("%d requests were made, want %d", len(s.asked), len(s.steps))
	}
}

// times are when the requests came.
func (s *script) times() []time.Duration {
	var list []time.Duration
	for _, a := range s.asked {
		list = append(list, a.at)
	}
	return list
}

// The steps.

func lose(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func page(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, text); err != nil {
			panic(err)
		}
	}
}

func reply(status int, v any, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.Header().Set("X-Request-Id", "3f0d7a52-91c4-4be8-8a67-c25d1e904bf6")
		w.WriteHeader(status)
		if v == nil {
			return
		}
		if err := json.NewEncoder(w).Encode(v); err != nil {
			panic(err)
		}
	}
}

func acceptedAfter(seconds int) http.HandlerFunc {
	ticket := api.Accepted{Status: "accepted", JobID: jobID, StatusURL: "http://claimcheck.test/jobs/" + jobID}
	return reply(http.StatusAccepted, ticket, "Retry-After", strconv.Itoa(seconds))
}

func unfinished(status string, seconds int, tag string) http.HandlerFunc {
	s := api.Status{JobID: jobID, Status: status, Message: "Wait.", RetryAfter: seconds}
	return reply(http.StatusOK, s, "Retry-After", strconv.Itoa(seconds), "ETag", tag)
}

func unchanged(seconds int) http.HandlerFunc {
	return reply(http.StatusNotModified, nil, "Retry-After", strconv.Itoa(seconds))
}

var theResult = api.Result{RequestID: "3f0d7a52-91c4-4be8-8a67-c25d1e904bf6", Status: "success", File: "http://files.test/f.json", Preview: "{}"}

func succeeded(w http.ResponseWriter, r *http.Request) {
	raw, err := json.Marshal(theResult)
	if err != nil {
		panic(err)
	}
	reply(http.StatusOK, api.Status{JobID: jobID, Status: "success", Result: raw}, "ETag", `W/"9"`)(w, r)
}

func jobFailed(w http.ResponseWriter, r *http.Request) {
	e := &api.JobError{Code: "INVALID_JSON", Message: "A brace is missing.", Details: map[string]any{"line": 3, "column": 14}}
	reply(http.StatusOK, api.Status{JobID: jobID, Status: "failed", Error: e}, "ETag", `W/"9"`)(w, r)
}

func refuse(status int, code string, seconds int) http.HandlerFunc {
	e := api.Error{Status: "error", Error: code, Details: api.ErrorDetails{Message: "No."}, RetryAfter: seconds}
	if seconds == 0 {
		return reply(status, e)
	}
	return reply(status, e, "Retry-After", strconv.Itoa(seconds))
}
