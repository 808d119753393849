package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
	"claimcheck/internal/cli/webhooks"
)

const anID = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"

// called runs a command against a server that answers so; it returns what was
// printed and the exit code.
func called(t *testing.T, command func(*cli.Env) *cobra.Command, answer http.HandlerFunc, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	srv := httptest.NewServer(answer)
	defer srv.Close()
	var out, errs bytes.Buffer
	e := cli.Env{
		Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=" + srv.URL},
		Stdin:   strings.NewReader(""), Stdout: &out, Stderr: &errs,
	}
	err := cli.Execute(t.Context(), command(&e), &e, args)
	text := ""
	if ended, ok := errors.AsType[*cli.ExitError](err); ok {
		exit, text = ended.Code, ended.What
	} else if err != nil {
		exit, text = cli.ExitFailed, err.Error()
	}
	if text != "" {
		fmt.Fprintf(&errs, "claimcheck: %s\n", text) // as the program does
	}
	return out.String(), errs.String(), exit
}

// says answers with this.
func says(t *testing.T, code int, body string) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}
}

const (
	badText   = `\u001b[2J\u009b1m\u202e\u0007\n`
	badStatus = `{"job_id":"` + badText + `","status":"failed` + badText + `","tool":"` + badText + `","error":{"code":"X` + badText + `","message":"` + badText + `","details":{"reason":"` + badText + `"}},` +
		`"attempts":[],"metadata":{"` + badText + `":"` + badText + `"}}`
	badHook     = `{"id":"` + badText + `","url":"` + badText + `","events":["` + badText + `"],"secret":"` + badText + `","enabled":false,"reason":"` + badText + `"}`
	badDelivery = `{"id":"` + badText + `","type":"` + badText + `","job_id":"` + badText + `","status":"` + badText + `","reason":"` + badText + `","attempts":[{"error":"` + badText + `"}]}`
	badRefusal  = `{"status":"error","error":"X` + badText + `","details":{"message":"` + badText + `"}}`
	badBulk     = `{"bulk_id":"` + badText + `","action":"` + badText + `","status":"ended","skipped":[{"job_id":"` + badText + `","code":"` + badText + `"}],"skipped_count":2}`
)

// TestWhatTheServerSaysIsHarmless has a hostile server answer every command: nothing
// of what it says takes a terminal over, and a line stays a line.
func TestWhatTheServerSaysIsHarmless(t *testing.T) {
	for _, c := range []struct {
		command func(*cli.Env) *cobra.Command
		args    string
		body    string
		lines   int // of stdout
	}{
		{cli.Status, anID, badStatus, 1},
		{cli.Wait, anID, strings.Replace(badStatus, `"failed`+badText, `"failed`, 1), 1},
		{cli.Watch, anID, strings.Replace(badStatus, `"failed`+badText, `"failed`, 1), 1},
		{cli.Cancel, anID, badStatus, 1},
		{cli.Retry, anID, `{"status":"` + badText + `","job_id":"` + badText + `","status_url":"` + badText + `","request_id":"` + badText + `"}`, 1},
		{cli.Jobs, "", `{"jobs":[` + badStatus + `,` + badStatus + `],"next_cursor":null}`, 3},
		{cli.Usage, "", `{"owner":"` + badText + `","plan":"` + badText + `","subject":"` + badText + `"}`, 7},
		{webhooks.Webhooks, "list", `{"webhooks":[` + badHook + `]}`, 2},
		{webhooks.Webhooks, "create https://example.org", badHook, 4},
		{webhooks.Webhooks, "rotate wh_1", badHook, 4},
		{webhooks.Webhooks, "secret", badHook, 1},
		{webhooks.Webhooks, "test wh_1", badDelivery, 2},
		{webhooks.Webhooks, "deliveries wh_1", `{"deliveries":[` + badDelivery + `]}`, 2},
		{webhooks.Webhooks, "resend wh_1 msg_1", badDelivery, 2},
		{cli.Bulk, "status " + anID, badBulk, 1},
		{cli.Bulk, "end " + anID, badBulk, 1},
	} {
		for _, form := range []string{"", " --json"} {
			stdout, stderr, exit := called(t, c.command, says(t, http.StatusOK, c.body), strings.Fields(c.args+form)...)
			name := c.command(&cli.Env{}).Name() + " " + c.args + form
			if exit > cli.ExitFailed || strings.ContainsAny(stdout+stderr, "\x1b\a\u009b\u202e") || form == "" && strings.Count(stdout, "\n") != c.lines || stdout == "" {
				t.Errorf("%s: exit code %d, stderr %q, stdout\n%q", name, exit, stderr, stdout)
			}
			stdout, stderr, exit = called(t, c.command, says(t, http.StatusForbidden, badRefusal), strings.Fields(c.args+form)...)
			if exit != cli.ExitRefused || strings.ContainsAny(stdout+stderr, "\x1b\a\u009b\u202e") || strings.Count(stderr, "\n") != 1 || stdout != "" {
				t.Errorf("%s, refused: exit code %d, stderr %q, stdout\n%q", name, exit, stderr, stdout)
			}
		}
	}
}

