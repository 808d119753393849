package api_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
)

const (
	publicURL = "https://api.claimcheck.test"
	version   = "1.2.3"
)

// tools are some of a server's tools, with each kind of option between them.
var tools = []api.Tool{
	{
		Path: "/json-formatter-api", Summary: "Pretty-prints JSON.", Extensions: []string{"txt", "json"},
		Input: api.ToolInput{JSON: true, ContentTypes: []string{"application/json"}}, Output: api.ToolOutput{Extension: "json", ContentType: "application/json"},
		Options: []api.ToolOption{{Header: "x-tab-space", Kind: "integer", Default: "1", Min: new(0), Max: new(16), Summary: "Spaces per level."}},
		Limits:  api.ToolLimits{TimeoutSeconds: 900},
	},
	{
		Path: "/csv-remove-duplicates-api", Summary: "Removes <repeated> & equal rows.", Output: api.ToolOutput{Extension: "csv", ContentType: "text/csv"},
		Options: []api.ToolOption{
			{Header: "x-has-header", Kind: "boolean", Default: "true", Summary: "Whether the first row names the columns."},
			{Header: "x-duplicate-handling", Kind: "choice", Default: "first", Choices: []string{"first", "last", "none"}, Summary: "Which row stays."},
			{Header: "x-delimiter", Kind: "text", Min: new(0), Max: new(64), Summary: "What is between two fields."},
		},
		Limits: api.ToolLimits{MaxBytes: 65536, TimeoutSeconds: 60},
	},
	{
		Path: "/thumbnail-api", Summary: "Makes a small picture.", Extensions: []string{"png"},
		Options: []api.ToolOption{{Header: "x-width", Kind: "text", Required: true, Min: new(0), Max: new(256), Summary: "Passed on to the tool."}},
	},
}

