package claimcheck_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// The console's sources, and what is made of them.
const (
	consoleSources = "internal/console/web"
	consoleBundle  = "internal/console/dist"
)

// hasBundler reports whether the console can be made anew here. Where skips are
// forbidden it must.
func hasBundler() bool {
	_, err := exec.LookPath("node")
	_, notThere := os.Stat(filepath.Join("node_modules", "esbuild"))
	return err == nil && notThere == nil || testneeds.NoSkips()
}

// bundled adds to the changed files what the console's bundle is after the change:
// files that are no more in it are nil.
func bundled(t *testing.T, folder string, files map[string][]byte) {
	t.Helper()
	modules := filepath.Dir(testneeds.NodeModules(t, "esbuild"))
	sources, out := filepath.Join(folder, consoleSources), filepath.Join(folder, consoleBundle)
	if err := errors.Join(os.MkdirAll(sources, 0o700), os.CopyFS(sources, os.DirFS(consoleSources)), os.Symlink(modules, filepath.Join(folder, "node_modules"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if strings.HasPrefix(name, consoleSources+"/") {
			if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if text, err := exec.CommandContext(t.Context(), testneeds.Node(t), filepath.Join(sources, "build.mjs"), out).CombinedOutput(); err != nil {
		t.Fatalf("make the console's bundle: %v\n%s", err, text)
	}
	for name := range filesBelow(t, consoleBundle) {
		files[path.Join(consoleBundle, name)] = nil
	}
	for name, text := range filesBelow(t, out) {
		files[path.Join(consoleBundle, name)] = text
	}
}

// filesBelow reads all files of a folder, by their paths in it.
func filesBelow(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	below := os.DirFS(folder)
	err := fs.WalkDir(below, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all[name], err = fs.ReadFile(below, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
