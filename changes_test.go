package claimcheck_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"claimcheck/internal/serverproc"
)

// What a change of one of the kinds in CONTRIBUTING may touch.
const (
	maxFolders   = 1
	maxElsewhere = 2 // lines in files that are there
)

// kinds are the changes that the layout is made for.
var kinds = []string{"command", "dialect", "page", "route", "store", "tool"}

// standsOn is what a sample imports that a change of its kind would not: the
// store is a real one in another's clothes.
var standsOn = map[string]string{"store": "internal/store/sqlitestore"}

func samples(t *testing.T) []sample {
	t.Helper()
	var all []sample
	for _, kind := range kinds {
		all = append(all, readSample(t, filepath.Join("testdata", "changes", kind+".txtar")))
	}
	return all
}

// TestAChangeIsOneFolderAndTwoLines counts the places that each sample touches,
// and holds it to the rules for the module's own files.
func TestAChangeIsOneFolderAndTwoLines(t *testing.T) {
	files, err := os.ReadDir(filepath.Join("testdata", "changes"))
	if err != nil || len(files) != len(kinds) {
		t.Errorf("testdata/changes has %d files, want one for each of %v (%v)", len(files), kinds, err)
	}
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			if f := s.folders(); len(f) != maxFolders || s.lines() > maxElsewhere {
				t.Errorf("%d lines elsewhere and files in %v, want at most %d lines and %d folder", s.lines(), f, maxElsewhere, maxFolders)
			}
			comments := map[string]int{}
			for name, text := range changed(t, s) {
				if path.Ext(name) != ".go" {
					continue
				}
				checkFile(t, name, text, comments, standsOn[s.name])
				if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
					t.Errorf("%s is not gofmt-ed (%v)", name, err)
				}
			}
		})
	}
}