// described returns the document of a server with the tools.
func described(t *testing.T) []byte {
	t.Helper()
	b, err := api.OpenAPI(publicURL, version, tools)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A spec is a decoded document.
type spec map[string]any

func decoded(t *testing.T) spec {
	t.Helper()
	var s spec
	if err := json.Unmarshal(described(t), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// as returns v, which must be a T.
func as[T any](t *testing.T, v any) T {
	t.Helper()
	x, ok := v.(T)
	if !ok {
		t.Fatalf("%v is a %T, want %T", v, v, x)
	}
	return x
}

// object is at for what is an object.
func (s spec) object(t *testing.T, path ...string) map[string]any {
	t.Helper()
	return as[map[string]any](t, s.at(t, path...))
}

// at returns what a path of names leads to, references followed.
func (s spec) at(t *testing.T, path ...string) any {
	t.Helper()
	return s.below(t, map[string]any(s), path...)
}

func (s spec) below(t *testing.T, v any, path ...string) any {
	t.Helper()
	for _, name := range path {
		o, ok := s.follow(t, v).(map[string]any)
		if !ok || o[name] == nil {
			t.Fatalf("nothing at %s of %s", name, strings.Join(path, "/"))
		}
		v = o[name]
	}
	return s.follow(t, v)
}

// follow returns v, or what it refers to.
func (s spec) follow(t *testing.T, v any) any {
	t.Helper()
	o, ok := v.(map[string]any)
	if !ok || o["$ref"] == nil {
		return v
	}
	ref, ok := strings.CutPrefix(as[string](t, o["$ref"]), "#/")
	if !ok {
		t.Fatalf("reference %v leads out of the document", o["$ref"])
	}
	return s.at(t, strings.Split(ref, "/")...)
}

func TestDocumentHasNothingOfOurOwnLeft(t *testing.T) {
	b := described(t)
	for _, word := range []string{"x-reused", "x-tool\"", "x-failures", "$(", "\\u003c"} {
		if bytes.Contains(b, []byte(word)) {
			t.Errorf("the document holds %q", word)
		}
	}
	if !bytes.HasPrefix(b, []byte(`{"openapi":"3.1.0","info":{"title":"claimcheck","version":"1.2.3",`)) {
		t.Errorf("begins with %.80s, want the members in the order of openapi.yaml", b)
	}
	if got, want := canonical(t, decoded(t)["servers"]), `[{"url":"`+publicURL+`"}]`; got != want {
		t.Errorf("servers are %s, want %s", got, want)
	}
}

func TestDocumentIsAlwaysTheSame(t *testing.T) {
	first := described(t)
	for range 5 {
		if !bytes.Equal(described(t), first) {
			t.Fatal("two documents of one server differ")
		}
	}
}

// TestAToolMayHaveTheNameOfAnOperation: ids stay unique.
func TestAToolMayHaveTheNameOfAnOperation(t *testing.T) {
	b, err := api.OpenAPI(publicURL, version, []api.Tool{{Path: "/list-jobs-api"}, {Path: "/list-jobs-tool-api"}, {Path: "/heartbeat-api"}})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for path, item := range doc.Paths {
		for method, text := range item {
			var op struct{ OperationID string }
			if json.Unmarshal(text, &op) != nil || op.OperationID == "" {
				continue // not an operation
			}
			if other := seen[op.OperationID]; other != "" {
				t.Errorf("%s %s and %s are both %s", method, path, other, op.OperationID)
			}
			seen[op.OperationID] = method + " " + path
		}
	}
	if len(seen) == 0 {
		t.Error("no operation has an id")
	}
}

func TestEachToolIsDescribed(t *testing.T) {
	s := decoded(t)
	for path, want := range map[string]string{
		"/json-formatter-api": `[{"name":"x-tab-space","in":"header","description":"Spaces per level.",
			"schema":{"type":"integer","minimum":0,"maximum":16,"default":1}}]`,
		"/csv-remove-duplicates-api": `[{"name":"x-has-header","in":"header","description":"Whether the first row names the columns.",
			"schema":{"type":"boolean","default":true}},
			{"name":"x-duplicate-handling","in":"header","description":"Which row stays.",
			"schema":{"type":"string","enum":["first","last","none"],"default":"first"}},
			{"name":"x-delimiter","in":"header","description":"What is between two fields.","schema":{"type":"string","maxLength":64}}]`,
		"/thumbnail-api": `[{"name":"x-width","in":"header","description":"Passed on to the tool.","required":true,"schema":{"type":"string","maxLength":256}}]`,
	} {
		own := as[[]any](t, s.at(t, "paths", path, "post", "parameters"))
		own = slices.DeleteFunc(own, func(p any) bool { return as[map[string]any](t, p)["$ref"] != nil })
		if got, want := canonical(t, own), canonical(t, json.RawMessage(want)); got != want {
			t.Errorf("options of %s\ngot  %s\nwant %s", path, got, want)
		}
	}
	op := s.object(t, "paths", "/csv-remove-duplicates-api", "post")
	if op["operationId"] != "csvRemoveDuplicates" || op["summary"] != tools[1].Summary || !strings.Contains(as[string](t, op["description"]), "`text/csv`") {
		t.Errorf("operation is %v", op)
	}
	if schema := s.object(t, "paths", "/thumbnail-api", "post", "responses", "200", "content", "application/json", "schema"); schema["$ref"] != nil {
		t.Errorf("the answer of a configured tool is %v", schema)
	}
	for _, c := range []struct{ path, member, want string }{
		{"/json-formatter-api", "x-input-extensions", `["txt","json"]`},
		{"/json-formatter-api", "x-input-content-types", `["application/json"]`},
		{"/json-formatter-api", "x-limits", `{"max_bytes":0,"timeout_seconds":900}`},
		{"/csv-remove-duplicates-api", "x-input-extensions", `[]`},
		{"/csv-remove-duplicates-api", "x-limits", `{"max_bytes":65536,"timeout_seconds":60}`},
	} {
		if got := canonical(t, s.at(t, "paths", c.path, "post", c.member)); got != c.want {
			t.Errorf("%s of %s is %s, want %s", c.member, c.path, got, c.want)
		}
	}
	for path, want := range map[string]string{
		"/json-formatter-api":        "the output is `application/json`",
		"/thumbnail-api":             "the output is whatever the tool answers",
		"/csv-remove-duplicates-api": "An input has at most 65536 bytes; an attempt may take 60 seconds.",
	} {
		if got := as[string](t, s.at(t, "paths", path, "post", "description")); !strings.Contains(got, want) {
			t.Errorf("the description of %s is %q, want %q in it", path, got, want)
		}
	}
}

// canonical is v as JSON with sorted names.
func canonical(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(plain); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatAToolSaysOfItselfIsNotFilledIn(t *testing.T) {
	const summary = "Costs $(id), $(limits) and $(output)."
	for range 20 { // whatever the order of the marks
		b, err := api.OpenAPI(publicURL, version, []api.Tool{{Path: "/t-api", Summary: summary}})
		if err != nil {
			t.Fatal(err)
		}
		var s spec
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		if got := s.at(t, "paths", "/t-api", "post", "summary"); got != summary {
			t.Fatalf("the summary is %q", got)
		}
	}
}

func TestWrongDefaultIsRefused(t *testing.T) {
	for _, option := range []api.ToolOption{
		{Header: "x-tab-space", Kind: "integer", Default: "one"},
		{Header: "x-has-header", Kind: "boolean", Default: "perhaps"},
	} {
		bad := []api.Tool{{Path: "/t-api", Options: []api.ToolOption{option}}}
		if _, err := api.OpenAPI(publicURL, version, bad); err == nil || !strings.Contains(err.Error(), option.Header) {
			t.Errorf("%s with default %s: error %v, want one that names it", option.Kind, option.Default, err)
		}
	}
}

func TestPathsAreThoseOfTheDocument(t *testing.T) {
	list, err := api.Paths(tools)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"GET /jobs/{job_id}", "GET /jobs/", "GET /status-api", "GET /status-api/", "GET /healthz",
		"POST /json-formatter-api", "POST /csv-remove-duplicates-api",
	} {
		if !slices.Contains(list, want) {
			t.Errorf("%s is missing in %v", want, list)
		}
	}
	operations, aliases := 0, 0
	s := decoded(t)
	for path, item := range s.object(t, "paths") {
		for member := range as[map[string]any](t, item) {
			if without, ok := s.at(t, "paths", path, member).([]any); ok {
				aliases += len(without)
			} else if member != "head" { // which is left out of the list
				operations++
			}
		}
	}
	if len(list) != operations+aliases {
		t.Errorf("%d paths are listed, the document has %d and %d without id", len(list), operations, aliases)
	}
}
