package main_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// ask makes a call with a key and returns its body.
func ask(t *testing.T, s *serverproc.Server, want int, call serverproc.Call) []byte {
	t.Helper()
	call.Base = s.URL
	a, err := call.Do(t.Context(), http.DefaultClient)
	if err != nil || a.Status != want {
		t.Fatalf("%s %s: %s, %v; want %d", call.Method, call.Path, a, err, want)
	}
	return a.Body
}

func submitTo(t *testing.T, s *serverproc.Server, key string) string {
	t.Helper()
	body := ask(t, s, http.StatusAccepted, serverproc.Call{Key: key, Method: "POST", Path: "/test-sleep-api", Body: []byte("50ms"), Headers: []string{"Prefer", "respond-async"}})
	var accepted api.Accepted
	if err := json.Unmarshal(body, &accepted); err != nil {
		t.Fatal(err)
	}
	return accepted.JobID
}

func statusAt(t *testing.T, s *serverproc.Server, key, id string) string {
	t.Helper()
	return string(ask(t, s, http.StatusOK, serverproc.Call{Key: key, Method: "GET", Path: "/jobs/" + id}))
}

// TestAPauseOutlivesAKill: the server is killed right after the command was
// answered, while its workers are busy; what is started then begins nothing.
func TestAPauseOutlivesAKill(t *testing.T) {
	t.Parallel()
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	start := func() *serverproc.Server {
		return serverproc.Start(t, serverproc.Options{Data: data, Args: []string{"--workers=2"}})
	}
	command := func(args ...string) {
		t.Helper()
		r := serverproc.Run(t, nil, append(args, "--data="+data)...)
		if r.Code != 0 {
			t.Fatalf("%v: exit code %d, %s", args, r.Code, r.Stderr)
		}
	}
	s := start()
	var ids []string
	for range 200 {
		ids = append(ids, submitTo(t, s, key))
	}
	command("tools", "pause", "test-sleep")
	s.Kill()
	s = start()
	waiting := map[string]bool{}
	for _, id := range ids {
		if is := statusAt(t, s, key, id); strings.Contains(is, `"status":"queued"`) {
			waiting[id] = true
			if !strings.Contains(is, `"retry_after":60}`) {
				t.Fatalf("a paused job: %s", is)
			}
		}
	}
	more := submitTo(t, s, key)
	s.Kill()
	s = start()
	for id := range waiting {
		if is := statusAt(t, s, key, id); !strings.Contains(is, `"status":"queued"`) {
			t.Fatalf("a paused job after two kills: %s", is)
		}
	}
	if len(waiting) == 0 {
		t.Error("nothing waited: the test shows nothing")
	}
	command("tools", "resume", "test-sleep")
	for _, id := range append(ids, more) {
		serverproc.Until(t, collectLimit, func() (bool, string) {
			is := statusAt(t, s, key, id)
			return strings.Contains(is, `"status":"success"`), is
		})
	}
}
