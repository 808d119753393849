package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

func TestSubmitAsksForJob(t *testing.T) {
	s := newScript(t, acceptedAfter(2))
	ticket, err := s.client().Submit(t.Context(), "json-formatter", strings.NewReader(`{"a":1}`), client.Options{
		Headers: map[string]string{"x-tab-space": "4"}, RequestID: "6b1f0a8e-1111-4222-8333-944455556666",
	})
	if err != nil || ticket.JobID != jobID {
		t.Fatalf("ticket %+v, error %v", ticket, err)
	}
	s.finished()
	got := s.asked[0]
	if got.what != "POST /json-formatter-api" || got.body != `{"a":1}` {
		t.Errorf("request is %s with %s", got.what, got.body)
	}
	for name, want := range map[string]string{
		"X-Api-Key": key, "Prefer": "respond-async", "X-Tab-Space": "4", "Accept": "application/json",
		"X-Request-Id": "6b1f0a8e-1111-4222-8333-944455556666",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
	if got.header.Get("Idempotency-Key") == "" {
		t.Error("the submission has no Idempotency-Key")
	}
}

func TestEachSubmissionHasItsOwnKeyUnlessItIsGiven(t *testing.T) {
	s := newScript(t, acceptedAfter(1), acceptedAfter(1), acceptedAfter(1))
	c := s.client()
	for _, given := range []string{"", "", "order-7"} {
		if _, err := c.Submit(t.Context(), "json-minify", strings.NewReader("1"), client.Options{IdempotencyKey: given}); err != nil {
			t.Fatal(err)
		}
	}
	first, second, third := s.asked[0].header.Get("Idempotency-Key"), s.asked[1].header.Get("Idempotency-Key"), s.asked[2].header.Get("Idempotency-Key")
	if first == second || third != "order-7" {
		t.Errorf("keys are %s, %s, %s", first, second, third)
	}
}

func TestLostSubmissionIsMadeAgainWithSameKeyAndInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, lose, lose, reply(http.StatusBadGateway, nil), acceptedAfter(1))
		input := strings.NewReader("skipped[1,2]")
		if _, err := input.Seek(int64(len("skipped")), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := s.client().Submit(t.Context(), "json-minify", input, client.Options{}); err != nil {
			t.Fatal(err)
		}
		s.finished()
		for _, a := range s.asked {
			if a.body != "[1,2]" || a.header.Get("Idempotency-Key") != s.asked[0].header.Get("Idempotency-Key") {
				t.Errorf("sent %s with key %s, want all the same", a.body, a.header.Get("Idempotency-Key"))
			}
		}
		if want := []time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second}; !slices.Equal(s.times(), want) {
			t.Errorf("tried at %v, want %v", s.times(), want)
		}
	})
}

func TestStreamIsSentOnce(t *testing.T) {
	s := newScript(t, lose)
	stream := io.MultiReader(strings.NewReader("[1]"))
	if _, err := s.client().Submit(t.Context(), "json-minify", stream, client.Options{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want the lost connection", err)
	}
	s.finished()
}

func TestTriesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := refuse(http.StatusServiceUnavailable, "UNAVAILABLE", 5)
		s := newScript(t, busy, busy, busy)
		_, err := s.client(client.WithTries(3)).Submit(t.Context(), "json-minify", strings.NewReader("1"), client.Options{})
		wantError(t, err, http.StatusServiceUnavailable, "UNAVAILABLE")
		s.finished()
		if want := []time.Duration{0, 5 * time.Second, 10 * time.Second}; !slices.Equal(s.times(), want) {
			t.Errorf("tried at %v, want %v", s.times(), want)
		}
	})
}

func TestQuotaIsNotWaitedFor(t *testing.T) {
	s := newScript(t, refuse(http.StatusTooManyRequests, "QUOTA_EXCEEDED", 86400))
	_, err := s.client().Submit(t.Context(), "json-minify", strings.NewReader("1"), client.Options{})
	wantError(t, err, http.StatusTooManyRequests, "QUOTA_EXCEEDED")
	if e := errorIn(t, err); e.RetryAfter != 24*time.Hour {
		t.Errorf("retry after %s, want a day", e.RetryAfter)
	}
	s.finished()
}

// wantError fails the test unless err is a *client.Error with this status and
// code.
func wantError(t *testing.T, err error, status int, code string) {
	t.Helper()
	if e := errorIn(t, err); e.HTTPStatus != status || e.Code != code {
		t.Fatalf("error %v (%+v), want %d %s", err, e, status, code)
	}
}

// errorIn returns the *client.Error in err.
func errorIn(t *testing.T, err error) *client.Error {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no *client.Error", err)
	}
	return e
}

func TestRefusalTellsEverything(t *testing.T) {
	s := newScript(t, reply(http.StatusBadRequest, api.Error{
		Status: "error", Error: "INVALID_JSON",
		Details: api.ErrorDetails{Message: "A comma is missing.", Facts: api.Facts{Line: 2, Column: 5}},
	}))
	_, err := s.client().Run(t.Context(), "json-formatter", strings.NewReader("[1 2]"), client.Options{})
	wantError(t, err, http.StatusBadRequest, "INVALID_JSON")
	if e := errorIn(t, err); e.Line != 2 || e.Column != 5 || e.Message != "A comma is missing." || e.RequestID == "" {
		t.Errorf("error is %+v", e)
	}
	if want := "run json-formatter: INVALID_JSON: A comma is missing. (line 2, column 5)"; err.Error() != want {
		t.Errorf("error reads %q, want %q", err, want)
	}
	s.finished()
}

