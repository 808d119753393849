package mcp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/job"
)

func TestWhatAJobIsAsATask(t *testing.T) {
	const (
		id    = "01a21fa0-0662-7000-ab96-67fbc56cf3b6"
		times = `"createdAt":"2026-11-28T00:00:00.000Z","lastUpdatedAt":"2026-11-28T00:00:01.500Z","ttlMs":`
	)
	created := time.Date(2026, 11, 28, 1, 0, 0, 0, time.FixedZone("", 3600))
	named, err := job.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	file := &dialect.File{Name: "x.png", Type: "image/png", Size: 3}
	for name, c := range map[string]struct {
		view         dialect.View
		modern, seed string // after the member taskId; no seed: the same
	}{
		"waits": {
			dialect.View{Job: &job.Job{Status: job.Queued}, Hint: 3},
			`"status":"working","statusMessage":"queued",` + times + `null,"pollIntervalMs":3000}`, "",
		},
		"runs, and has come half way": {
			dialect.View{Job: &job.Job{Status: job.Processing}, Hint: 60, Progress: 50},
			`"status":"working","statusMessage":"processing, 50 %",` + times + `null,"pollIntervalMs":60000}`, "",
		},
		"made a file": {
			dialect.View{Job: &job.Job{Status: job.Success}, Result: []byte(`{"file":"https://x/x.png","preview":""}`), File: file},
			`"status":"completed",` + times + `3600000,"result":{"resultType":"complete","content":[{"type":"text","text":"{\"file\":\"https://x/x.png\",\"preview\":\"\"}"},` +
				`{"type":"resource_link","uri":"https://x/x.png","name":"x.png","mimeType":"image/png","size":3}],"structuredContent":{"file":"https://x/x.png","preview":""},"isError":false}}`,
			`"status":"completed",` + times + `3600000}`,
		},
		"was refused by its tool": {
			dialect.View{Job: &job.Job{Status: job.Failed, Error: []byte(`{"code":"INVALID_JSON","message":"JSON validation failed.","details":{"line":2,"column":5}}`)}},
			`"status":"completed","statusMessage":"JSON validation failed.",` + times + `3600000,"result":{"resultType":"complete","content":[{"type":"text","text":"INVALID_JSON: JSON validation failed. (line 2, column 5)"}],` +
				`"structuredContent":{"error":{"code":"INVALID_JSON","details":{"column":5,"line":2},"message":"JSON validation failed."}},"isError":true}}`,
			`"status":"completed","statusMessage":"JSON validation failed.",` + times + `3600000}`,
		},
		"failed for our reasons": {
			dialect.View{Job: &job.Job{Status: job.Failed, Error: []byte(`{"code":"WORKER_LOST","message":"The worker died."}`)}},
			`"status":"failed","statusMessage":"The worker died.",` + times + `3600000,"error":{"code":-32603,"message":"The worker died.","data":{"code":"WORKER_LOST"}}}`,
			`"status":"failed","statusMessage":"The worker died.",` + times + `3600000}`,
		},
		"took too long": {
			dialect.View{Job: &job.Job{Status: job.Failed, Error: []byte(`{"code":"TIMEOUT","message":"Too long."}`)}},
			`"status":"failed","statusMessage":"Too long.",` + times + `3600000,"error":{"code":-32603,"message":"Too long.","data":{"code":"TIMEOUT"}}}`,
			`"status":"failed","statusMessage":"Too long.",` + times + `3600000}`,
		},
		"was canceled": {
			dialect.View{Job: &job.Job{Status: job.Failed, Error: []byte(`{"code":"CANCELED","message":"The job was canceled."}`)}},
			`"status":"cancelled","statusMessage":"The job was canceled.",` + times + `3600000}`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := c.view.Job
			j.ID, j.Created, j.Updated = named, created, created.Add(1500*time.Millisecond)
			if j.Status.Final() {
				j.Expires = created.Add(time.Hour)
			}
			if c.seed == "" {
				c.seed = c.modern
			}
			rendered := (&words{}).Status(c.view)
			is := taskOf(c.view)
			older := strings.NewReplacer("ttlMs", "ttl", "pollIntervalMs", "pollInterval").Replace(c.seed)
			for form, pair := range map[string][2]string{
				"modern": {string(rendered), c.modern}, "seed": {string(encode(is.seed())), c.seed}, "legacy": {string(legacyBody(rendered)), older},
			} {
				if want := `{"taskId":"` + id + `",` + pair[1]; pair[0] != want {
					t.Errorf("%s: got %s\nwant %s", form, pair[0], want)
				}
			}
			if is.Result == nil && is.Error == nil && string(encode(is)) != string(encode(is.seed())) {
				t.Error("a task without an end differs from its seed")
			}
		})
	}
}

// TestWhatIsKnownOfATaskThatWasAcceptedBefore is little: it is told all the same.
func TestWhatIsKnownOfATaskThatWasAcceptedBefore(t *testing.T) {
	is := taskOf(dialect.View{Job: &job.Job{Created: time.Unix(60, 0)}, Hint: 1})
	if is.Status != taskWorking || is.Updated != "1970-01-01T00:01:00.000Z" || is.TTL != nil {
		t.Errorf("%+v", is)
	}
}

func TestProgressIsToldAsFarAsItIsKnown(t *testing.T) {
	for _, c := range []struct {
		said  int64
		known bool
		word  string
		want  string
	}{
		{1, false, "running", `{"progressToken":"t","progress":0.000001,"message":"running"}`},
		{40_000_000, true, "processing", `{"progressToken":"t","progress":40,"total":100,"message":"processing"}`},
		{40_003_000, true, "", `{"progressToken":"t","progress":40.003,"total":100}`},
	} {
		want := `{"jsonrpc":"2.0","method":"notifications/progress","params":` + c.want + `}`
		if got := progressMessage(json.RawMessage(`"t"`), c.said, c.known, c.word); string(got) != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}
