//go:build !unix

package cluster_test

import (
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// stopped cannot be done here: there is no signal that makes a process stand still.
func stopped(t *testing.T, _ *serverproc.Server, _ func()) {
	t.Helper()
	testneeds.Missing(t, "signals that make a process stand still (run it on Linux)")
}
