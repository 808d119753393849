package datatools_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/tool/datatool/goldentest"
)

const datatool = "../../tool/datatool"

// family are the paths of the hosted service.
const family = `
json-formatter json-minify json-validator json-escape json-unescape json-to-csv json-to-tsv json-to-xml json-to-yaml json-to-excel json-to-html json-to-base64
xml-validator xml-minify xml-to-json xml-to-csv xml-to-tsv xml-to-yaml xml-to-excel xml-to-base64
yaml-formatter yaml-validator yaml-minify yaml-to-csv yaml-to-tsv yaml-to-xml yaml-to-excel yaml-to-base64
csv-to-json csv-to-xml csv-to-yaml csv-to-html csv-to-base64 csv-remove-duplicates csv-whitespace-trim
excel-to-csv excel-to-json excel-to-xml excel-to-yaml excel-to-html
html-formatter html-minify html-encoder html-decoder html-to-markdown markdown-to-html
css-formatter css-minify javascript-formatter javascript-minify sql-formatter sql-minify text-minify
url-encode url-decode base16-encoder base16-decoder base32-encoder base32-decoder base64-encoder base64-decoder base85-encoder base85-decoder
base64-to-json base64-to-xml base64-to-yaml image-converter`

// A world is a server and a caller of it.
type world struct {
	server *serverproc.Server
	key    string
	tools  map[string]api.Tool
}

func begin(t *testing.T) *world {
	t.Helper()
	w := &world{server: serverproc.Start(t, serverproc.Options{Args: []string{"--config=" + config(t), "--workers=4"}}), tools: map[string]api.Tool{}}
	w.key = w.server.Key("dora")
	var list api.Tools
	w.decode(t, w.call(t, http.MethodGet, "/tools", nil), http.StatusOK, &list)
	for _, it := range list.Tools {
		w.tools[it.Name] = it
	}
	return w
}

// TestEachToolOfTheFamilyIsThere wants them by name, and their description in /openapi.json.
func TestEachToolOfTheFamilyIsThere(t *testing.T) {
	t.Parallel()
	w := begin(t)
	var doc struct{ Paths map[string]any }
	w.decode(t, w.call(t, http.MethodGet, "/openapi.json", nil), http.StatusOK, &doc)
	for name := range strings.FieldsSeq(family) {
		if _, ok := w.tools[name]; !ok {
			t.Errorf("there is no tool %s", name)
		}
		if _, ok := doc.Paths["/"+name+"-api"]; !ok {
			t.Errorf("the description has no path /%s-api", name)
		}
	}
}

// TestEachGoldenCaseOverHTTP calls each tool with each of its golden cases, and hands each
// in as a job.
func TestEachGoldenCaseOverHTTP(t *testing.T) {
	t.Parallel()
	w := begin(t)
	cases := 0
	for name := range strings.FieldsSeq(family) {
		it, ok := w.tools[name]
		if !ok {
			continue // the test before says so
		}
		_, list := goldentest.Read(t, datatool, name)
		for i := range list {
			cases++
			w.tell(t, it, &list[i])
		}
	}
	if cases < 200 {
		t.Errorf("only %d cases", cases)
	}
}

// tell calls a tool with a case in both ways.
func (w *world) tell(t *testing.T, it api.Tool, c *goldentest.Case) {
	t.Helper()
	about := it.Name + "/" + c.Name
	headers := []string{"Content-Type", it.Input.ContentTypes[0]}
	for header, value := range c.Options {
		headers = append(headers, header, value)
	}
	now := w.call(t, http.MethodPost, it.Path, c.Input, headers...)
	if len(c.Input) == 0 {
		w.refused(t, about, now, "INVALID_REQUEST")
		return
	}
	if code := firstWord(c.Want); c.Failed() && code == "INVALID_OPTION" {
		w.refused(t, about, now, code)
		return
	}
	later := w.job(t, it.Path, c.Input, headers...)
	if c.Failed() {
		w.wantFailure(t, about, now, later, c.Want)
		return
	}
	if now.Status != http.StatusOK || later.Status != "success" {
		t.Errorf("%s: answered %s, and the job %s: %s %v", about, now, later.Status, later.Result, later.Error)
		return
	}
	w.wantOutput(t, about, it, now.Body, c)
	w.wantOutput(t, about+" as a job", it, later.Result, c)
}

// wantFailure wants the same failure at once and as a job's.
func (w *world) wantFailure(t *testing.T, about string, now serverproc.Answer, later api.Status, want []byte) {
	t.Helper()
	var said struct {
		Error   string
		Details map[string]any
	}
	if err := json.Unmarshal(now.Body, &said); err != nil || now.Status != http.StatusBadRequest && now.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("%s: answered %s", about, now)
		return
	}
	message, _ := said.Details["message"].(string)
	delete(said.Details, "message")
	if got := worded(said.Error, message, said.Details); got != sorted(string(want)) {
		t.Errorf("%s: refused with\n%s\nwant\n%s", about, got, want)
	}
	if later.Status != "failed" {
		t.Errorf("%s: the job is %s", about, later.Status)
	} else if got := worded(later.Error.Code, later.Error.Message, later.Error.Details); got != sorted(string(want)) {
		t.Errorf("%s: the job failed with\n%s\nwant\n%s", about, got, want)
	}
}

// worded is a failure as golden archives have it, its details sorted.
func worded(code, message string, details map[string]any) string {
	text := code + ": " + message
	for name, value := range details {
		text += fmt.Sprintf("\n%s: %v", name, value)
	}
	return sorted(text)
}

func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines[1:])
	return strings.Join(lines, "\n")
}

// wantOutput wants an answer's file to be the case's output, and its preview the beginning of it.
func (w *world) wantOutput(t *testing.T, about string, it api.Tool, answer []byte, c *goldentest.Case) {
	t.Helper()
	var is api.Result
	if err := json.Unmarshal(answer, &is); err != nil || is.Status != "success" {
		t.Errorf("%s: answered %s", about, answer)
		return
	}
	want := c.Output(t)
	file := w.call(t, http.MethodGet, is.File, nil)
	if file.Status != http.StatusOK || !bytes.Equal(file.Body, want) {
		t.Errorf("%s: the file is\n%s\nwant\n%s", about, file, want)
	}
	form := regexp.MustCompile(`/downloads/` + strings.ReplaceAll(it.Name, "-", "_") + `_[0-9a-f]{32}\.[a-z0-9]+\?`)
	if !form.MatchString(is.File) {
		t.Errorf("%s: the file is at %s", about, is.File)
	}
	binary := slices.ContainsFunc([]string{".xlsx?", ".png?", ".jpg?", ".jpeg?", ".gif?", ".webp?"}, func(end string) bool { return strings.Contains(is.File, end) })
	if preview := preview(want, !binary); is.Preview != preview {
		t.Errorf("%s: the preview is %q, want %q", about, is.Preview, preview)
	}
}

// preview is the beginning of a text.
func preview(output []byte, text bool) string {
	const most = 1000
	if !text {
		return ""
	}
	runes := []rune(string(output))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most-3]) + "..."
}

func firstWord(text []byte) string {
	word, _, _ := strings.Cut(string(text), ":")
	return word
}
