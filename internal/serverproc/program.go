package serverproc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

const (
	source       = "claimcheck/cmd/claimcheck"
	programName  = "claimcheck"
	runPatience  = 2 * time.Minute
	settingsName = "CLAIMCHECK_" // variables of the environment that would change what the program does
)

// built is the program, built once.
var built struct {
	once   sync.Once
	folder string
	err    error
}

// Main runs the tests of a package that starts servers, and removes the
// program in the end. TestMain calls it.
func Main(m *testing.M) int {
	code := m.Run()
	Clean()
	return code
}

// Clean removes the program, for a TestMain that runs the tests otherwise.
func Clean() {
	if built.folder != "" {
		if err := os.RemoveAll(built.folder); err != nil {
			fmt.Fprintln(os.Stderr, "remove the built program:", err)
		}
	}
}

// Program returns the path of the program, built with the tag testtools.
func Program(t testing.TB) string {
	t.Helper()
	built.once.Do(build)
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.folder, programName)
}

func build() {
	if built.err = watchSources(); built.err != nil {
		return
	}
	if built.folder, built.err = os.MkdirTemp("", "cc-program-"); built.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	out := filepath.Join(built.folder, programName)
	text, err := exec.CommandContext(ctx, "go", "build", "-tags=testtools", "-o", out, source).CombinedOutput()
	if err != nil {
		built.err = fmt.Errorf("build the program: %w\n%s", err, text)
	}
}

// watchSources looks at every file that the program is made of, so that the go
// command does not answer with remembered results of tests when one has changed:
// it cannot see that they run a program that they do not import.
func watchSources() error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	for !fileExists(filepath.Join(root, "go.mod")) {
		if filepath.Dir(root) == root {
			return errors.New("the test does not run in a folder of the module")
		}
		root = filepath.Dir(root)
	}
	for _, folder := range []string{"api", "client", "cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.HasSuffix(path, "_test.go") {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("look at the program's sources: %w", err)
		}
	}
	return nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// A Result is how a command ended.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Run runs the program with arguments and waits for its end.
func Run(t testing.TB, env []string, args ...string) Result {
	t.Helper()
	cmd := command(t, append([]string{Program(t)}, args...), env)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(runPatience, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait() // the exit code tells
	if !late.Stop() {
		t.Fatalf("claimcheck %s did not end within %s", strings.Join(args, " "), runPatience)
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}

// command makes a command that dies with the test and whose environment has
// none of the program's settings but env.
func command(t testing.TB, args, env []string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...) // the program under test; the test's end ends it
	cmd.WaitDelay = pipePatience
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, settingsName) && !strings.HasPrefix(v, "OTEL_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	testneeds.DieWithParent(cmd)
	return cmd
}
