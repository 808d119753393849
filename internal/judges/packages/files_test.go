package packages_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// files are the stories of what goes in and out.
func files() []story {
	minified := "[" + strings.Repeat("1,", 400_000) + "1]"
	const large = 9<<20 + 123
	return []story{
		{name: "cut download", set: func(t *telling) hook {
			return times(download, func(n int, w http.ResponseWriter, r *http.Request) bool {
				if n > 2 {
					return false
				}
				cutAnswer(w, t.pass(r), n*100_000)
				return true
			})
		}, want: object{"sha256": sumOf(minified), "grew": true, "last": len(minified)}, after: func(t *telling, _ any) {
			all := t.requests(func(s *seen) bool { return s.method == http.MethodGet && strings.HasPrefix(s.path, "/downloads/") })
			if len(all) != 3 || all[0].header.Get("Range") != "" {
				t.t.Fatalf("%d requests, want one for all and two for what was lacking", len(all))
			}
			// fetch may lose with the line what its reader had not read yet; requests does not.
			if t.by == "python" && (all[1].header.Get("Range") == "" || all[2].header.Get("Range") == "" || all[2].status != http.StatusPartialContent) {
				t.t.Errorf("asked for %q, then %q", all[1].header.Get("Range"), all[2].header.Get("Range"))
			}
			if names := t.left(); len(names) > 0 && !slices.Equal(names, []string{"out.json"}) { // a page has no files
				t.t.Errorf("there is %q, want out.json alone", names)
			}
		}},
		{name: "wrong digest", set: func(t *telling) hook {
			return times(download, func(_ int, w http.ResponseWriter, r *http.Request) bool {
				rec := t.pass(r)
				rec.Body = bytes.NewBuffer(bytes.Replace(rec.Body.Bytes(), []byte("2"), []byte("3"), 1))
				cutAnswer(w, rec, -1)
				return true
			})
		}, want: "DigestMismatch", after: func(t *telling, _ any) {
			if names := t.left(); len(names) > 0 {
				t.t.Errorf("%q is left", names)
			}
		}},
		{name: "big upload", set: func(t *telling) hook {
			path, sum := randomFile(t.t, "big file.log", large)
			t.settings["file"], t.settings["sum"] = path, sum
			return cutPatches()
		}, after: wantFile(large)},
		{name: "stream upload", set: func(t *telling) hook {
			path, sum := randomFile(t.t, "stream.log", large)
			t.settings["file"], t.settings["sum"] = path, sum
			return cutPatches()
		}, after: wantFile(large)},
		{name: "inputs", set: func(t *telling) hook {
			path := filepath.Join(t.t.TempDir(), "small.log")
			if err := os.WriteFile(path, []byte("a small file"), 0o600); err != nil {
				t.t.Fatal(err)
			}
			t.mu.Lock()
			t.inputs["/input.log"] = []byte("a file elsewhere")
			t.mu.Unlock()
			t.settings["small"], t.settings["at"], t.settings["hook"] = path, t.endpoint.URL+"/input.log", t.endpoint.URL+"/hook"
			return nil
		}, want: object{
			"file": sumOf("a small file"), "text file": sumOf("a small file"), "path": sumOf("a small file"), "upload": sumOf("a small file"),
			"text": sumOf("Zoë"), "bytes": sumOf("\x00\xff"), "url": sumOf("a file elsewhere"), "empty": "INVALID_REQUEST",
			"metadata": object{"name": "Zoë"}, "run_at": true, "type": "text/x-story",
		}, after: func(t *telling, _ any) { t.called() }},
	}
}

func download(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/downloads/")
}

// cutAnswer answers what a server did, of which the line lets so many bytes through; -1: all.
func cutAnswer(w http.ResponseWriter, a *httptest.ResponseRecorder, most int) {
	maps.Copy(w.Header(), a.Header())
	w.WriteHeader(a.Code)
	body := a.Body.Bytes()
	if most < 0 || most >= len(body) {
		_, _ = w.Write(body) // the client may go
		return
	}
	_, _ = w.Write(body[:most])               // as above
	_ = http.NewResponseController(w).Flush() // as above
	panic(http.ErrAbortHandler)               // the line is cut
}

// cutPatches cuts every second request that brings bytes, after a million of them.
func cutPatches() hook {
	patch := func(r *http.Request) bool { return r.Method == http.MethodPatch }
	return times(patch, func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if n%2 == 1 {
			r.Body = &cutBody{ReadCloser: r.Body, left: 1_000_000}
		}
		return false
	})
}

// wantFile wants a job to have read the file of the settings, in parts of which none came twice.
func wantFile(size int) func(t *telling, outcome any) {
	return func(t *telling, outcome any) {
		t.t.Helper()
		got, _ := outcome.(object)
		if got["sha256"] != t.settings["sum"] || got["bytes"] != float64(size) {
			t.t.Errorf("the job read %s, want %d bytes with %v", show(got), size, t.settings["sum"])
		}
		if last, ok := got["last"]; ok && (last != float64(size) || got["grew"] != true) {
			t.t.Errorf("progress: %s", show(got))
		}
		heads := t.requests(func(s *seen) bool { return s.method == http.MethodHead })
		if len(heads) == 0 {
			t.t.Error("nobody asked how much had arrived")
		}
	}
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}
