package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/auth"
	"claimcheck/internal/pause"
	"claimcheck/internal/tool/datatool"
)

const catalogue = `
plans:
  default: {max_input_bytes: 4096}
tools:
  - name: thumb
    target: TARGET
    summary: Makes a small picture.
    extensions: [png, svg]
    timeout: 60s
    headers:
      - {name: X-Width, summary: In pixels., kind: integer, min: 1, max: 4096, default: 80}
      - {name: x-format, kind: choice, choices: [png, webp], default: webp}
      - {name: x-crop, kind: boolean}
      - content-type
      - x-note
  - {name: typed, target: TARGET, content_types: [application/json, application/vnd.x+json]}
  - {name: far, mode: pull}
  - {name: later, target: TARGET, mode: json, extensions: [json, geojson1]}
`

// withDataTools are tools and all that are built in, but test tools, by name.
func withDataTools(names ...string) []string {
	for _, t := range datatool.Tools() {
		names = append(names, t.Spec().Name)
	}
	slices.Sort(names)
	return names
}

// offered are the tools that /tools tells of, by name, but test tools.
func (f *fixture) offered(headers ...string) (names []string, byName map[string]api.Tool) {
	f.t.Helper()
	var all api.Tools
	f.call("GET", "/tools", "", headers...).decode(f.t, &all)
	byName = map[string]api.Tool{}
	for _, t := range all.Tools {
		if !strings.HasPrefix(t.Name, "test-") {
			names, byName[t.Name] = append(names, t.Name), t
		}
	}
	return names, byName
}

