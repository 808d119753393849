package judges_test

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/testneeds"
)

// retried is what got.mjs prints.
type retried struct {
	Status   int
	Body     string
	Refusals []struct {
		Status, RetryAfter, Body int     // Body is its retry_after
		Waits, At                float64 // milliseconds
	}
	At float64 // when the answer was there
}

// wantOnce checks that one refusal was enough: that got waited as long as it
// was told and that this was long enough.
func (r *retried) wantOnce(t *testing.T, status int) {
	t.Helper()
	if r.Status != http.StatusOK || len(r.Refusals) != 1 {
		t.Fatalf("got %+v, want one refusal and 200", r)
	}
	f := r.Refusals[0]
	if f.Status != status || f.RetryAfter < 1 || f.Body != f.RetryAfter {
		t.Errorf("the refusal was %+v, want %d with Retry-After and the same retry_after", f, status)
	}
	if told := float64(1000 * f.RetryAfter); f.Waits != told || r.At-f.At < told-timerSlack {
		t.Errorf("got means to wait %.0f ms and waited %.0f, want %.0f", f.Waits, r.At-f.At, told)
	}
}

// slowPlan is a plan whose allowance is spent soon and grows by one in 2 s.
const slowPlan = "status_per_minute: 30"

func TestGotWaitsWhenLimited(t *testing.T) {
	t.Parallel()
	s := start(t, slowPlan)
	r := node[retried](t, "got.mjs", "got", map[string]any{"url": s.URL + "/usage", "key": s.key, "method": http.MethodGet, "drain": true})
	r.wantOnce(t, http.StatusTooManyRequests)
}

// TestGotWaitsWhileUnavailable takes the right to write from the server until
// it refused once.
func TestGotWaitsWhileUnavailable(t *testing.T) {
	t.Parallel()
	prlimit := testneeds.Program(t, "prlimit (apt-get install util-linux)", "prlimit")
	s := start(t, "")
	mayWrite := func(bytes string) error {
		return exec.Command(prlimit, "--pid="+strconv.Itoa(s.PID()), "--fsize="+bytes+":unlimited").Run()
	}
	refused := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if err := mayWrite("unlimited"); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(refused.Close)
	if err := mayWrite("0"); err != nil {
		t.Fatal(err)
	}
	r := node[retried](t, "got.mjs", "got", map[string]any{
		"url": s.URL + sleepTool, "key": s.key, "method": http.MethodPost, "body": "0s", "refused": refused.URL,
	})
	r.wantOnce(t, http.StatusServiceUnavailable)
	if u := decode[api.Usage](t, s.call(t, http.StatusOK, http.MethodGet, "/usage", "")); u.Jobs.Used != 1 {
		t.Errorf("charged %d times, want once", u.Jobs.Used)
	}
}

func TestCurlRetriesWhenLimited(t *testing.T) {
	t.Parallel()
	curl := testneeds.Program(t, "curl (apt-get install curl)", "curl")
	s := start(t, slowPlan)
	s.drain(t)
	began := time.Now()
	stdout, stderr := run(t, curl, "--silent", "--verbose", "--retry", "2", "--fail", "--header", "x-api-key: "+s.key, s.URL+"/usage")
	took := time.Since(began)
	decode[api.Usage](t, []byte(stdout))
	var statuses []string
	for _, m := range regexp.MustCompile(`(?m)^< HTTP/1.1 (\d+)`).FindAllStringSubmatch(stderr, -1) {
		statuses = append(statuses, m[1])
	}
	after := regexp.MustCompile(`(?m)^< Retry-After: (\d+)`).FindStringSubmatch(stderr)
	if len(statuses) != 2 || statuses[0] != "429" || statuses[1] != "200" || after == nil {
		t.Fatalf("curl was answered %v, Retry-After %v, want 429 with one, then 200", statuses, after)
	}
	if told, err := time.ParseDuration(after[1] + "s"); err != nil || took < told {
		t.Errorf("curl ended after %s, told to wait %s, %v", took, told, err)
	}
}

// drain spends the whole allowance of status calls.
func (s *service) drain(t *testing.T) {
	t.Helper()
	for {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/usage", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("x-api-key", s.key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusTooManyRequests {
			return
		}
	}
}
