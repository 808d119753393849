package plain_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// TestARememberedRefusalIsReadAgain: whatever an envelope says is what the
// failure says that is made of it.
func TestARememberedRefusalIsReadAgain(t *testing.T) {
	for _, f := range []*fault.Error{
		fault.New(fault.Invalid, "INVALID_JSON", "It is <wrong>.").With("line", 2).With("column", 5).With("reason", "a \"b\""),
		fault.New(fault.TooLarge, "FILE_TOO_LARGE", "Too large.").With("limit", int64(1)<<40),
		fault.New(fault.NotFound, "THEIRS", ""),
		fault.New(fault.Forbidden, "FORBIDDEN", "No."),
	} {
		status, body := plain.Memory{}.Refused(f)
		read := fault.Of(plain.Refusal(status, body))
		if read == nil || read.Kind != f.Kind || dialect.FailureOf(read).Status != status {
			t.Fatalf("%s: read %v", body, read)
		}
		if again := plain.Envelope(read, 0); string(again) != string(body) {
			t.Errorf("got %s, want %s", again, body)
		}
	}
	for _, broken := range []string{"", "[]", `{"error":"X","details":{"message":1}}`} {
		if err := plain.Refusal(http.StatusBadRequest, []byte(broken)); err == nil || fault.Of(err) != nil {
			t.Errorf("%s: %v", broken, err)
		}
	}
}

func TestStatusesHaveTheirMembersInOrder(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	j := job.Job{Created: at, Updated: at, Error: []byte(`{"code":"X"}`)}
	for status, want := range map[job.Status]string{
		job.Queued:     `,"message":"Your job is being processed.","retry_after":7}`,
		job.Processing: `,"message":"Your job is being processed.","retry_after":7}`,
		job.Success:    `,"result":{"a":1}}`,
		job.Failed:     `,"error":{"code":"X"}}`,
	} {
		j.Status = status
		got := string(plain.Words{}.Status(dialect.View{Job: &j, Result: []byte(`{"a":1}`), Hint: 7}))
		head := `{"job_id":"00000000-0000-0000-0000-000000000000","status":"` + status.String() + `","created_at":1800000000,"updated_at":1800000000`
		if got != head+want || !json.Valid([]byte(got)) {
			t.Errorf("got %s", got)
		}
	}
}

func TestFailuresAreToldAsTheyWereAskedFor(t *testing.T) {
	f := dialect.FailureOf(fault.New(fault.Limited, "RATE_LIMITED", "Slow down.").With("status", "mine").After(100 * time.Hour))
	f.RequestID = strings.Repeat("0", 32)
	if status, body := (plain.Words{}).Failed(f, http.Header{}); status != 429 || string(body) != `{"status":"error","error":"RATE_LIMITED","details":{"message":"Slow down.","status":"mine"},"retry_after":86400}` {
		t.Errorf("%d %s", status, body)
	}
	f.Asked = http.Header{"Accept": {"text/html, application/problem+json;q=1"}}
	h := http.Header{}
	_, body := plain.Words{}.Failed(f, h)
	var p map[string]any
	if err := json.Unmarshal(body, &p); err != nil || h.Get("Content-Type") != "application/problem+json" || p["status"] != float64(429) || p["instance"] != "urn:uuid:00000000-0000-0000-0000-000000000000" {
		t.Errorf("%v %s", h, body)
	}
	if details, ok := p["details"].(map[string]any); !ok || details["status"] != "mine" {
		t.Errorf("details %v", p["details"])
	}
}

func TestWhatIsNoFaultForClientsIsOurs(t *testing.T) {
	for _, err := range []error{http.ErrServerClosed, fault.New(fault.Internal, "SECRET", "At /some/path.")} {
		if f := dialect.FailureOf(err); f.Status != 500 || f.Code != "INTERNAL_ERROR" || strings.Contains(f.Message, "/") {
			t.Errorf("%v: %+v", err, f)
		}
	}
}
