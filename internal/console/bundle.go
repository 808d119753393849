package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"claimcheck/internal/coding/served"
)

const (
	pageName = "index.html"

	// maxDepth is how many slashes the paths of pages have at most below home.
	maxDepth = 4
)

// types are what files of the bundle are sent as, by extension.
var types = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// hashed is what the name of a file has that changes with what is in it.
var hashed = regexp.MustCompile(`-[0-9A-Z]{8}\.`)

// A file is one file of the bundle.
type file struct {
	contentType string
	text        *served.Text
	tag         string // of the plain text; the coded ones' are made of it
}

// A bundle is all that browsers load.
type bundle struct {
	files map[string]*file // by path, without the page
	pages []*file          // the page, by how deep the path is that it is shown at
}

// newBundle reads the bundle. The addresses in the page begin with a slash; the path
// that clients find the server below is put before it. Without one they are made
// relative to the path that the page is shown at, so that they are right also where a
// proxy puts the server below a path that it was not told.
func newBundle(from fs.FS, base string) *bundle {
	b := &bundle{files: map[string]*file{}}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		if name != pageName {
			b.files[name] = newFile(name, text)
			return nil
		}
		for depth := range maxDepth + 1 {
			root := strings.Repeat("../", depth+1)
			if base != "" { // browsers look for the icon again when the page's script changes the address
				root = base + "/"
			}
			b.pages = append(b.pages, newFile(name, bytes.ReplaceAll(text, []byte(`="/`), []byte(`="`+root))))
		}
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return b
}

func newFile(name string, text []byte) *file {
	sum := sha256.Sum256(text)
	return &file{contentType: types[path.Ext(name)], text: served.New(text), tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// page returns the page for a path with so many slashes below home.
func (b *bundle) page(depth int) (*file, bool) {
	if depth >= len(b.pages) {
		return nil, false
	}
	return b.pages[depth], true
}