func TestServersThatCannotAnswerAreAskedOnce(t *testing.T) {
	for code, want := range map[int]int{http.StatusBadGateway: cli.ExitServer, http.StatusServiceUnavailable: cli.ExitServer, http.StatusFound: cli.ExitRefused} {
		var asked atomic.Int64
		answer := says(t, code, "<html>")
		_, stderr, exit := called(t, cli.Status, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			answer(w, r)
		}, anID)
		if exit != want || !strings.Contains(stderr, "HTTP ") || asked.Load() != 1 {
			t.Errorf("%d: got exit code %d, %q, asked %d times, want %d", code, exit, stderr, asked.Load(), want)
		}
	}
	if _, stderr, exit := called(t, cli.Status, says(t, http.StatusOK, "<html>"), anID); exit != cli.ExitServer || stderr == "" {
		t.Errorf("no JSON: got exit code %d, %q", exit, stderr)
	}
}

func TestTheLimitIsWaitedForAsTheServerSays(t *testing.T) {
	var asked atomic.Int64
	stdout, stderr, exit := called(t, cli.Status, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			says(t, http.StatusTooManyRequests, `{"status":"error","error":"RATE_LIMITED","details":{"message":"Too many."},"retry_after":1}`)(w, r)
			return
		}
		says(t, http.StatusOK, `{"job_id":"`+anID+`","status":"success","created_at":1,"updated_at":6}`)(w, r)
	}, anID)
	if want := anID + "  success     after 5s\n"; stdout != want || stderr != "" || exit != 0 {
		t.Errorf("got exit code %d, %q, %q, want %q", exit, stdout, stderr, want)
	}
	stdout, stderr, exit = called(t, cli.Jobs, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "86400")
		says(t, http.StatusTooManyRequests, `{"status":"error","error":"QUOTA_EXCEEDED","details":{"message":"The month is used up."},"retry_after":86400}`)(w, r)
	})
	if exit != cli.ExitRefused || stdout != "" || stderr != "claimcheck: list jobs: QUOTA_EXCEEDED: The month is used up.\n" {
		t.Errorf("a day: got exit code %d, %q, %q", exit, stdout, stderr)
	}
}

func TestUnfinishedJobsSayWhyTheyWait(t *testing.T) {
	for more, want := range map[string]string{
		`"queued","waiting_reason":"queue","queue_position":0`:                        "queued      waits for its turn, none before it",
		`"queued","waiting_reason":"queue","queue_position":3,"estimated_seconds":70`: "queued      waits for its turn, about 3 before it, done in about 1m10s",
		`"queued","waiting_reason":"owner_paused"`:                                    "queued      waits: an operator has paused your jobs",
		`"queued","waiting_reason":"new\u001breason"`:                                 `queued      waits (new\x1breason)`,
		`"queued"`: "queued      waits for its turn",
		`"processing","progress":40,"attempt":2,"max_attempts":4,"estimated_seconds":-7`: "processing  40 %, attempt 2 of 4, done in about 0s",
		`"processing"`: "processing",
		`"success"`:    "success     after 0s",
		`"odd"`:        "odd",
	} {
		stdout, stderr, exit := called(t, cli.Status, says(t, http.StatusOK, `{"job_id":"`+anID+`","created_at":9,"updated_at":5,"status":`+more+`}`), anID)
		if stdout != anID+"  "+want+"\n" || stderr != "" || exit != 0 {
			t.Errorf("%s: got exit code %d, %q, %q, want %q", more, exit, stdout, stderr, want)
		}
	}
}
