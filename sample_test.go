package claimcheck_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// A sample is a change of the kind that CONTRIBUTING describes, in a file of
// testdata/changes: a script that shows what the changed program does, the
// files that are new, and of files that are there the lines that are inserted:
// each begins with a plus sign and stands below a line, or some, of the file.
type sample struct {
	name  string
	files map[string][]byte // new ones, by path
	edits map[string][]edit // by path
}

// An edit inserts lines below others that are in the file once.
type edit struct{ below, lines []string }

func readSample(t *testing.T, file string) sample {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := sample{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), files: map[string][]byte{}, edits: map[string][]edit{}}
	for _, f := range a.Files {
		if _, err := os.Stat(f.Name); errors.Is(err, fs.ErrNotExist) {
			s.files[f.Name] = f.Data
		} else {
			s.edits[f.Name] = readEdits(t, f)
		}
	}
	return s
}

// readEdits reads the lines of one file, which begin with a plus sign if they
// are inserted, with a space if they are there.
func readEdits(t *testing.T, f txtar.File) (all []edit) {
	t.Helper()
	var e edit
	for line := range strings.Lines(string(f.Data)) {
		sign, text := line[0], strings.TrimSuffix(line[1:], "\n")
		switch {
		case sign == '+':
			e.lines = append(e.lines, text)
			continue
		case sign != ' ':
			t.Fatalf("%s: the line %q begins neither with a space nor with a plus sign", f.Name, line)
		case len(e.lines) > 0:
			all, e = append(all, e), edit{}
		}
		e.below = append(e.below, text)
	}
	return append(all, e)
}

// apply inserts the lines into the text of a file.
func (e edit) apply(name string, text []byte) ([]byte, error) {
	lines := strings.SplitAfter(string(text), "\n")
	at := -1
	for i := range len(lines) - len(e.below) + 1 {
		if !slices.EqualFunc(lines[i:i+len(e.below)], e.below, sameWords) {
			continue
		}
		if at >= 0 {
			return nil, fmt.Errorf("%s has the lines %q more than once", name, e.below)
		}
		at = i + len(e.below)
	}
	if at < 0 || len(e.below) == 0 {
		return nil, fmt.Errorf("%s does not have the lines %q", name, e.below)
	}
	lines = slices.Insert(lines, at, strings.Join(e.lines, "\n")+"\n")
	return []byte(strings.Join(lines, "")), nil
}

// sameWords compares lines; how names are aligned depends on what stands below
// each other.
func sameWords(a, b string) bool { return slices.Equal(strings.Fields(a), strings.Fields(b)) }

// folders are the folders that have new files, without those below another.
func (s *sample) folders() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		all = append(all, path.Dir(name))
	}
	return slices.DeleteFunc(slices.Compact(all), func(dir string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return strings.HasPrefix(dir, other+"/") })
	})
}

// lines is how many lines it inserts into files that are there.
func (s *sample) lines() (n int) {
	for _, all := range s.edits {
		for _, e := range all {
			n += len(e.lines)
		}
	}
	return n
}

// changed returns what the files look like after some samples.
func changed(t *testing.T, samples ...sample) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, s := range samples {
		maps.Copy(all, s.files)
		for name, edits := range s.edits {
			if all[name] == nil {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				all[name] = b
			}
			for _, e := range edits {
				after, err := e.apply(name, all[name])
				if err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				all[name] = after
			}
		}
	}
	return all
}

// overlay writes the changed files into a folder, beside a description of what
// they stand in for: the go command's -overlay.
func overlay(t *testing.T, folder string, files map[string][]byte) (description string) {
	t.Helper()
	replace := map[string]string{}
	for name, text := range files {
		if text == nil { // it is not there any more
			here, err := filepath.Abs(filepath.FromSlash(name))
			if err != nil {
				t.Fatal(err)
			}
			replace[here] = ""
			continue
		}
		kept := filepath.Join(folder, filepath.FromSlash(name))
		here, err := filepath.Abs(filepath.FromSlash(name))
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(kept), 0o700), os.WriteFile(kept, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		replace[here] = kept
	}
	var b bytes.Buffer
	description = filepath.Join(folder, "overlay.json")
	err := json.NewEncoder(&b).Encode(map[string]any{"Replace": replace})
	if err = errors.Join(err, os.WriteFile(description, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return description
}
