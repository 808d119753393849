package console_test

import (
	"fmt"
	"net/http"
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
	walk[any](t, way{script: "door.mjs", server: s.URL, say: map[string]any{"key": key, "owner": "ann", "expired": expired(t, s)}})
	if strings.Contains(s.Log(), key) {
		t.Error("the key is in the server's log")
	}
}

// expired is a key whose time is over.
func expired(t *testing.T, s *serverproc.Server) string {
	t.Helper()
	key := s.Key("ann", "--expires=1s")
	call := serverproc.Call{Base: s.URL, Key: key, Method: http.MethodGet, Path: "/usage"}
	serverproc.Until(t, patience, func() (bool, string) {
		a, err := call.Do(t.Context(), http.DefaultClient)
		return err == nil && a.Status == http.StatusUnauthorized, fmt.Sprint(err, a)
	})
	return key
}
