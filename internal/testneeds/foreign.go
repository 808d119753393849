package testneeds

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Foreign builds a program of the module internal/judges/foreign, whose clients of
// other people's are none of the modules of this repository, and returns its path.
// Where those are not on this machine the test ends by [Missing]: needs.sh fetches
// them. The program is gone with the test.
func Foreign(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", file, "./"+name)
	cmd.Dir = filepath.Join(root(t), "internal", "judges", "foreign")
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		Missing(t, "the go command, which builds "+name)
	case err != nil && strings.Contains(string(out), "GOPROXY=off"):
		Missing(t, "Go modules of "+name+" (sh needs.sh)")
	case err != nil:
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return file
}
