package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// binary is a program of an npm package.
func binary(t *testing.T, pkg, name string) string {
	t.Helper()
	testneeds.Node(t)
	dir := testneeds.NodeModules(t, pkg)
	return filepath.Join(strings.TrimSuffix(dir, filepath.FromSlash(pkg)), ".bin", name)
}

// run runs a program in a folder, off the network, and returns what it printed.
func run(t *testing.T, dir, program string, args ...string) (stdout []byte, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "NO_COLOR=1")
	stdout, err = cmd.Output()
	if err != nil {
		t.Logf("%s: %s", filepath.Base(program), stderr.Bytes())
	}
	return stdout, err
}

// folder holds the document, as openapi.json, and copies of files.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var pretty bytes.Buffer // so that the linter's messages can be read
	if err := json.Indent(&pretty, described(t), "", " "); err != nil {
		t.Fatal(err)
	}
	write("openapi.json", pretty.Bytes())
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(filepath.Base(name), b)
	}
	return dir
}

func TestDocumentLintsClean(t *testing.T) {
	redocly := binary(t, "@redocly/cli", "redocly")
	out, err := run(t, folder(t, "redocly.yaml"), redocly, "lint", "openapi.json", "--format=json")
	var report struct {
		Totals   struct{ Errors, Warnings, Ignored int }
		Problems []struct {
			RuleID, Message string
			Location        []struct{ Pointer string }
		}
	}
	if jsonErr := json.Unmarshal(out, &report); jsonErr != nil {
		t.Fatalf("redocly: %v, %s", err, out)
	}
	for _, p := range report.Problems {
		t.Errorf("%s: %s %v", p.RuleID, p.Message, p.Location)
	}
	if n := report.Totals; err != nil || n.Errors+n.Warnings+n.Ignored != 0 {
		t.Errorf("redocly: %v, %+v", err, n)
	}
}

// TestTypeScriptOfDocumentCompiles generates types and compiles a program that
// needs them to be precise.
func TestTypeScriptOfDocumentCompiles(t *testing.T) {
	generate, tsc := binary(t, "openapi-typescript", "openapi-typescript"), binary(t, "typescript", "tsc")
	dir := folder(t, "testdata/poll.ts")
	if out, err := run(t, dir, generate, "openapi.json", "--output", "schema.ts"); err != nil {
		t.Fatalf("openapi-typescript: %v\n%s", err, out)
	}
	out, err := run(t, dir, tsc, "--noEmit", "--strict", "--target", "es2022", "--module", "es2022",
		"--moduleResolution", "bundler", "poll.ts", "schema.ts")
	if err != nil {
		t.Errorf("tsc: %v\n%s", err, out)
	}
}