func TestEveryToolIsTold(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, strings.ReplaceAll(catalogue, "TARGET", s.URL))
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "default"})
	names, byName := f.offered("x-api-key", bob)
	if want := withDataTools("far", "later", "thumb", "typed"); !slices.Equal(names, want) {
		t.Fatalf("told of %v, want %v", names, want)
	}
	const thumb = `{"name":"thumb","path":"/thumb-api","summary":"Makes a small picture.","mode":"body","extensions":["png","svg"],` +
		`"input":{"json":false,"content_types":["image/png","image/svg+xml"]},"output":{},"options":[` +
		`{"header":"x-width","kind":"integer","default":"80","min":1,"max":4096,"summary":"In pixels."},` +
		`{"header":"x-format","kind":"choice","default":"webp","choices":["png","webp"],"summary":"Passed on to the tool."},` +
		`{"header":"x-crop","kind":"boolean","summary":"Passed on to the tool."},` +
		`{"header":"x-note","kind":"text","min":0,"max":256,"summary":"Passed on to the tool."}],` +
		`"limits":{"max_bytes":4096,"timeout_seconds":60},"paused":false}`
	if a := f.call("GET", "/tools/thumb", "", "x-api-key", bob); a.status != http.StatusOK || string(a.body) != thumb {
		t.Errorf("%d\ngot  %s\nwant %s", a.status, a.body, thumb)
	}
	for name, want := range map[string]struct {
		mode  string
		json  bool
		types []string
	}{
		"typed": {"body", true, []string{"application/json", "application/vnd.x+json"}},
		"far":   {"pull", false, []string{}},
		"later": {"json", false, []string{"application/json", "application/octet-stream"}},
	} {
		got := byName[name]
		if got.Mode != want.mode || got.Input.JSON != want.json || !slices.Equal(got.Input.ContentTypes, want.types) || got.Output != (api.ToolOutput{}) ||
			got.Limits.TimeoutSeconds != 600 {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
	for name := range byName { // each alone as in the list
		var alone api.Tool
		f.call("GET", "/tools/"+name, "", "x-api-key", bob).decode(t, &alone)
		if alone.Name != name || alone.Limits != byName[name].Limits {
			t.Errorf("%s alone is %+v", name, alone)
		}
	}
}

func TestToolsAreAskedForLikeEverythingElse(t *testing.T) {
	t.Parallel()
	f := serve(t, "plans:\n  few: {status_per_minute: 60}\n")
	for _, path := range []string{"/tools/none", "/tools/json-formatter-api", "/tools/", "/tools/a/b"} {
		f.want(path, f.call("GET", path, ""), 404, "NOT_FOUND")
	}
	f.want("without a key", f.call("GET", "/tools", "", "x-api-key", ""), 401, "UNAUTHORIZED")
	f.want("posted", f.call("POST", "/tools", ""), 405, "METHOD_NOT_ALLOWED")
	f.want("a key that only hands in", f.call("GET", "/tools", "", "x-api-key", f.newKey(auth.NewKey{Owner: "ann", Scopes: []string{"submit"}})), 403, "FORBIDDEN")
	f.want("a worker's key", f.call("GET", "/tools", "", "x-api-key", f.workKey("json-formatter")), 403, "FORBIDDEN")

	few := f.newKey(auth.NewKey{Owner: "bob", Plan: "few"})
	first := f.call("GET", "/tools", "", "x-api-key", few)
	tag := first.header.Get("ETag")
	if first.status != http.StatusOK || !strings.HasPrefix(tag, `W/"`) || !strings.Contains(first.header.Get("Cache-Control"), "no-cache") {
		t.Fatalf("%d %v", first.status, first.header)
	}
	counted := func(a answer) bool { return a.header.Get("RateLimit-Policy") == `"status";q=60;w=60` }
	for _, known := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*"} {
		a := f.call("GET", "/tools", "", "x-api-key", few, "If-None-Match", known)
		if a.status != http.StatusNotModified || len(a.body) > 0 || a.header.Get("ETag") != tag || !counted(a) {
			t.Errorf("If-None-Match %s: %d %v %s", known, a.status, a.header, a.body)
		}
	}
	head := f.call("HEAD", "/tools", "", "x-api-key", few)
	if head.status != http.StatusOK || head.header.Get("ETag") != tag || len(head.body) > 0 || !counted(head) {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
	if one := f.call("GET", "/tools/json-minify", "", "x-api-key", few); one.status != http.StatusOK || one.header.Get("ETag") == tag || !counted(one) {
		t.Errorf("one tool: %d %v", one.status, one.header)
	}
}

func TestWhatIsToldOfToolsIsReloaded(t *testing.T) {
	t.Parallel()
	f := serve(t, "tools: [{name: far, mode: pull, summary: Once.}]\n")
	tag := f.call("GET", "/tools", "").header.Get("ETag")
	f.reload("tools: [{name: far, mode: pull, summary: Now., headers: [{name: x-a, summary: New.}]}, {name: new, mode: pull}]\nplans: {unlimited: {max_input_bytes: 9}}\n", reloaded)
	a := f.call("GET", "/tools", "", "If-None-Match", tag)
	if a.status != http.StatusOK || a.header.Get("ETag") == tag {
		t.Fatalf("%d, the tag is %s as before", a.status, tag)
	}
	names, byName := f.offered()
	if far := byName["far"]; !slices.Contains(names, "new") || far.Summary != "Now." || len(far.Options) != 1 || far.Options[0].Summary != "New." || far.Limits.MaxBytes != 9 {
		t.Errorf("told of %v, far is %+v", names, far)
	}
	f.reload("tools: [{name: far, mode: pull, summary: Once.}]\n", reloaded)
	if got := f.call("GET", "/tools", "", "If-None-Match", tag); got.status != http.StatusNotModified {
		t.Errorf("the first file again: %d", got.status)
	}
}

// TestHeadersOfAToolAreChecked: their values reach the endpoint as one kind of
// them is written, or are refused.
func TestHeadersOfAToolAreChecked(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, strings.ReplaceAll(catalogue, "TARGET", s.URL))
	for _, c := range []struct{ header, value, sent string }{
		{"x-width", "", "80"},
		{"x-width", "007", "7"},
		{"x-format", "PNG", "png"},
		{"x-format", "", "webp"},
		{"x-crop", "yes", "true"},
		{"x-crop", "", ""},
		{"x-note", "As It Is", "As It Is"},
	} {
		f.want(c.header, f.call("POST", "/thumb-api", "in", c.header, c.value), 200, "")
		all := s.all()
		if got := all[len(all)-1].header.Get(c.header); got != c.sent {
			t.Errorf("%s: %q was sent as %q, want %q", c.header, c.value, got, c.sent)
		}
	}
	for _, c := range []struct{ header, value, says string }{
		{"x-width", "0", "x-width must be a whole number from 1 to 4096"},
		{"x-format", "gif", "x-format must be one of png, webp"},
		{"x-crop", "perhaps", "x-crop must be 1, true or yes"},
	} {
		a := f.call("POST", "/thumb-api", "in", c.header, c.value)
		f.want(c.header, a, 400, "INVALID_OPTION")
		if !strings.Contains(string(a.body), c.says) {
			t.Errorf("%s: %s", c.header, a.body)
		}
	}
}

