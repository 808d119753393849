package http2_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// A zeros is a body without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// curl begins a call by HTTP/2; the last line of what it prints is the version and the status.
func (s *service) curl(t *testing.T, more ...string) (cmd *exec.Cmd, said *serverproc.Log) {
	t.Helper()
	exe := testneeds.Program(t, "curl (apt-get install curl)", "curl")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	args := []string{"--silent", "--show-error", "--no-buffer", "--http2", "--cacert", s.cert, "--header", "x-api-key: " + s.key, "--write-out", `\n%{http_version} %{http_code}\n`}
	cmd, said = exec.CommandContext(ctx, exe, append(args, more...)...), &serverproc.Log{}
	cmd.Stdout, cmd.Stderr = said, said
	return cmd, said
}

// wants starts curl, which must come to its end with a status by HTTP/2.
func (s *service) wants(t *testing.T, status string, more ...string) string {
	t.Helper()
	cmd, said := s.curl(t, more...)
	err := cmd.Run()
	if err != nil || !strings.HasSuffix(said.String(), "\n2 "+status+"\n") {
		t.Errorf("curl %s: %v: %.500s, want %s by HTTP/2", more, err, said, status)
	}
	return said.String()
}

// TestCurl polls, follows events, uploads a form, and is refused while it sends.
func TestCurl(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.waiting(t, 1)[0]
	watch, events := s.curl(t, "--header", "Accept: text/event-stream", s.URL+"/jobs/"+id+"/events")
	poll, status := s.curl(t, "--header", "Prefer: wait=50", "--verbose", s.URL+"/jobs/"+id)
	sent := &serverproc.Log{}
	poll.Stderr = sent
	for _, cmd := range []*exec.Cmd{watch, poll} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	serverproc.Until(t, patience, func() (bool, string) {
		return strings.Contains(events.String(), "data: ") && strings.Contains(sent.String(), "> GET /jobs/"), events.String() + sent.String()
	})
	s.gate.open()
	for said, cmd := range map[*serverproc.Log]*exec.Cmd{events: watch, status: poll} {
		if err := cmd.Wait(); err != nil || !strings.Contains(said.String(), `"status":"success"`) || !strings.HasSuffix(said.String(), "\n2 200\n") {
			t.Errorf("%s: %v: %s", cmd, err, said)
		}
	}

	form := filepath.Join(t.TempDir(), "in.json")
	if err := os.WriteFile(form, []byte("[1, 2]"), 0o600); err != nil {
		t.Fatal(err)
	}
	var place api.Upload
	if err := json.Unmarshal(s.post(t, http.StatusOK, "/upload-api", `{"filename":"in.json"}`, "Content-Type", "application/json"), &place); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for name, value := range place.Upload.Fields {
		fields = append(fields, "--form-string", name+"="+value)
	}
	s.wants(t, "204", append(fields, "--form", "file=@"+form, place.Upload.URL)...)
	input := `{"file":"` + place.Upload.Fields["key"] + `"}`
	s.post(t, http.StatusAccepted, "/json-minify-api", input, "x-source-type", "file", "Content-Type", "application/json")
	large := filepath.Join(t.TempDir(), "large.json")
	if err := os.WriteFile(large, bytes.Repeat([]byte{' '}, 16*inputBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 { // a refusal that gets lost does not get lost always
		if said := s.wants(t, "413", "--data-binary", "@"+large, s.URL+"/json-minify-api"); !strings.Contains(said, "PAYLOAD_TOO_LARGE") {
			t.Errorf("it was not told why: %s", said)
		}
		cmd, said := s.curl(t, "--request", "POST", "--upload-file", "-", s.URL+"/json-minify-api")
		cmd.Stdin = zeros{}
		if err := cmd.Run(); err != nil || !strings.Contains(said.String(), "PAYLOAD_TOO_LARGE") || !strings.HasSuffix(said.String(), "\n2 413\n") {
			t.Errorf("a body without an end: %v: %.500s", err, said)
		}
	}
}
