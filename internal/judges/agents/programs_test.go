package agents_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// run runs a program to its end.
func run(t *testing.T, program string, args ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = t.TempDir()
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return out.String(), exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%s: %v, %v\n%s", filepath.Base(program), err, context.Cause(ctx), &out)
	}
	return out.String(), 0
}

// nodeScript makes a script of testdata that imports an npm package ready to run
// and returns Node and the script.
func nodeScript(t *testing.T, name, pkg string) (node, file string) {
	t.Helper()
	node = testneeds.Node(t)
	modules := strings.TrimSuffix(testneeds.NodeModules(t, pkg), string(filepath.Separator)+filepath.FromSlash(pkg))
	dir := t.TempDir() // the script is copied, because Node looks for packages above it
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{name, "common.mjs"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return node, filepath.Join(dir, name)
}

// script is a script that is told where the server is, and more.
func script(t *testing.T, h *house, key, name, pkg string, more map[string]any) *exec.Cmd {
	t.Helper()
	node, file := nodeScript(t, name, pkg)
	settings := map[string]any{"url": h.mcp(), "key": key, "tool": "slow_work", "arguments": map[string]any{}}
	maps.Copy(settings, more)
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), node, file, string(text))
}
