package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestJobsWhoseTurnDidNotComeAreLookedAt has more jobs than are waited for at a time:
// when the time is over, those behind them that are finished are told.
func TestJobsWhoseTurnDidNotComeAreLookedAt(t *testing.T) {
	all := ids(inWait + 3)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/jobs" { // none of the first ones is ever finished
			<-r.Context().Done()
			return
		}
		var jobs []string
		for i, id := range strings.Split(r.URL.Query().Get("ids"), ",") {
			jobs = append(jobs, fmt.Sprintf(`{"job_id":%q,"status":%q,"created_at":1,"updated_at":3}`, id, []string{"success", "queued"}[i%2]))
		}
		_, _ = fmt.Fprintf(w, `{"jobs":[%s],"next_cursor":null}`, strings.Join(jobs, ",")) // the client may have gone
	}))
	defer server.Close()
	var stdout, stderr bytes.Buffer
	e := &Env{Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=" + server.URL}, Stdout: &stdout, Stderr: &stderr}
	err := Execute(t.Context(), Wait(e), e, append([]string{"--timeout", "200ms"}, all...))
	rest := append(all[:inWait:inWait], all[inWait+1])
	want := "not finished after 200ms; the jobs go on; to come back to them: claimcheck wait " + strings.Join(rest, " ")
	if ended, ok := errors.AsType[*ExitError](err); !ok || ended.Code != ExitServer || ended.What != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if want := all[inWait] + "  success     after 2s\n" + all[inWait+2] + "  success     after 2s\n"; stdout.String() != want || stderr.Len() > 0 {
		t.Errorf("got %q, %q, want %q", stdout.String(), stderr.String(), want)
	}
}
