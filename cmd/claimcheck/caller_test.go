package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

const (
	formatter = "/json-formatter-api"
	jobLimit  = 60 * time.Second // for a job to be finished on a slow machine
)

// A caller makes calls to a server with one key.
type caller struct {
	base string
	key  string
	http *http.Client
}

func newCaller(s *serverproc.Server, key string) *caller {
	return &caller{base: s.URL, key: key, http: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 16},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// An answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return serverproc.Answer{Status: a.status, Body: a.body}.String() }

// try makes a call; headers are pairs of names and values.
func (c *caller) try(ctx context.Context, method, path string, body []byte, headers ...string) (answer, error) {
	call := serverproc.Call{Base: c.base, Key: c.key, Method: method, Path: path, Body: body, Headers: headers}
	a, err := call.Do(ctx, c.http)
	return answer{a.Status, a.Header, a.Body}, err
}

func (c *caller) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	a, err := c.try(t.Context(), method, path, []byte(body), headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (c *caller) get(t *testing.T, path string) answer {
	t.Helper()
	return c.call(t, http.MethodGet, path, "")
}

// submit hands in work asynchronously and returns the job's id.
func (c *caller) submit(t *testing.T, path, body string) string {
	t.Helper()
	a := c.call(t, http.MethodPost, path, body, "Prefer", "respond-async")
	if a.status != http.StatusAccepted {
		t.Fatalf("POST %s: got %s, want 202", path, a)
	}
	return decode[api.Accepted](t, a).JobID
}

func (c *caller) status(t *testing.T, id string) api.Status {
	t.Helper()
	a := c.get(t, "/jobs/"+id)
	if a.status != http.StatusOK {
		t.Fatalf("GET /jobs/%s: got %s, want 200", id, a)
	}
	return decode[api.Status](t, a)
}

// finished waits for a job's end and returns its status then.
func (c *caller) finished(t *testing.T, id string) api.Status {
	t.Helper()
	var is api.Status
	serverproc.Until(t, jobLimit, func() (bool, string) {
		is = c.status(t, id)
		return is.Status == "success" || is.Status == "failed", "job " + id + " is " + is.Status
	})
	return is
}

// outputOf returns the output of a finished job by its link, which needs no
// key.
func (c *caller) outputOf(t *testing.T, is api.Status) string {
	t.Helper()
	if is.Status != "success" {
		t.Fatalf("job %s: got %s %+v, want success", is.JobID, is.Status, is.Error)
	}
	var result api.Result
	if err := json.Unmarshal(is.Result, &result); err != nil {
		t.Fatalf("result of job %s: %v: %s", is.JobID, err, is.Result)
	}
	return c.download(t, result.File)
}

func (c *caller) download(t *testing.T, link string) string {
	t.Helper()
	keyless := &caller{base: c.base, http: c.http}
	a := keyless.get(t, link)
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: got %s, want 200", link, a)
	}
	return string(a.body)
}

func (c *caller) usage(t *testing.T) api.Usage {
	t.Helper()
	a := c.get(t, "/usage")
	if a.status != http.StatusOK {
		t.Fatalf("GET /usage: got %s, want 200", a)
	}
	return decode[api.Usage](t, a)
}

// quiet waits until nothing of the owner waits or runs, and returns the usage
// then.
func (c *caller) quiet(t *testing.T) api.Usage {
	t.Helper()
	var u api.Usage
	serverproc.Until(t, jobLimit, func() (bool, string) {
		u = c.usage(t)
		return u.Running == 0 && u.Queued == 0, fmt.Sprintf("%d running, %d queued", u.Running, u.Queued)
	})
	return u
}

func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("decode %s: %v", a, err)
	}
	return v
}

// wantError checks that an answer is the envelope of an error and nothing else.
func wantError(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	e, problem := envelopeOf(a)
	if problem != "" || a.status != status || e.Error != code {
		t.Errorf("%s: got %s (%s), want %d %s", what, a, problem, status, code)
	}
}

// envelopeOf reads the envelope of an error; problem says what is wrong with it.
func envelopeOf(a answer) (e api.Error, problem string) {
	d := json.NewDecoder(bytes.NewReader(a.body))
	err := d.Decode(&e)
	switch {
	case err != nil || d.More():
		return e, fmt.Sprintf("not the envelope: %v", err)
	case a.header.Get("Content-Type") != "application/json":
		return e, "Content-Type is " + a.header.Get("Content-Type")
	case e.Status != "error" || e.Error == "" || e.Details.Message == "":
		return e, "a member of the envelope is missing"
	case len(strings.Split(a.header.Get("X-Request-Id"), "-")) != 5:
		return e, "X-Request-Id is " + a.header.Get("X-Request-Id")
	}
	return e, ""
}
