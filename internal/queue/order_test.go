package queue_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFilesKnowOnlyLowerOnes holds the files of the package to the order
// that its comment gives them.
func TestFilesKnowOnlyLowerOnes(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	files, order := parsePackage(t, fset)
	at := map[string]int{}
	for i, name := range order {
		at[name] = i
	}
	if len(at) != len(files) || len(at) != len(order) {
		t.Errorf("the package comment names %d files, %d of them once; there are %d", len(order), len(at), len(files))
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	// Imports stay unknown: only what the package itself declares is looked at.
	check := types.Config{Error: func(error) {}}
	pkg, _ := check.Check("queue", fset, files, &info)
	if len(info.Uses) < 1000 {
		t.Fatalf("only %d uses of names were understood", len(info.Uses))
	}
	for name, is := range info.Uses {
		if is.Pkg() != pkg {
			continue
		}
		from, to := filepath.Base(fset.Position(name.Pos()).Filename), filepath.Base(fset.Position(is.Pos()).Filename)
		if at[from] < at[to] {
			t.Errorf("%s: %s is declared in %s, which the package comment puts above %s", fset.Position(name.Pos()), name.Name, to, from)
		}
	}
}

// parsePackage parses the files of the package, tests aside, and returns them with
// the order that the package comment gives.
func parsePackage(t *testing.T, fset *token.FileSet) (files []*ast.File, order []string) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		for _, line := range regexp.MustCompile(`(?m)^\t(\w+\.go) `).FindAllStringSubmatch(f.Doc.Text(), -1) {
			order = append(order, line[1])
			if !slices.Contains(names, line[1]) {
				t.Errorf("the package comment names %s, which is not there", line[1])
			}
		}
	}
	return files, order
}
