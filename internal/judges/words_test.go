package judges_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// heard is what words.mjs prints.
type heard struct {
	Output   string
	Messages []string
	Log      []string
	Statuses []string
	Cuts     int
}

// TestEventSourceHearsWordsThroughCut: a page has all of the output, each piece once,
// although its connection was cut in the middle and an attempt was made again.
func TestEventSourceHearsWordsThroughCut(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(file, []byte("tools:\n  - name: talk\n    mode: pull\n    max_attempts: 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "", "--config="+file)
	worker := &service{s.Server, s.Key("workers", "--scopes=work", "--tools=talk")}
	job := s.submit(t, "/talk-api", "x")
	c := newCutter(t, s.URL, "piece 7")
	end := beginNode[heard](t, "words.mjs", "eventsource", map[string]any{"url": c.URL + "/jobs/" + job + "/events", "key": s.key})
	serverproc.Until(t, patience, func() (bool, string) { return c.heard(`"status":"queued"`), "nobody listens" })

	claim := func() string {
		leases := decode[api.WorkLeases](t, worker.call(t, http.StatusOK, http.MethodPost, "/work/claim", `{"wait":20}`))
		return "/work/" + leases.Leases[0].Lease
	}
	say := func(lease, body string) {
		worker.call(t, http.StatusOK, http.MethodPost, lease+"/heartbeat", body)
	}
	lease := claim()
	say(lease, `{"output":"of an attempt that fails"}`)
	serverproc.Until(t, patience, func() (bool, string) { return c.heard("of an attempt that fails"), "the first attempt is not heard" })
	worker.call(t, http.StatusNoContent, http.MethodPost, lease+"/fail", `{"code":"BUSY","message":"Later.","retry":true}`)
	lease = claim()
	want := ""
	for n := range 20 {
		piece := fmt.Sprintf("piece %d\n", n)
		want += piece
		say(lease, fmt.Sprintf(`{"output":%q,"message":"m%d","log":["l%d"]}`, piece, n, n))
	}
	worker.call(t, http.StatusNoContent, http.MethodPost, lease+"/finish", `{"result":1}`)
	got := end()
	if got.Output != want || len(got.Messages) != 20 || len(got.Log) != 20 || got.Cuts < 1 {
		t.Errorf("heard %+v, want the output %q", got, want)
	}
	if last := got.Statuses[len(got.Statuses)-1]; last != "success" || strings.Contains(strings.Join(got.Statuses, " "), "failed") {
		t.Errorf("statuses %v", got.Statuses)
	}
}
