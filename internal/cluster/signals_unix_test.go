//go:build unix

package cluster_test

import (
	"syscall"
	"testing"

	"claimcheck/internal/serverproc"
)

// stopped does something while a server stands still.
func stopped(t *testing.T, s *serverproc.Server, do func()) {
	t.Helper()
	if err := s.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Signal(syscall.SIGCONT) }()
	do()
}
