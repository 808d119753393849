package cli_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"claimcheck/internal/cli"
)

// answering runs status on one job of a server that answers so; it returns what
// was printed and the exit code.
func answering(t *testing.T, code int, body string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(code)
		if _, err := w.Write([]byte(body)); err != nil || r.URL.Path != "/jobs/a%2Fb" && r.URL.Path != "/jobs/a/b" {
			t.Errorf("%s: %v", r.URL, err)
		}
	}))
	defer srv.Close()
	var out, errs bytes.Buffer
	e := cli.Env{Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=http://127.0.0.1:1"}, Stdout: &out, Stderr: &errs}
	err := cli.Execute(t.Context(), cli.Status(&e), &e, append(args, "--url", srv.URL, "a/b"))
	if ended, ok := errors.AsType[*cli.ExitError](err); ok {
		exit = ended.Code
	} else if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), exit
}

func TestWhatTheServerSaysIsHarmless(t *testing.T) {
	const body = `{"job_id":"a/b","status":"failed\u001b[2J","error":{"code":"X\u009b1m","message":"two\nlines \u202e","details":{"reason":"\u001b]0;x\u0007"}}}`
	for _, args := range [][]string{nil, {"--json"}} {
		stdout, stderr, exit := answering(t, http.StatusOK, body, args...)
		if exit != cli.ExitFailed || stderr != "" || strings.Count(stdout, "\n") != 1 || strings.ContainsAny(stdout, "\x1b\a\u009b\u202e") {
			t.Errorf("%v: got exit code %d, %q, %q", args, exit, stdout, stderr)
		}
	}
	_, stderr, exit := answering(t, http.StatusForbidden, `{"status":"error","error":"FORBIDDEN","details":{"message":"no \u001b[31m"}}`)
	if exit != cli.ExitRefused || stderr != "claimcheck: ask for job a/b: FORBIDDEN: no \\x1b[31m\n" {
		t.Errorf("got exit code %d, %q", exit, stderr)
	}
}

func TestServersThatCannotAnswerAreAskedOnce(t *testing.T) {
	for code, want := range map[int]int{
		http.StatusBadGateway: cli.ExitServer, http.StatusServiceUnavailable: cli.ExitServer, http.StatusTooManyRequests: cli.ExitRefused, http.StatusFound: cli.ExitRefused,
	} {
		if _, stderr, exit := answering(t, code, "<html>"); exit != want || !strings.Contains(stderr, "HTTP ") {
			t.Errorf("%d: got exit code %d, %q, want %d", code, exit, stderr, want)
		}
	}
	if _, stderr, exit := answering(t, http.StatusOK, "<html>"); exit != cli.ExitServer || stderr == "" {
		t.Errorf("no JSON: got exit code %d, %q", exit, stderr)
	}
}
