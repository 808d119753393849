package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"claimcheck/internal/testneeds"
)

// A form is what somebody fills in, as the console's modules have it.
type form struct {
	Draft map[string]any `json:"draft"`
	Tool  map[string]any `json:"tool"`
	File  *file          `json:"file,omitempty"`
}

type file struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// lines are the lines of one language for one form, and what they must send.
type lines struct {
	Language string
	Lines    string
	Headers  [][2]string
	Text     string
}

// hostile is an input that every quoting of some language gets wrong.
const hostile = "it's \"$HOME\" `id` $(id) \\n \\ %s %% !! {a,b} \U0001f600 日本 é\n\t#{x} ${y}\n@file\n'''\n\"\"\"\nEOF\n"

var texts = map[string]any{"name": "text", "path": "/text-api", "extensions": []string{"txt"}, "input": map[string]any{"json": false, "content_types": []string{"text/csv"}}}

func forms() []form {
	text := func(s string) form { return form{Draft: map[string]any{"text": s}, Tool: texts} }
	options := text("x")
	options.Tool = map[string]any{
		"name": "text", "path": "/text-api", "input": map[string]any{"json": true},
		"options": []any{map[string]any{"header": "x-word", "kind": "text", "max": 64}},
	}
	options.Draft["options"] = map[string]any{"x-word": `it's "$HOME" \ ` + "`id`"}
	options.Draft["metadata"] = [][2]string{{"it's \u202e", "\"\U0001f600\"\n$(id)"}}
	options.Draft["webhook"] = "https://example.org/a?b=c&d='e'"
	options.Draft["wait"], options.Draft["priority"] = "async", "-3"
	withFile := func(send string) form {
		return form{Draft: map[string]any{"source": "file", "send": send}, Tool: texts, File: &file{"it's a \"file\" $HOME.txt", hostile}}
	}
	return []form{
		text(hostile), text("@file"), text("-d x"), text("'"), text("\\"), text("\x1b[31m\u202e\r\n\x00"), text(strings.Repeat("long ", 2000)), options,
		{Draft: map[string]any{"source": "url", "url": "https://example.org/it's%20$HOME.txt?a=b&c"}, Tool: texts},
		withFile("body"), withFile("upload"),
	}
}

// TestTheLinesDoWhatWasDone runs the lines for curl, Python and JavaScript, and
// compares what arrives with what the form says.
func TestTheLinesDoWhatWasDone(t *testing.T) {
	node := testneeds.Node(t)
	curl := testneeds.Program(t, "curl (apt-get install curl)", "curl")
	jq := testneeds.Program(t, "jq (apt-get install jq)", "jq")
	bash := testneeds.Program(t, "bash (apt-get install bash)", "bash")
	if err := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", "import requests").Run(); err != nil {
		testneeds.Missing(t, "Python's requests (apt-get install python3-requests)")
	}
	modules := copyOf(t, sources, filepath.Dir(testneeds.NodeModules(t, "preact")))
	s := newRecorder(t)
	for i, l := range written(t, node, modules, s.URL) {
		t.Run(fmt.Sprint(l.Language, " ", i/3), func(t *testing.T) { //nolint:mnd // languages
			dir := t.TempDir()
			if name := regexp.MustCompile(`saved as (\S+)`).FindStringSubmatch(l.Lines); name != nil {
				write(t, filepath.Join(dir, name[1]), l.Text)
			}
			write(t, filepath.Join(dir, `it's a "file" $HOME.txt`), hostile)
			script := filepath.Join(dir, map[string]string{"curl": "lines.sh", "python": "lines.py", "javascript": "lines.mjs"}[l.Language])
			write(t, script, l.Lines)
			cmd := exec.CommandContext(t.Context(), map[string]string{"curl": bash, "python": "/usr/bin/python3", "javascript": node}[l.Language], script)
			cmd.Dir = dir
			cmd.Env = append(cmd.Environ(), "CLAIMCHECK_API_KEY=ck_secret", "PATH="+filepath.Dir(curl)+":"+filepath.Dir(jq)+":/usr/bin:/bin")
			if said, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(said), "accepted") {
				t.Fatalf("%v\n%s\n%s", err, said, l.Lines)
			}
			s.compare(t, l)
		})
	}
}

// written has the modules write the lines for all forms.
func written(t *testing.T, node, modules, address string) []lines {
	t.Helper()
	settings, err := json.Marshal(map[string]any{"modules": modules, "address": address, "forms": forms()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "testdata/snippets.mjs", string(settings))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var all []lines
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A recorder is a server that keeps the last submission and the last upload. The
// fields of its upload forms are such as clients take for something else.
type recorder struct {
	*httptest.Server

	mu     sync.Mutex
	header http.Header
	body   string
	upload string
}

var uploadFields = map[string]string{"key": "ann/upl_1/it's.txt", "x-amz-meta-a": "@file;type=x", "x-amz-meta-b": "<file", "policy": "a=b+/=\"'"}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	s := &recorder{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /text-api", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.header, s.body = r.Header, string(body)
		s.mu.Unlock()
		answer(t, w, http.StatusAccepted, map[string]any{"status": "accepted"})
	})
	mux.HandleFunc("POST /upload-api", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "ck_secret" {
			t.Errorf("the form is asked for with the key %q", r.Header.Get("X-Api-Key"))
		}
		answer(t, w, http.StatusOK, map[string]any{"upload_id": "upl_1", "upload": map[string]any{"url": s.URL + "/uploads", "fields": uploadFields}})
	})
	mux.HandleFunc("POST /uploads", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.upload = posted(t, r)
		w.WriteHeader(http.StatusNoContent)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// posted is the file of a form whose fields must be those that were given.
func posted(t *testing.T, r *http.Request) string {
	t.Helper()
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		t.Error(err)
		return ""
	}
	for name, value := range uploadFields {
		if got := r.MultipartForm.Value[name]; len(got) != 1 || got[0] != value {
			t.Errorf("field %s arrived as %q, want %q", name, got, value)
		}
	}
	f, _, err := r.FormFile("file")
	if err != nil {
		t.Error(err)
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func answer(t *testing.T, w http.ResponseWriter, status int, body any) {
	t.Helper()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		t.Error(err)
	}
}

// compare compares the last submission with what the form says.
func (s *recorder) compare(t *testing.T, l lines) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	want := l.Text
	if strings.Contains(l.Lines, "upload-api") {
		if s.upload != hostile {
			t.Errorf("uploaded %q", s.upload)
		}
		var named map[string]string
		if err := json.Unmarshal([]byte(s.body), &named); err != nil || named["file"] != uploadFields["key"] {
			t.Errorf("the job names %s (%v)", s.body, err)
		}
		want = s.body
	}
	if s.body != want {
		t.Errorf("sent %q, want %q, by\n%s", s.body, want, l.Lines)
	}
	for _, h := range append(l.Headers, [2]string{"x-api-key", "ck_secret"}) {
		if got := s.header.Get(h[0]); got != h[1] {
			t.Errorf("%s arrived as %q, want %q, by\n%s", h[0], got, h[1], l.Lines)
		}
	}
	if key := s.header.Get("Idempotency-Key"); key == "" || strings.Contains(l.Lines, key) {
		t.Errorf("idempotency key %q", key)
	}
	if strings.Contains(l.Lines, "ck_secret") {
		t.Error("the key is written down")
	}
	s.header, s.body, s.upload = nil, "", ""
}