func TestPlacesAreCounted(t *testing.T) {
	below := edit{below: []string{"x"}, lines: []string{"y", "z"}}
	for _, c := range []struct {
		is      sample
		folders int
		lines   int
	}{
		{sample{files: map[string][]byte{"a/x.go": nil, "a/b/y.go": nil, "a/testdata/b": nil}}, 1, 0},
		{sample{files: map[string][]byte{"a/x.go": nil, "ab/y.go": nil}}, 2, 0},
		{sample{files: map[string][]byte{"a/b/x.go": nil, "a/c/y.go": nil}, edits: map[string][]edit{"d": {below}, "e": {below, below}}}, 2, 6},
	} {
		if f, n := c.is.folders(), c.is.lines(); len(f) != c.folders || n != c.lines {
			t.Errorf("got %v and %d lines, want %d folders and %d lines", f, n, c.folders, c.lines)
		}
	}
	for text, want := range map[string]string{"x\nw\n": "x\ny\nz\nw\n", "x\nx\n": "", "w\n": "", "  x\n": "  x\ny\nz\n"} {
		if got, err := below.apply("d", []byte(text)); string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestTheChangedProgramDoesWhatIsSaid builds one program with all samples and
// runs the script of each.
func TestTheChangedProgramDoesWhatIsSaid(t *testing.T) {
	dir := t.TempDir()
	files := changed(t, samples(t)...)
	if hasBundler() {
		bundled(t, filepath.Join(dir, "console"), files)
	}
	c := changedProgram{overlay: overlay(t, filepath.Join(dir, "overlay"), files), folder: dir}
	c.build(t)
	var scripts []string
	for _, kind := range kinds {
		scripts = append(scripts, filepath.Join("testdata", "changes", kind+".txtar"))
	}
	testscript.Run(t, testscript.Params{
		Files: scripts,
		Setup: func(env *testscript.Env) error {
			tb, ok := env.T().(testing.TB)
			if !ok {
				return errors.New("testscript does not show its test")
			}
			env.Values[storyKey] = &story{TB: tb, changedProgram: c}
			env.Setenv("PATH", c.folder+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("DATA", serverproc.Folder(tb))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"gotest": goTest, "server": startServer, "call": callServer, "browse": browsePage},
		Condition: func(name string) (bool, error) {
			if name == "bundler" {
				return hasBundler(), nil
			}
			return false, fmt.Errorf("no condition %s", name)
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// A changedProgram is the program with all samples.
type changedProgram struct {
	overlay string // for the go command
	folder  string // of the program and the test programs
}

func (c *changedProgram) build(t *testing.T) {
	t.Helper()
	program := filepath.Join(c.folder, module)
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", c.overlay, "-ldflags=-s -w", "-o", program, "./cmd/claimcheck").CombinedOutput()
	if err != nil {
		t.Fatalf("build the changed program: %v\n%s", err, out)
	}
}

// A story is what the commands of a sample's script need.
type story struct {
	testing.TB
	changedProgram

	server *serverproc.Server
	key    string
}

const storyKey = "story"

func storyOf(ts *testscript.TestScript) *story {
	s, ok := ts.Value(storyKey).(*story)
	if !ok {
		ts.Fatalf("no story")
	}
	return s
}

// gotest FOLDER FLAG... runs the tests of a package of the changed module. They
// find their files in the script's folder if the package is new, because there
// is no other.
func goTest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: gotest FOLDER FLAG...")
	}
	s := storyOf(ts)
	program := filepath.Join(s.folder, strings.ReplaceAll(args[0], "/", "-")+".test")
	out, err := exec.CommandContext(s.Context(), "go", "test", "-overlay", s.overlay, "-vet=off", "-c", "-ldflags=-s -w", "-o", program, "./"+args[0]).CombinedOutput()
	if err != nil {
		ts.Fatalf("build the tests of %s: %v\n%s", args[0], err, out)
	}
	cmd := exec.CommandContext(s.Context(), program, args[1:]...)
	if cmd.Dir = args[0]; !isFolder(args[0]) {
		cmd.Dir = ts.MkAbs(args[0])
	}
	out, err = cmd.CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("no tests to run")) {
		ts.Fatalf("tests of %s: %v\n%s", args[0], err, out)
	}
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// server FLAG... starts the changed program on $DATA, and makes a key.
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: server FLAG...")
	}
	s := storyOf(ts)
	program := filepath.Join(s.folder, module)
	s.server = serverproc.Start(s, serverproc.Options{Program: program, Data: ts.Getenv("DATA"), Args: args})
	var stores []string
	for _, flag := range args {
		if strings.HasPrefix(flag, "--store=") {
			stores = append(stores, flag)
		}
	}
	ts.Check(ts.Exec(program, slices.Concat([]string{"keys", "create", "--owner=sample", "--data=" + ts.Getenv("DATA")}, stores)...))
	s.key = strings.TrimSpace(ts.ReadFile("stdout"))
	ts.Setenv("URL", s.server.URL)
	ts.Setenv("KEY", s.key)
}

// loaded finds what a page loads that a browser reads as script.
var loaded = regexp.MustCompile(`"([^"]+\.js)"`)

// browse PATH gets a page and the scripts that it names; their text is stdout.
func browsePage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: browse PATH")
	}
	s := storyOf(ts)
	page, err := url.Parse(s.server.URL + args[0])
	ts.Check(err)
	text := s.read(ts, page)
	for _, m := range loaded.FindAllStringSubmatch(text, -1) {
		script, err := page.Parse(m[1])
		ts.Check(err)
		text += s.read(ts, script)
	}
	_, err = fmt.Fprintln(ts.Stdout(), text)
	ts.Check(err)
}

// read gets what is at an address; nothing but 200 will do.
func (s *story) read(ts *testscript.TestScript, at *url.URL) string {
	req, err := http.NewRequestWithContext(s.Context(), http.MethodGet, at.String(), http.NoBody)
	ts.Check(err)
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", at, res.Status)
	}
	return string(body)
}

// jobID finds the id of a job: a UUID of version 7.
var jobID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// call STATUS METHOD PATH [BODY] makes a call, with the field Prefer if $PREFER
// is set; the answer's body is then stdout, its header fields are stderr, and
// the first job in it is $JOB.
func callServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: call STATUS METHOD PATH [BODY]")
	}
	s := storyOf(ts)
	req, err := http.NewRequestWithContext(s.Context(), args[1], s.server.URL+args[2], strings.NewReader(strings.Join(args[3:], " ")))
	ts.Check(err)
	req.Header.Set("X-Api-Key", s.key)
	req.Header.Set("Prefer", ts.Getenv("PREFER"))
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var head bytes.Buffer
	err = errors.Join(err, res.Header.Write(&head))
	_, headErr := fmt.Fprint(ts.Stderr(), strings.ReplaceAll(head.String(), "\r", ""))
	_, bodyErr := fmt.Fprintln(ts.Stdout(), string(body))
	ts.Check(errors.Join(err, headErr, bodyErr))
	if id := jobID.Find(body); id != nil {
		ts.Setenv("JOB", string(id))
	}
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("%s %s: got %s %s, want %s", args[1], args[2], res.Status, body, args[0])
	}
}
