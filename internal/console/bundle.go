package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

const (
	pageName = "index.html"

	// maxDepth is how many slashes the paths of pages have at most below home.
	maxDepth = 4

	// smallest is the size from which on a file is compressed.
	smallest = 200

	// brotliLevel is the last that costs milliseconds: 11, the best, takes twenty
	// times as long, once in each process, for a twentieth fewer bytes.
	brotliLevel = 9
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
	plain       []byte
	tag         string                   // of plain; the coded ones' are made of it
	coded       func() map[string][]byte // by content coding; made when first asked for
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
	f := &file{contentType: types[path.Ext(name)], plain: text, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	f.coded = sync.OnceValue(func() map[string][]byte { return compress(text) })
	return f
}

// page returns the page for a path with so many slashes below home.
func (b *bundle) page(depth int) (*file, bool) {
	if depth >= len(b.pages) {
		return nil, false
	}
	return b.pages[depth], true
}

// compress returns a text in the codings of [preferred] in which it is smaller.
func compress(text []byte) map[string][]byte {
	coded := map[string][]byte{}
	if len(text) < smallest {
		return coded
	}
	for name, writer := range map[string]func(io.Writer) io.WriteCloser{
		"br": func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotliLevel) },
		"gzip": func(w io.Writer) io.WriteCloser {
			z, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // the level is one of its own
			return z
		},
	} {
		var b bytes.Buffer
		w := writer(&b)
		_, _ = w.Write(text) // into memory
		_ = w.Close()
		if b.Len() < len(text) {
			coded[name] = b.Bytes()
		}
	}
	return coded
}