func TestWhyAnInputDoesNotFitIsTold(t *testing.T) {
	s := newScript(t, reply(http.StatusBadRequest, json.RawMessage(`{"status":"error","error":"INVALID_INPUT","details":{"message":"It does not fit.","errors":[{"pointer":"/a","message":"This must be a string."},{"pointer":"","message":"More."}]}}`)))
	_, err := s.client().Run(t.Context(), "mail", strings.NewReader("{}"), client.Options{})
	wantError(t, err, http.StatusBadRequest, "INVALID_INPUT")
	if want := "run mail: INVALID_INPUT: It does not fit. (/a: This must be a string. And 1 more)"; err.Error() != want {
		t.Errorf("error reads %q, want %q", err, want)
	}
	s.finished()
}

// TestAnEndpointsOwnErrorsSpoilNothing has details of an endpoint whose errors are
// of some other form.
func TestAnEndpointsOwnErrorsSpoilNothing(t *testing.T) {
	for _, own := range []string{`["a"]`, `{"a":["b"]}`, `"a"`, `null`, `[{"pointer":1}]`} {
		text := `{"line":2,"column":5,"errors":` + own + `}`
		var details map[string]any
		if err := json.Unmarshal([]byte(text), &details); err != nil {
			t.Fatal(err)
		}
		e := errorIn(t, client.Failure(api.Status{Status: "failed", Error: &api.JobError{Code: "BAD", Message: "Bad.", Details: details}}))
		if e.Line != 2 || e.Column != 5 || len(e.Errors) != 0 {
			t.Errorf("%s: got %+v", own, e)
		}
	}
}

func TestAnswerThatIsNotTheAPIs(t *testing.T) {
	for name, step := range map[string]http.HandlerFunc{
		"a page":     page("<h1>Sign in</h1>"),
		"no job":     reply(http.StatusAccepted, map[string]string{}),
		"a redirect": reply(http.StatusTemporaryRedirect, nil, "Location", "http://elsewhere.test/"),
		"too large":  page(strings.Repeat(" ", 5<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, step)
			if _, err := s.client().Run(t.Context(), "json-minify", strings.NewReader("1"), client.Options{}); err == nil {
				t.Error("no error")
			}
			s.finished()
		})
	}
}

func TestRunAnswersAtOnce(t *testing.T) {
	s := newScript(t, reply(http.StatusOK, theResult))
	got, err := s.client().Run(t.Context(), "json-formatter", strings.NewReader("1"), client.Options{})
	if err != nil || got != theResult {
		t.Errorf("result %+v, error %v", got, err)
	}
	if p := s.asked[0].header.Get("Prefer"); p != "" {
		t.Errorf("Prefer is %s, want none", p)
	}
	s.finished()
}

func TestRunFollowsJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, acceptedAfter(2), unfinished("processing", 4, `W/"2"`), succeeded)
		got, err := s.client().Run(t.Context(), "json-formatter", strings.NewReader("1"), client.Options{})
		if err != nil || got != theResult {
			t.Errorf("result %+v, error %v", got, err)
		}
		s.finished()
		if want := []time.Duration{0, 0, 4 * time.Second}; !slices.Equal(s.times(), want) { // the first question is left with the server
			t.Errorf("asked at %v, want %v", s.times(), want)
		}
	})
}

func TestRunJSONReturnsWhatTheToolWrote(t *testing.T) {
	const odd = "[1.0e5, {\"a\" : null}]\n"
	s := newScript(t, reply(http.StatusOK, json.RawMessage(odd)))
	got, err := s.client().RunJSON(t.Context(), "report", strings.NewReader("1"), client.Options{})
	if err != nil || strings.Join(strings.Fields(string(got)), "") != strings.Join(strings.Fields(odd), "") {
		t.Errorf("result %q, error %v", got, err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, acceptedAfter(1), jobFailed)
		_, err := s.client().RunJSON(t.Context(), "report", strings.NewReader("1"), client.Options{})
		wantError(t, err, 0, "INVALID_JSON")
	})
}

func TestRunOfFailedJobIsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, acceptedAfter(1), jobFailed)
		_, err := s.client().Run(t.Context(), "json-formatter", strings.NewReader("1"), client.Options{})
		wantError(t, err, 0, "INVALID_JSON")
		if e := errorIn(t, err); e.Line != 3 || e.Column != 14 || e.JobID != jobID {
			t.Errorf("error is %+v", e)
		}
		s.finished()
	})
}

func TestSubmissionEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		s := newScript(t, refuse(http.StatusTooManyRequests, "TOO_MANY_JOBS", 10))
		_, err := s.client().Submit(ctx, "json-minify", strings.NewReader("1"), client.Options{})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline", err)
		}
		wantError(t, err, http.StatusTooManyRequests, "TOO_MANY_JOBS")
		if took := time.Since(s.began); took != 3*time.Second {
			t.Errorf("returned after %s, want 3s", took)
		}
		s.finished()
	})
}
