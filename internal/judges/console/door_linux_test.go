package console_test

import (
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
)

// TestTheDoor: a key that is not known, one that is, where it is kept, and an
// address that somebody was sent.
func TestTheDoor(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--log-requests"}})
	key := s.Key("ann")
	walk[any](t, way{script: "door.mjs", server: s.URL, say: map[string]any{"key": key, "owner": "ann"}})
	if strings.Contains(s.Log(), key) {
		t.Error("the key is in the server's log")
	}
}
