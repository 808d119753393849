package jsform_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/data/jsform"
	"claimcheck/internal/testneeds"
)

// TestParserTests runs each case of the suite test262-parser-tests. Cases in fail and early are
// refused, the others keep their trees and comments. Disagreements are in testdata/test262.txt,
// each with its reason; the list is exact.
func TestParserTests(t *testing.T) {
	t.Parallel()
	root := testneeds.NodeModules(t, "test262-parser-tests")
	listed := listOf(t, filepath.Join("testdata", "test262.txt"))
	found := map[string]bool{}
	var kept []judged
	for _, folder := range []string{"pass", "pass-explicit", "fail", "early"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.js"))
		if err != nil || len(files) < 600 {
			t.Fatalf("%s has %d cases: %v", folder, len(files), err)
		}
		for _, file := range files {
			name := folder + "/" + filepath.Base(file)
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			module := strings.HasSuffix(file, ".module.js")
			right := strings.HasPrefix(folder, "pass")
			if taken := jsform.Check(string(src), module) == nil; taken != right {
				found[name] = true
			}
			if !right && jsform.Check(string(src), module) != nil {
				if _, _, _, err := jsform.Made(string(src), 2); err == nil {
					found["as another kind of program: "+name] = true
				}
			}
			if right {
				kept = append(kept, judgedOf(t, name, string(src), module))
			}
		}
	}
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(listed)); !slices.Equal(got, want) {
		t.Errorf("disagreements are\n%s\nand listed are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	judge(t, kept)
}

// listOf reads a list: names, and reasons behind a tab.
func listOf(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, reason, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || reason == "" {
			t.Errorf("%q has no reason", line)
		}
		list[name] = reason
	}
	return list
}

// judged is a program, and what was made of it, for the judge.
type judged struct {
	Module   bool     `json:"module"`
	Texts    []string `json:"texts"`
	Comments int      `json:"comments"` // so many of them have all comments
	Esbuild  bool     `json:"esbuild"`
	Taken    *bool    `json:"taken,omitempty"` // it was found to be a program, or not; nothing else is judged

	name string
}

// judgedOf makes all that is made of a program: laid out, laid out again, compact, and that
// laid out.
func judgedOf(t *testing.T, name, src string, module bool) judged {
	t.Helper()
	layout, compact, same, err := jsform.Made(src, 2)
	if err != nil {
		t.Errorf("%s is refused: %v", name, err)
		return judged{name: name}
	}
	if again, _, _, err := jsform.Made(layout, 2); !same || again != layout || err != nil {
		t.Errorf("%s: the same program: %t; laid out twice it is\n%s\n(%v) and once\n%s", name, same, again, err, layout)
	}
	if _, again, _, err := jsform.Made(compact, 2); again != compact || err != nil {
		t.Errorf("%s: compact twice it is\n%s\n(%v) and once\n%s", name, again, err, compact)
	}
	long, _, _, err := jsform.Made(compact, 2)
	if err != nil {
		t.Errorf("%s: what was made compact is refused: %v", name, err)
	}
	return judged{Module: module, Texts: []string{src, layout, compact, long}, Comments: 2, name: name}
}

// judge has acorn, and where it is asked esbuild, read programs and what was made of them.
func judge(t *testing.T, cases []judged) {
	t.Helper()
	modules := filepath.Dir(testneeds.NodeModules(t, "acorn"))
	testneeds.NodeModules(t, "esbuild")
	var says []string
	testneeds.Ask(t, exec.CommandContext(t.Context(), testneeds.Node(t), filepath.Join("testdata", "judge.cjs")), map[string]any{"modules": modules, "cases": cases}, &says)
	if len(says) != len(cases) {
		t.Fatalf("the judge said %d of %d", len(says), len(cases))
	}
	for i, text := range says {
		if text != "" {
			t.Errorf("%s: %.600s", cases[i].name, text)
		}
	}
}

// TestRealProgramsKeepTheirTrees has programs of several makings, some compact, others not.
func TestRealProgramsKeepTheirTrees(t *testing.T) {
	t.Parallel()
	modules := filepath.Dir(testneeds.NodeModules(t, "acorn"))
	var cases []judged
	for _, pattern := range []string{"preact/dist/preact.min.js", "preact/dist/preact.mjs", "uplot/dist/uPlot.iife.min.js", "js-yaml/dist/*.mjs", "axios/dist/axios.js", "got/dist/source/core/*.js", "acorn/dist/acorn.mjs"} {
		files, err := filepath.Glob(filepath.Join(modules, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := judgedOf(t, filepath.Base(file), string(src), jsform.IsModule(string(src)))
			c.Esbuild = true
			cases = append(cases, c)
		}
	}
	if len(cases) < 5 {
		t.Fatal(fmt.Sprint("only ", len(cases), " programs"))
	}
	judge(t, cases)
}
