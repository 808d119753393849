package main_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// A block is one command block of a guide and what it is said to print.
type block struct{ commands, prints string }

var fences = regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```$")

func blocksOf(t *testing.T, guide string) (list []block) {
	t.Helper()
	for _, m := range fences.FindAllStringSubmatch(guide, -1) {
		switch {
		case m[1] == "sh":
			list = append(list, block{commands: m[2]})
		case len(list) == 0:
			t.Fatal("the guide begins with an output")
		default:
			list[len(list)-1].prints = m[2]
		}
	}
	return list
}

var (
	anID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aTime  = regexp.MustCompile(`("(?:(?:created|updated)_)?at":)\d+`)
	marker = "--- end of a block ---"
)

// TestGuideHTTPEndpoint runs the commands of docs/guides/http-endpoint.md in one
// shell, on free ports, and compares what they print.
func TestGuideHTTPEndpoint(t *testing.T) {
	t.Parallel()
	testneeds.Program(t, "python3", "python3")
	runGuide(t, "guides/http-endpoint.md", "guides/report.py", "guides/aloud.py")
}

// TestGettingStarted does the same with docs/GETTING-STARTED.md.
func TestGettingStarted(t *testing.T) {
	t.Parallel()
	runGuide(t, "GETTING-STARTED.md")
}

// runGuide runs the commands of a guide below docs in one shell, on free ports, in a
// folder that has these files, and compares what they print with what it says.
func runGuide(t *testing.T, guide string, files ...string) {
	t.Helper()
	for _, name := range []string{"curl", "sh"} {
		testneeds.Program(t, name, name)
	}
	docs := filepath.Join("..", "..", "docs")
	text, err := os.ReadFile(filepath.Join(docs, guide))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(serverproc.Folder(t)) // short enough for the control socket
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(docs, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	port := freePort(t)
	ports := strings.NewReplacer("9000", freePort(t), "9001", freePort(t), "8080", port)
	blocks := blocksOf(t, ports.Replace(string(text)))
	script := "trap 'kill $SERVER $SERVICE $ALOUD 2>/dev/null' EXIT\nset -u\nSERVER= SERVICE= ALOUD=\n"
	for _, b := range blocks {
		script += b.commands + "echo '" + marker + "'\n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "HOME="+dir, "XDG_CONFIG_HOME=", "PATH="+filepath.Dir(serverproc.Program(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.WaitDelay = 5 * time.Second
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the commands end with %v; they printed\n%s\nand said\n%s", err, out, &said)
	}
	printed := strings.Split(aTime.ReplaceAllString(anID.ReplaceAllString(string(out), "ID"), "${1}TIME"), marker+"\n")
	for i, b := range blocks {
		if i >= len(printed) || printed[i] != b.prints {
			log, _ := os.ReadFile(filepath.Join(dir, "claimcheck.log"))
			t.Fatalf("the commands\n%sprint\n%s\nand the guide says\n%s\nlog:\n%s\nsaid:\n%s", b.commands, printed[min(i, len(printed)-1)], b.prints, log, &said)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(port)
}
