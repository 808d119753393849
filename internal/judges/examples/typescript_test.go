package examples_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// program is examples/openapi-typescript, made once: types from the description
// that a running server serves, then JavaScript.
var program struct {
	once sync.Once
	dir  string
	err  error
}

func removeProgram() error { return os.RemoveAll(program.dir) }

// typescript makes the program as its head says.
func typescript(t *testing.T) []string {
	t.Helper()
	node := testneeds.Node(t)
	npm := testneeds.Program(t, "npm (apt-get install npm)", "npm")
	var modules string
	for _, name := range []string{"openapi-fetch", "openapi-typescript", "typescript", filepath.Join("@types", "node")} {
		modules = testneeds.NodeModules(t, name)
	}
	modules = filepath.Dir(filepath.Dir(modules))
	program.once.Do(func() { program.err = makeProgram(t, npm, modules) })
	if program.err != nil {
		t.Fatal(program.err)
	}
	return []string{node, filepath.Join(program.dir, "poll.js")}
}

func makeProgram(t *testing.T, npm, modules string) (err error) {
	t.Helper()
	if program.dir, err = os.MkdirTemp("", "cc-typescript-"); err != nil { //nolint:usetesting // other tests use it too
		return err
	}
	if err := errors.Join(
		os.CopyFS(program.dir, os.DirFS(filepath.Join(folder, "openapi-typescript"))),
		os.WriteFile(filepath.Join(program.dir, "typed.ts"), []byte(read(t, filepath.Join("testdata", "typed.ts"))), 0o600),
		os.WriteFile(filepath.Join(program.dir, "both.json"), []byte(`{"extends": "./tsconfig.json", "files": ["poll.ts", "typed.ts"]}`), 0o600),
		os.Symlink(modules, filepath.Join(program.dir, "node_modules")),
	); err != nil {
		return err
	}
	s := serverproc.Start(t, serverproc.Options{})
	for _, args := range [][]string{{"types"}, {"build", "--", "--project", "both.json"}} {
		cmd := exec.CommandContext(t.Context(), npm, append([]string{"run", "--silent"}, args...)...)
		cmd.Dir, cmd.Env = program.dir, append(os.Environ(), "CLAIMCHECK_URL="+s.URL, "npm_config_update_notifier=false")
		testneeds.DieWithParent(cmd)
		if out, err := cmd.CombinedOutput(); err != nil {
			return errors.New("npm run " + args[0] + ": " + err.Error() + "\n" + string(out))
		}
	}
	return nil
}

// TestTheExamplesPackagesAreThoseOfTheTests: what the reader installs is what was
// tried.
func TestTheExamplesPackagesAreThoseOfTheTests(t *testing.T) {
	type pinned struct{ Dependencies, DevDependencies map[string]string }
	ours := decode[pinned](t, []byte(read(t, filepath.Join("..", "..", "..", "package.json")))).DevDependencies
	theirs := decode[pinned](t, []byte(read(t, filepath.Join(folder, "openapi-typescript", "package.json"))))
	for _, list := range []map[string]string{theirs.Dependencies, theirs.DevDependencies} {
		if len(list) == 0 {
			t.Error("no packages")
		}
		for name, version := range list {
			if ours[name] != version {
				t.Errorf("%s is %s in the example and %q in the repository", name, version, ours[name])
			}
		}
	}
}
