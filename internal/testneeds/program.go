package testneeds

import (
	"os/exec"
	"testing"
)

// Program finds an installed program by one of its names, or ends the test by
// [Missing] with what is needed.
func Program(t testing.TB, needed string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, needed)
	return ""
}

// Node returns the Node that the machine has, or ends the test by [Missing]. The
// commands in node_modules need it too: their first line names it.
func Node(t testing.TB) string {
	t.Helper()
	return Program(t, "Node 20 (apt-get install nodejs)", "node")
}
