package words_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/cli"
	"claimcheck/internal/cli/words"
)

const (
	anID    = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"
	badText = `\u001b[2J\u009b1m\u202e\u0007\n`
)

// called runs the command against a server that answers so; it returns what was
// printed and the exit code.
func called(t *testing.T, answer http.HandlerFunc, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	srv := httptest.NewServer(answer)
	defer srv.Close()
	var out, errs bytes.Buffer
	e := cli.Env{
		Environ: []string{"CLAIMCHECK_API_KEY=k", "CLAIMCHECK_URL=" + srv.URL},
		Stdin:   strings.NewReader(""), Stdout: &out, Stderr: &errs,
	}
	err := cli.Execute(t.Context(), words.Log(&e), &e, args)
	if ended, ok := errors.AsType[*cli.ExitError](err); ok {
		exit = ended.Code
		fmt.Fprintf(&errs, "claimcheck: %s\n", ended.What) // as the program does
	} else if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), exit
}

// speaks answers about a job that has said something, and ends as the status says.
func speaks(status string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/log") {
			_, _ = io.WriteString(w, `{"lines":[{"at":1790809203,"text":"one`+badText+`"},{"at":1790809204,"text":"two"}],"dropped":7}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for i, event := range []string{
			`status {"job_id":"` + anID + `","status":"processing","message":"Your job is being processed.","retry_after":1}`,
			`message {"attempt":1,"at":1790809203,"message":"page 3"}`, `log {"attempt":1,"at":1790809203,"log":["one` + badText + `"]}`,
			`output {"attempt":1,"at":1790809203,"output":"ha"}`, `output {"attempt":1,"at":1790809203,"output":"lf\n"}`,
			`odd {"attempt":1}`, `output {"attempt":2,"at":1790809204,"output":"anew"}`, `status ` + status,
		} {
			name, data, _ := strings.Cut(event, " ")
			_, _ = fmt.Fprintf(w, "event: %s\nid: 1.%d\ndata: %s\n\n", name, i+1, data)
		}
	}
}

// nowhere is a job that is not there.
func nowhere(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"status":"error","error":"JOB_NOT_FOUND","details":{"message":"Job not found"}}`)
}

const (
	succeeded = `{"job_id":"` + anID + `","status":"success","created_at":1,"updated_at":2,"result":{}}`
	broke     = `{"job_id":"` + anID + `","status":"failed","created_at":1,"updated_at":2,"error":{"code":"BAD","message":"No.","details":{}}}`
)

func TestALogIsPrinted(t *testing.T) {
	clock := func(at int64) string { return time.Unix(at, 0).Format(time.TimeOnly) }
	first, page := clock(1790809203)+"  one", clock(1790809203)+"  page 3\n"
	for _, c := range []struct {
		args   []string
		status string
		stdout string // its beginning and its end, with ... between
		stderr string
		exit   int
	}{
		{[]string{anID}, succeeded, first + "..." + clock(1790809204) + "  two\n", "claimcheck: 7 lines before these are not kept\n", 0},
		{[]string{anID, "--json"}, succeeded, `{"lines":[{"at":1790809203...,"dropped":7}` + "\n", "", 0},
		{[]string{anID, "--follow"}, succeeded, page + first + "...\n", "", 0},
		{[]string{anID, "--follow"}, broke, page + first + "...\n", "claimcheck: BAD: No.\n", 1},
		{[]string{anID, "--output"}, succeeded, "half\nan...ew\n", "\nclaimcheck: attempt 2 begins anew\n", 0},
		{[]string{anID, "--output", "--json"}, succeeded, `{"attempt":1,"at":1790809203,"message":"page 3"}` + "\n..." + `{"attempt":2,"at":1790809204,"output":"anew"}` + "\n", "", 0},
		{[]string{"x"}, succeeded, "...", "claimcheck: log: x is no job's ID", 2},
		{[]string{anID, anID}, succeeded, "...", "claimcheck: log takes the ID of one job", 2},
	} {
		out, errs, exit := called(t, speaks(c.status), c.args...)
		begin, end, _ := strings.Cut(c.stdout, "...")
		if exit != c.exit || !strings.HasPrefix(out, begin) || !strings.HasSuffix(out, end) || !strings.HasPrefix(errs, c.stderr) || strings.Contains(out, "\x1b") {
			t.Errorf("log %q ends with %d, prints %q and says %q; want %d, %q, %q", c.args, exit, out, errs, c.exit, c.stdout, c.stderr)
		}
	}
	if _, errs, exit := called(t, nowhere, anID); exit != 3 || !strings.Contains(errs, "JOB_NOT_FOUND") {
		t.Errorf("of no job: %d, %q", exit, errs)
	}
}
