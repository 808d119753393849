package http2_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// TestNode has one session of Node's own client: seven event streams and a held poll stay open in it
// while a form is uploaded, an upload by tus is made in two parts, and a body without an end is refused.
func TestNode(t *testing.T) {
	t.Parallel()
	exe := testneeds.Node(t)
	s := start(t)
	settings, err := json.Marshal(map[string]any{"url": s.URL, "key": s.key, "cert": s.cert, "ids": s.waiting(t, streams)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, filepath.Join("testdata", "http2.mjs"), string(settings))
	var told bytes.Buffer
	cmd.Stderr = &told
	in, err := cmd.StdinPipe() // its end is told when the gate is open
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := json.NewDecoder(out)
	var meanwhile struct {
		Form, Refused, Tus int
		Code, Offset, Key  string
	}
	if err := said.Decode(&meanwhile); err != nil {
		_ = cmd.Wait()
		t.Fatalf("%v: %s", err, told.Bytes())
	}
	if meanwhile.Form != 204 || meanwhile.Refused != 413 || meanwhile.Code != "PAYLOAD_TOO_LARGE" || meanwhile.Tus != 204 || meanwhile.Offset != "6" || meanwhile.Key == "" {
		t.Errorf("beside the streams: %+v", meanwhile)
	}
	s.gate.open()
	_ = in.Close()
	var ends struct {
		Streams []string // the last event of each
		Poll    string
	}
	err = said.Decode(&ends)
	if waited := cmd.Wait(); err != nil || waited != nil {
		t.Fatalf("%v, %v: %s", err, waited, told.Bytes())
	}
	if len(ends.Streams) != streams || !strings.Contains(ends.Poll, `"success"`) {
		t.Errorf("%d streams, the poll: %s", len(ends.Streams), ends.Poll)
	}
	for i, last := range ends.Streams {
		if !strings.Contains(last, `"status":"success"`) {
			t.Errorf("stream %d ended with %q", i, last)
		}
	}
}
