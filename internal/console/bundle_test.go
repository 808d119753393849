package console_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// What a browser may have to transfer, in bytes: until the first page is there,
// and until everything is that there is.
const (
	maxFirstView = 60_000
	maxAll       = 150_000
)

// TestTheBundleIsSmall adds up what is transferred to a browser that takes br:
// the page, what it names, and what that names in turn.
func TestTheBundleIsSmall(t *testing.T) {
	f := serve(t)
	transferred := func(at string) int {
		a := f.get(at, "Accept-Encoding", "gzip, deflate, br, zstd")
		if a.status != 200 {
			t.Fatalf("%s: %d", at, a.status)
		}
		return len(a.body) + headerBytes(&a)
	}
	files := bundleFiles(t, "dist")
	view := transferred("/console/")
	for name := range namedBy(t, files, "index.html") {
		view += transferred("/console/" + name)
	}
	all := 0
	for name := range files {
		if name != "index.html" {
			all += transferred("/console/" + name)
		} else {
			all += transferred("/console/")
		}
	}
	t.Logf("the first view takes %d bytes, everything %d", view, all)
	if view > maxFirstView || all > maxAll || view >= all {
		t.Errorf("the first view takes %d bytes, everything %d; want at most %d and %d", view, all, maxFirstView, maxAll)
	}
}

func headerBytes(a *answer) int {
	var b bytes.Buffer
	_ = a.header.Write(&b) // into memory
	return b.Len()
}

// named finds files of the bundle in a page or a module: what it loads when it is
// loaded itself, so not what import() names.
var named = regexp.MustCompile(`(?:src="|href="|from"|import")(?:/console/|\./)([\w./-]+)"`)

// namedBy are the files that come with one of them.
func namedBy(t *testing.T, files map[string][]byte, name string) map[string]bool {
	t.Helper()
	found, todo := map[string]bool{}, []string{name}
	for len(todo) > 0 {
		from := todo[0]
		todo = todo[1:]
		for _, m := range named.FindAllSubmatch(files[from], -1) {
			to := string(m[1])
			if from != "index.html" {
				to = path.Join(path.Dir(from), to)
			}
			if _, ok := files[to]; !ok {
				t.Fatalf("%s names %s, which is not there", from, to)
			}
			if !found[to] {
				found[to] = true
				todo = append(todo, to)
			}
		}
	}
	if len(found) < 3 {
		t.Fatalf("%s names %v, want scripts and a style", name, found)
	}
	return found
}

// TestTheBundleIsWhatItsSourcesMake has the pinned bundler make it anew.
func TestTheBundleIsWhatItsSourcesMake(t *testing.T) {
	node := testneeds.Node(t)
	modules := filepath.Dir(testneeds.NodeModules(t, "esbuild"))
	for _, used := range []string{"preact", "htm", "uplot"} {
		testneeds.NodeModules(t, used)
	}
	root := t.TempDir() // another place than the repository's, so that nothing of it can be in the bundle
	sources := filepath.Join(root, "internal", "console", "web")
	if err := os.CopyFS(sources, os.DirFS("web")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(root, "node_modules")); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(root, "out")
	if text, err := exec.CommandContext(t.Context(), node, filepath.Join(sources, "build.mjs"), out).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	committed, fresh := bundleFiles(t, "dist"), bundleFiles(t, out)
	if have, want := slices.Sorted(maps.Keys(committed)), slices.Sorted(maps.Keys(fresh)); !slices.Equal(have, want) {
		t.Fatalf("committed are %v, a fresh build has %v: make console", have, want)
	}
	for name, text := range fresh {
		if !bytes.Equal(committed[name], text) {
			t.Errorf("%s is not what its sources make: make console", name)
		}
	}
}

// vocabularies are addresses that name something and are never called.
var vocabularies = []string{"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/XML/1998/namespace"}

// examples are hosts of addresses that are shown to people.
var examples = regexp.MustCompile(`https?://([\w-]+\.)*example(\.(org|com|net))?\b`)

var (
	addresses = regexp.MustCompile(`(?i)(?:https?|wss?)://[\w$%[][^\s"'` + "`" + `)<]*`)
	script    = regexp.MustCompile(`\beval\(|\bFunction\(|\bset(Timeout|Interval)\(["'` + "`" + `]|document\.write|javascript:`)
	markup    = regexp.MustCompile(`(?i)innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|srcdoc`)
	mapped    = regexp.MustCompile(`sourceMappingURL`)
)

// TestTheBundleCallsNobodyElse: no address of another host, nothing that makes
// script of text. (What can make markup of it is in Preact, never called, and
// forbidden by the page's policy.)
func TestTheBundleCallsNobodyElse(t *testing.T) {
	for name, text := range bundleFiles(t, "dist") {
		if path.Base(name) == "licences.txt" {
			continue // nothing loads it
		}
		for _, found := range addresses.FindAllString(string(text), -1) {
			if !slices.Contains(vocabularies, found) && !examples.MatchString(found) {
				t.Errorf("%s has the address %s", name, found)
			}
		}
		for _, found := range script.FindAllIndex(text, -1) {
			t.Errorf("%s has %.80s", name, text[max(0, found[0]-30):])
		}
		if mapped.Match(text) {
			t.Errorf("%s names a source map", name)
		}
	}
}

// TestTheSourcesMakeNoMarkup: all elements come from templates.
func TestTheSourcesMakeNoMarkup(t *testing.T) {
	for name, text := range bundleFiles(t, "web") {
		if found := markup.Find(text); found != nil && path.Ext(name) == ".mjs" {
			t.Errorf("%s has %s", name, found)
		}
	}
}

// TestForbiddenThingsAreFound holds the search for them to what it must find.
func TestForbiddenThingsAreFound(t *testing.T) {
	for _, text := range []string{`eval("1")`, `new Function("a")`, `document.write(x)`, `setTimeout("x()")`} {
		if !script.MatchString(text) {
			t.Errorf("%s is not found", text)
		}
	}
	for _, text := range []string{`e.innerHTML=x`, `dangerouslySetInnerHTML=${{}}`, `e.insertAdjacentHTML("a", x)`} {
		if !markup.MatchString(text) {
			t.Errorf("%s is not found", text)
		}
	}
	for _, text := range []string{`fetch("https://cdn.example.test/x")`, "import(`http://x/y`)", `new WebSocket("wss://x")`} {
		if found := addresses.FindString(text); found == "" || examples.MatchString(found) && !strings.Contains(found, "example.test") {
			t.Errorf("%s is not found", text)
		}
	}
}

func bundleFiles(t *testing.T, folder string) map[string][]byte {
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
	if err != nil || len(all) == 0 {
		t.Fatalf("%d files in %s: %v", len(all), folder, err)
	}
	return all
}
