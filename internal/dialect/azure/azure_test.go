package azure_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/azure"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

var (
	id      = job.ID{0x01, 0x99, 0x7f, 0x3e, 0x5b, 0x80, 0x7c, 0x41, 0x9d, 0x02, 0x6f, 0x1a, 0x8b, 0xe3, 0xd2, 0x74}
	created = time.Date(2026, 10, 1, 2, 3, 4, 567e6, time.FixedZone("", 3600))
)

// view is a job of each status.
func view(status job.Status, why string) dialect.View {
	j := &job.Job{ID: id, Owner: "ann", Tool: "x", Status: status, Created: created, Updated: created.Add(time.Minute), Error: []byte(why)}
	v := dialect.View{Job: j, Hint: 2}
	if status == job.Success {
		v.Result = []byte(`{"a": "<&>"}`)
	}
	return v
}

const begins = `{"id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274","status":`

func TestAJobIsAnOperation(t *testing.T) {
	const times = `,"createdDateTime":"2026-10-01T01:03:04Z","lastUpdatedDateTime":"2026-10-01T01:04:04Z"`
	running := view(job.Processing, "")
	running.Progress = 40
	for name, c := range map[string]struct {
		view dialect.View
		want string
	}{
		"waits":      {view(job.Queued, ""), `"NotStarted"` + times + `,"percentComplete":0}`},
		"runs":       {view(job.Processing, ""), `"Running"` + times + `,"percentComplete":0}`},
		"is half":    {running, `"Running"` + times + `,"percentComplete":40}`},
		"is done":    {view(job.Success, ""), `"Succeeded"` + times + `,"percentComplete":100,"result":{"a": "<&>"}}`},
		"failed":     {view(job.Failed, `{"code":"A","message":"It \"is\"."}`), `"Failed"` + times + `,"error":{"code":"A","message":"It \"is\"."}}`},
		"with facts": {view(job.Failed, `{"code":"A","message":"B","details":{"line":2,"innererror":{"code":"C"}}}`), `"Failed"` + times + `,"error":{"code":"A","message":"B","additionalInfo":[{"type":"details","info":{"line":2,"innererror":{"code":"C"}}}]}}`},
		"no facts":   {view(job.Failed, `{"code":"A","message":"B","details":{}}`), `"Failed"` + times + `,"error":{"code":"A","message":"B"}}`},
		"given up":   {view(job.Failed, `{"code":"CANCELED","message":"B","details":{}}`), `"Canceled"` + times + `,"error":{"code":"CANCELED","message":"B"}}`},
		"unreadable": {view(job.Failed, `{"code":`), `"Failed"` + times + `,"error":{"code":"INTERNAL_ERROR","message":"Failed to process job"}}`},
	} {
		if got := string(azure.Words{}.Status(c.view)); got != begins+c.want || !json.Valid([]byte(got)) {
			t.Errorf("a job that %s:\n got %s\nwant %s", name, got, begins+c.want)
		}
	}
}

// TestAcceptedNamesTheOperation, whose state may not be known of one that was
// accepted before.
func TestAcceptedNamesTheOperation(t *testing.T) {
	for status, want := range map[job.Status]string{job.Queued: "NotStarted", job.Processing: "Running", job.Success: "NotStarted", job.Failed: "NotStarted"} {
		h := http.Header{}
		code, body := azure.Words{}.Accepted(dialect.Accepted{View: view(status, ""), PublicURL: "https://x.test/base"}, h)
		if code != 202 || string(body) != begins+`"`+want+`","createdDateTime":"2026-10-01T01:03:04Z"}` {
			t.Errorf("%s: %d %s", status, code, body)
		}
		if at := h.Get("Operation-Location"); at != "https://x.test/base/azure/operations/"+id.String() || len(h) != 1 {
			t.Errorf("%s: header %v, want Operation-Location alone", status, h)
		}
	}
}

func TestFailuresHaveTheCodeTwice(t *testing.T) {
	for name, c := range map[string]struct {
		failure dialect.Failure
		status  int
		body    string
		result  string // Repeatability-Result
	}{
		"plain":     {dialect.Failure{Error: fault.New(fault.NotFound, "A", "B"), Status: 404}, 404, `{"error":{"code":"A","message":"B"}}`, ""},
		"of facts":  {dialect.Failure{Error: fault.New(fault.Invalid, "A", "B").With("option", "x-a"), Status: 400}, 400, `{"error":{"code":"A","message":"B","additionalInfo":[{"type":"details","info":{"option":"x-a"}}]}}`, ""},
		"repeated":  {dialect.Failure{Error: fault.New(fault.Limited, "A", "B"), Status: 429, Asked: http.Header{"Repeatability-Request-Id": {"x"}}}, 429, `{"error":{"code":"A","message":"B"}}`, "rejected"},
		"uncertain": {dialect.Failure{Error: fault.New(fault.Unavailable, "A", "B").With("outcome", "unknown"), Status: 503, Asked: http.Header{"Repeatability-Request-Id": {"x"}}}, 503, `{"error":{"code":"A","message":"B","additionalInfo":[{"type":"details","info":{"outcome":"unknown"}}]}}`, ""},
	} {
		h := http.Header{"Repeatability-Result": {"accepted"}}
		status, body := azure.Words{}.Failed(c.failure, h)
		if status != c.status || string(body) != c.body || h.Get("X-Ms-Error-Code") != "A" || h.Get("Repeatability-Result") != c.result {
			t.Errorf("%s: %d %s %v", name, status, body, h)
		}
	}
}

func TestPages(t *testing.T) {
	if got := string(azure.Words{}.List(dialect.Page{Jobs: [][]byte{[]byte("1"), []byte("2")}}, nil)); got != `{"value":[1,2]}` {
		t.Error(got)
	}
	if status, got := (azure.Words{}).Done(dialect.Done{Result: []byte("1")}, nil); status != 200 || string(got) != "1" {
		t.Error(status, string(got))
	}
}
