// Package testneeds decides what a test does that needs something which is not
// there, such as an npm package: it is skipped on a developer's machine and fails where everything must run; and that what tests start ends with them. Only tests import it.
package testneeds

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

const (
	noSkip      = "CLAIMCHECK_TEST_NO_SKIP" // 1: Missing fails
	nodeModules = "CLAIMCHECK_NODE_MODULES" // instead of node_modules at the root of the repository
)

// Missing ends the test because of what is missing, a phrase which also says
// how to get it. The test is skipped, or fails if CLAIMCHECK_TEST_NO_SKIP is 1.
func Missing(t testing.TB, what string) {
	t.Helper()
	if NoSkips() {
		t.Fatalf("missing: %s; %s=1 forbids to skip this test", what, noSkip)
	}
	t.Skipf("missing: %s", what)
}

// NoSkips reports whether skips are forbidden.
func NoSkips() bool {
	return os.Getenv(noSkip) == "1" //nolint:forbidigo // tests have no configuration but their environment
}

// NodeModules returns the folder of an installed npm package, or ends the test
// by [Missing]. It looks in node_modules at the root of the repository, or in
// the folder that CLAIMCHECK_NODE_MODULES names.
func NodeModules(t testing.TB, name string) string {
	t.Helper()
	parent := os.Getenv(nodeModules) //nolint:forbidigo // tests have no configuration but their environment
	if parent == "" {
		parent = filepath.Join(root(t), "node_modules")
	}
	dir := filepath.Join(parent, name)
	if _, err := os.Stat(filepath.Join(dir, "package.json")); errors.Is(err, fs.ErrNotExist) {
		Missing(t, "the npm package "+name+" in "+parent+" (npm install "+name+")")
	} else if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Versitygw returns the program that serves a folder with the S3 interface, or
// ends the test by [Missing]. needs.sh puts it into claimcheck-tools in the
// user's cache folder.
func Versitygw(t testing.TB) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(cache, "claimcheck-tools", "versitygw")
	if _, err := os.Stat(name); err != nil {
		Missing(t, "versitygw in "+filepath.Dir(name)+" (sh ./needs.sh)")
	}
	return name
}

// root returns the folder of go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
}
