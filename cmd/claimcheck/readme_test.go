package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// commandsOf are the shell commands of a document, from a heading on.
func commandsOf(t *testing.T, heading string, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(text), heading)
	if !found {
		t.Fatalf("%v has no %q", path, heading)
	}
	commands := ""
	for _, b := range blocksOf(t, part) {
		commands += b.commands
	}
	return commands
}

// TestTheDocumentsCommandsWork runs what a newcomer copies, one line after the
// other without a pause: how README runs the program and what it calls, then the
// commands of the guides for agents and for Google's clients.
func TestTheDocumentsCommandsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		testneeds.Missing(t, "curl")
	}
	dir := filepath.Dir(serverproc.Folder(t)) // short enough for the control socket
	port := freePort(t)
	readme := commandsOf(t, "## Run it", "README.md")
	for _, line := range []string{"go build -o claimcheck ./cmd/claimcheck\n", "\nclaimcheck mcp "} {
		if !strings.Contains(readme, line) {
			t.Fatalf("README has no line %q any more", line)
		}
	}
	readme = strings.Replace(readme, "go build -o claimcheck ./cmd/claimcheck\n", "", 1) // it is there
	readme = strings.Replace(readme, "\nclaimcheck mcp ", "\nclaimcheck mcp </dev/null ", 1)
	readme = strings.ReplaceAll(readme, "JOB_ID", `$(grep -o '"job_id":"[^"]*' answers | head -1 | cut -d'"' -f4)`)
	script := "set -eu\ntrap 'kill $!; wait' EXIT\ncurl() { command curl \"$@\" | tee -a answers; }\n" + readme +
		commandsOf(t, "# Tools for agents", "docs", "guides", "agents.md") +
		commandsOf(t, "# Jobs as Google", "docs", "guides", "google-longrunning.md")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(script, "8080", port))
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "HOME="+dir, "XDG_CONFIG_HOME=", "CLAIMCHECK_LISTEN=127.0.0.1:"+port,
		"PATH="+filepath.Dir(serverproc.Program(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.WaitDelay = 5 * time.Second
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the commands end with %v", err)
	}
	rest := string(out)
	for _, want := range []string{
		`{"status":"accepted","job_id":"`,                   // README: asynchronously
		`"preview":"{\n  \"a\": [\n    1,\n    2\n  ]\n}"}`, // synchronously
		`{"status":"accepted","job_id":"`,                   // by a URL
		"profile default: me at http://localhost:" + port,   // login
		"\njson-formatter ",                                 // tools
		"  success     after ",                              // status
		`"structuredContent":`,                              // agents: tools/call
		`"tools":[`,                                         // tools/list
		`{"name":"operations/`,                              // Google: :run
		`"done":true,"response":`,                           // :wait
		`{"operations":[`,                                   // the list
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q does not come where it should; the commands printed\n%s\nand said\n%s", want, out, &log)
		}
		rest = after
	}
	for _, bad := range []string{`"status":"error"`, `"isError":true`, `"error":{`} {
		if strings.Contains(string(out), bad) {
			t.Errorf("a command is answered %s; they printed\n%s", bad, out)
		}
	}
}
