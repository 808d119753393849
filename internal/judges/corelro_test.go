package judges_test

import (
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
)

// polled is what lro.mjs prints.
type polled struct {
	Answers []struct {
		Method     string
		Status     int
		RetryAfter float64 // seconds, 0 if the header was absent
		Sent, Got  float64 // milliseconds
	}
	Result       api.Result
	Error, State string
}

func pollByCoreLRO(t *testing.T, s *service, tool, input string) polled {
	t.Helper()
	return node[polled](t, "lro.mjs", "@azure/core-lro", map[string]any{"url": s.URL + tool, "key": s.key, "body": input})
}

func TestCoreLROPollsSubmissionToItsEnd(t *testing.T) {
	t.Parallel()
	p := pollByCoreLRO(t, start(t, ""), sleepTool, "1500ms")
	if p.State != "succeeded" || p.Error != "" || p.Result.Status != "success" || p.Result.Preview != "slept 1500ms" {
		t.Errorf("the poller ended with %+v", p)
	}
	last := len(p.Answers) - 1
	if last < 2 {
		t.Fatalf("got %d answers, want the submission and some polls: %+v", len(p.Answers), p.Answers)
	}
	for i, a := range p.Answers {
		want := http.StatusAccepted
		if i == last {
			want = http.StatusOK
		}
		if a.Status != want || (a.RetryAfter >= 1) != (want == http.StatusAccepted) {
			t.Errorf("answer %d is %+v, want %d, with Retry-After if it is not the last", i, a, want)
		}
		if early := p.Answers[max(i-1, 0)]; i > 1 && a.Sent-early.Got < 1000*early.RetryAfter-timerSlack {
			t.Errorf("poll %d came %.0f ms after an answer with Retry-After %v", i, a.Sent-early.Got, early.RetryAfter)
		}
	}
}

// timerSlack is by how many milliseconds a timer may be early.
const timerSlack = 5

// TestCoreLROReportsFailure has the poller see both kinds of failure, bad input
// and ours. It knows of the failure, but not the code: it looks for
// error.code where the envelope of the public page has a string.
func TestCoreLROReportsFailure(t *testing.T) {
	t.Parallel()
	s := start(t, "", "--max-attempts=1")
	for input, status := range map[string]int{"invalid": http.StatusBadRequest, "retry": http.StatusFailedDependency} {
		p := pollByCoreLRO(t, s, failTool, input)
		if p.State != "failed" || !strings.Contains(p.Error, "failed") {
			t.Errorf("%s: the poller ended with %+v, want a failure", input, p)
		}
		if last := p.Answers[len(p.Answers)-1]; last.Status != status || last.RetryAfter != 0 {
			t.Errorf("%s: the last answer was %+v, want %d without Retry-After", input, last, status)
		}
	}
}
