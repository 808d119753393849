package judges_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// run runs a program to its end, which must be exit code 0.
func run(t *testing.T, program string, args ...string) (stdout, stderr string) {
	t.Helper()
	return begin(t, program, args...)()
}

// begin starts a program; end waits for its end, which must be exit code 0.
func begin(t *testing.T, program string, args ...string) (end func() (stdout, stderr string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() (string, string) {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%s: %v, %v\nstdout: %s\nstderr: %s", filepath.Base(program), err, context.Cause(ctx), &out, &errors)
		}
		return out.String(), errors.String()
	}
}

// node runs a script of testdata that imports one npm package. The script gets
// the settings as JSON in its first argument and prints JSON.
func node[T any](t *testing.T, script, pkg string, settings map[string]any) T {
	t.Helper()
	return beginNode[T](t, script, pkg, settings)()
}

// beginNode is node that waits for the script's end only when end is called.
func beginNode[T any](t *testing.T, script, pkg string, settings map[string]any) (end func() T) {
	t.Helper()
	exe := testneeds.Node(t)
	modules := strings.TrimSuffix(testneeds.NodeModules(t, pkg), string(filepath.Separator)+filepath.FromSlash(pkg))
	text, err := os.ReadFile(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // the script is copied, because Node looks for packages above the script
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, script)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	argument, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	wait := begin(t, exe, file, string(argument))
	return func() T {
		t.Helper()
		stdout, stderr := wait()
		if stderr != "" {
			t.Logf("%s: %s", script, stderr)
		}
		return decode[T](t, []byte(stdout))
	}
}