// TestTheDescriptionIsMadeOfTheSame: what /tools tells of the options stands in
// the description too.
func TestTheDescriptionIsMadeOfTheSame(t *testing.T) {
	t.Parallel()
	f := serve(t, strings.ReplaceAll(catalogue, "TARGET", "http://127.0.0.1:9/"))
	var doc struct {
		Paths map[string]struct {
			Post struct {
				Summary    string
				Extensions []string       `json:"x-input-extensions"`
				Types      []string       `json:"x-input-content-types"`
				Limits     api.ToolLimits `json:"x-limits"`
				Parameters []struct{ Name, Description string }
			}
		}
	}
	f.call("GET", "/openapi.json", "").decode(t, &doc)
	_, byName := f.offered()
	for name, told := range byName {
		post := doc.Paths[told.Path].Post
		if post.Summary != told.Summary || !slices.Equal(post.Extensions, told.Extensions) || !slices.Equal(post.Types, told.Input.ContentTypes) || post.Limits.TimeoutSeconds != told.Limits.TimeoutSeconds {
			t.Errorf("%s is described as %+v and told as %+v", name, post, told)
		}
		for _, o := range told.Options {
			described := false
			for _, p := range post.Parameters {
				described = described || p.Name == o.Header && p.Description == o.Summary
			}
			if !described {
				t.Errorf("%s of %s is not described", o.Header, name)
			}
		}
	}
}

func TestAPausedToolSaysSo(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	tag := f.call("GET", "/tools", "").header.Get("ETag")
	paused := func() (list []string) {
		_, byName := f.offered()
		for name, told := range byName {
			if told.Paused {
				list = append(list, name)
			}
		}
		return list
	}
	if _, err := f.server.Pauses().Pause(t.Context(), pause.Owner, "json-minify", "test"); err != nil { // an owner of a tool's name
		t.Fatal(err)
	}
	if got := paused(); len(got) > 0 {
		t.Errorf("paused are %v, want none", got)
	}
	if _, err := f.server.Pauses().Pause(t.Context(), pause.Tool, "json-minify", "test"); err != nil {
		t.Fatal(err)
	}
	if got := paused(); !slices.Equal(got, []string{"json-minify"}) {
		t.Errorf("paused are %v", got)
	}
	if a := f.call("GET", "/tools", "", "If-None-Match", tag); a.status != http.StatusOK {
		t.Errorf("the tag of before: %d", a.status)
	}
	if _, err := f.server.Pauses().Resume(t.Context(), pause.Tool, "json-minify"); err != nil {
		t.Fatal(err)
	}
	if a := f.call("GET", "/tools", "", "If-None-Match", tag); a.status != http.StatusNotModified {
		t.Errorf("resumed: %d, paused are %v", a.status, paused())
	}
}
