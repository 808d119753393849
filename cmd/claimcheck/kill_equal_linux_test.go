package main_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
)

// TestEqualInputsGoOnAfterAKill: many jobs with the same input wait when the
// server is killed, again and again.
func TestEqualInputsGoOnAfterAKill(t *testing.T) {
	t.Parallel()
	const (
		jobs    = 400
		kills   = 3
		mostMiB = 400 // of memory, for a server that needs a tenth of it
	)
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	start := func() (*serverproc.Server, *caller) {
		s := serverproc.Start(t, serverproc.Options{Data: data, Args: []string{"--workers=4", "--max-attempts=100"}})
		return s, newCaller(s, key)
	}
	s, c := start()
	ids := make([]string, jobs)
	for i := range ids {
		ids[i] = c.submit(t, "/test-sleep-api", "100ms")
	}
	other := c.submit(t, "/test-sleep-api", "110ms")
	for i := range kills {
		s.Kill()
		s, c = start()
		c.finished(t, ids[jobs/8*(i+1)])
	}
	c.finished(t, other)
	for _, id := range ids {
		if is := c.finished(t, id); is.Status != "success" {
			t.Errorf("job %s: %s %+v", id, is.Status, is.Error)
		}
	}
	if is := residentMiB(t, s.PID()); is > mostMiB {
		t.Errorf("the server has %d MiB of memory, want at most %d", is, mostMiB)
	}
	s.Stop()
	if r, code := examine(t, data); code != 0 {
		t.Errorf("doctor: code %d, %+v", code, r)
	}
}

// residentMiB is how much memory a process has.
func residentMiB(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kib int
	if _, err := fmt.Sscanf(strings.TrimSpace(rest), "%d", &kib); err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}
