package client_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

func TestStatusAsksOnce(t *testing.T) {
	s := newScript(t, unfinished("queued", 2, `W/"1"`))
	got, err := s.client().Get(t.Context(), jobID)
	if err != nil || got.Status != "queued" || got.RetryAfter != 2 {
		t.Errorf("status %+v, error %v", got, err)
	}
	if s.asked[0].what != "GET /jobs/"+jobID || s.asked[0].header.Get("X-Api-Key") != key {
		t.Errorf("asked %s with key %q", s.asked[0].what, s.asked[0].header.Get("X-Api-Key"))
	}
	s.finished()
}

func TestWaitAsksWhenItIsToldTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t,
			unfinished("queued", 2, `W/"1"`),
			unchanged(3),
			unfinished("processing", 7, `W/"2"`),
			reply(http.StatusNotModified, nil), // says nothing: as before
			refuse(http.StatusTooManyRequests, "RATE_LIMITED", 11),
			refuse(http.StatusServiceUnavailable, "UNAVAILABLE", 30),
			lose,
			succeeded,
		)
		got, err := s.client().Wait(t.Context(), jobID)
		if err != nil || got.Status != "success" {
			t.Fatalf("status %+v, error %v", got, err)
		}
		s.finished()
		var want []time.Duration
		at := time.Duration(0)
		for _, pause := range []int{0, 2, 3, 7, 7, 11, 30, 1} { // what the server asks for is obeyed and does not count as a failure
			at += time.Duration(pause) * time.Second
			want = append(want, at)
		}
		if !slices.Equal(s.times(), want) {
			t.Errorf("asked at %v\nwant     %v", s.times(), want)
		}
		var tags []string
		for _, a := range s.asked {
			tags = append(tags, a.header.Get("If-None-Match"))
		}
		if want := []string{"", `W/"1"`, `W/"1"`, `W/"2"`, `W/"2"`, `W/"2"`, `W/"2"`, `W/"2"`}; !slices.Equal(tags, want) {
			t.Errorf("tags are %q, want %q", tags, want)
		}
	})
}

func TestWaitOfFailedJobIsNoError(t *testing.T) {
	s := newScript(t, jobFailed)
	got, err := s.client().Wait(t.Context(), jobID)
	if err != nil || got.Status != "failed" {
		t.Fatalf("status %+v, error %v", got, err)
	}
	_, err = client.ResultOf(got)
	if e := errorIn(t, err); e.Line != 3 {
		t.Errorf("error is %+v", e)
	}
	s.finished()
}

func TestFailureTakesAnyDetails(t *testing.T) {
	err := client.Failure(api.Status{JobID: jobID, Status: "failed", Error: &api.JobError{
		Code: "OWN", Message: "Of somebody's tool.", Details: map[string]any{"line": "the third"},
	}})
	wantError(t, err, 0, "OWN")
	if err := client.Failure(api.Status{Status: "success"}); err != nil {
		t.Errorf("a job that did not fail: %v", err)
	}
}

func TestResultOfUnfinishedJobIsError(t *testing.T) {
	if _, err := client.ResultOf(api.Status{JobID: jobID, Status: "queued"}); err == nil {
		t.Error("no error")
	}
}

func TestWaitGivesUpOnWhatIsFinal(t *testing.T) {
	for code, status := range map[string]int{
		"JOB_NOT_FOUND": http.StatusNotFound, "FORBIDDEN": http.StatusForbidden,
		"UNAUTHORIZED": http.StatusUnauthorized, "INTERNAL_ERROR": http.StatusInternalServerError,
	} {
		s := newScript(t, refuse(status, code, 0))
		_, err := s.client().Wait(t.Context(), jobID)
		wantError(t, err, status, code)
		s.finished()
	}
}

func TestWaitEndsWithContextAndTellsWhatItSaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s := newScript(t, unfinished("queued", 50, `W/"1"`), unfinished("processing", 50, `W/"2"`))
		got, err := s.client().Wait(ctx, jobID)
		if !errors.Is(err, context.DeadlineExceeded) || got.Status != "processing" {
			t.Errorf("status %+v, error %v", got, err)
		}
		s.finished()
	})
}

func TestPauseIsNeverLongerThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, unfinished("queued", 60, `W/"1"`), succeeded)
		if _, err := s.client(client.WithMaxPause(10*time.Second)).Wait(t.Context(), jobID); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(s.began); took != 10*time.Second {
			t.Errorf("waited %s, want 10s", took)
		}
		s.finished()
	})
}
