package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/tool/datatool"
)

func TestEachToolHasARow(t *testing.T) {
	for _, it := range datatool.Tools() {
		if name := it.Spec().Name; !slices.ContainsFunc(rows(), func(r row) bool { return r.tool == name }) {
			t.Errorf("%s is not measured", name)
		}
	}
}

// TestEachRowCanBeMeasured runs each tool on a small document.
func TestEachRowCanBeMeasured(t *testing.T) {
	t.Parallel()
	for _, r := range rows() {
		t.Run(r.tool, func(t *testing.T) {
			b := &bench{dir: t.TempDir(), made: map[string]int64{}}
			path, err := b.document(t.Context(), r.input, 20_000)
			if err != nil {
				t.Fatal(err)
			}
			in, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			var out counter
			if err := runTool(t.Context(), r.tool, r.options, in, &out); err != nil || out < 1000 {
				t.Errorf("%d bytes, %v", out, explained(err))
			}
		})
	}
}

// A counter counts what is written.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func TestDocumentsAreAlwaysTheSame(t *testing.T) {
	t.Parallel()
	made := func(size int64) string {
		b := &bench{dir: t.TempDir(), made: map[string]int64{}}
		path, err := b.document(t.Context(), jsonRecords, size)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if a := made(10_000); a != made(10_000) || len(a) < 10_000 || len(a) > 11_000 {
		t.Errorf("%d bytes", len(a))
	}
}

func TestTheLinesCompare(t *testing.T) {
	t.Parallel()
	r := row{tool: "x", least: 100, memory: 10 * megabyte, usual: []command{usual("a", "b|c").than(3)}}
	ours := []sample{{rate: 200, peak: 2 * megabyte}, {rate: 240, peak: 5 * megabyte}, {rate: 220, peak: megabyte}}
	r.usual[0].samples = []sample{{rate: 50}, {rate: 40}, {rate: 44}}
	got := r.lines(ours, r.usual)
	if len(got) != 1 || got[0].Ours != "220 MB/s, 5 MB" || got[0].Other != "`a b\\|c`: 44 MB/s" || got[0].Result != "5.0 times as fast" || got[0].Target != "≥ 3 times, ≥ 100 MB/s, ≤ 10.0 MB" || got[0].Met != "reached" {
		t.Errorf("got %+v", got)
	}
	r.memory = megabyte
	if got := r.lines(ours, r.usual); got[0].Met != "not reached" {
		t.Errorf("got %+v", got)
	}
	r.memory = 0
	if got := r.lines(ours, nil); got[0].Result != "220 MB/s" || got[0].Target != "≥ 100 MB/s" || got[0].Met != "reached" {
		t.Errorf("got %+v", got)
	}
}

func TestRowsAreChosenByTheBeginningsOfTheirNames(t *testing.T) {
	t.Parallel()
	chosen, err := choose(rows(), []string{"base16", "json-min"})
	if err != nil || len(chosen) != 3 || chosen[2].tool != "json-minify" {
		t.Errorf("%d rows, %v", len(chosen), err)
	}
	if _, err := choose(rows(), []string{"json", "nothing"}); err == nil {
		t.Error("a tool that is not there has a row")
	}
	if err := runTool(t.Context(), "json-formatter", []string{"x-tab-space=17"}, strings.NewReader("[]"), io.Discard); err == nil {
		t.Error("17 spaces are taken")
	}
}
