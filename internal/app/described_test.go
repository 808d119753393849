package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"claimcheck/api"
)

// A description is the document that a server serves, its schemas closed: what
// they do not describe is refused, where they do not say that there may be more.
type description struct {
	document map[string]any
	compiler *jsonschema.Compiler
}

const documentURL = "https://claimcheck.test/openapi.json"

func (f *fixture) description() *description {
	f.t.Helper()
	d := &description{compiler: jsonschema.NewCompiler()}
	f.call("GET", "/openapi.json", "").decode(f.t, &d.document)
	closeSchemas(d.document)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, d.document); err != nil {
		f.t.Fatal(err)
	}
	return d
}

// closeSchemas closes schemas where they are used, so that parts of a schema leave
// each other's members alone.
func closeSchemas(v any) {
	switch v := v.(type) {
	case map[string]any:
		used := []any{v["schema"], v["items"]}
		if properties, ok := v["properties"].(map[string]any); ok {
			for _, p := range properties {
				used = append(used, p)
			}
		}
		for _, u := range used {
			if schema, ok := u.(map[string]any); ok {
				schema["unevaluatedProperties"] = false
			}
		}
		for _, child := range v {
			closeSchemas(child)
		}
	case []any:
		for _, child := range v {
			closeSchemas(child)
		}
	}
}

// response is what the document says of an answer, and where: the answer's own
// status, its class, or what goes for all.
func (d *description) response(method, path string, status int) (pointer string, response map[string]any) {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	code := strconv.Itoa(status)
	for _, key := range []string{code, code[:1] + "XX", "default"} {
		pointer = "/paths/" + escape.Replace(path) + "/" + strings.ToLower(method) + "/responses/" + key
		if response, ok := d.at(pointer).(map[string]any); ok {
			if ref, isRef := response["$ref"].(string); isRef {
				pointer = strings.TrimPrefix(ref, "#")
				response, _ = d.at(pointer).(map[string]any)
			}
			return pointer, response
		}
	}
	return "", nil
}

// at follows a JSON pointer.
func (d *description) at(pointer string) any {
	var v any = d.document
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return v
}

// check compares an answer with what is said of it: its status, its headers that
// must be there, its body.
func (d *description) check(t *testing.T, method, path string, a answer) {
	t.Helper()
	pointer, response := d.response(method, path, a.status)
	if response == nil {
		t.Errorf("%s %s: an answer %d is not described: %s", method, path, a.status, a.body)
		return
	}
	for name := range a.header {
		described, _ := response["headers"].(map[string]any)
		if _, ok := described[canonical(described, name)]; !ok && !ofTheConnection[name] {
			t.Errorf("%s %s: the header %s of an answer %d is not described", method, path, name, a.status)
		}
	}
	content, _ := response["content"].(map[string]any)
	if len(a.body) == 0 && content == nil {
		return
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	if content[kind] == nil {
		t.Errorf("%s %s: an answer %d of type %q is not described", method, path, a.status, kind)
		return
	}
	if kind != "application/json" {
		return
	}
	schema, err := d.compiler.Compile(documentURL + "#" + pointer + "/content/application~1json/schema")
	if err != nil {
		t.Fatalf("%s: %v", pointer, err)
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err == nil {
		err = schema.Validate(body)
	}
	if err != nil {
		t.Errorf("%s %s: %s\nis not as described: %v", method, path, a.body, err)
	}
}

// ofTheConnection are headers of each answer that no description has.
var ofTheConnection = map[string]bool{"Date": true, "Content-Length": true, "Content-Type": true, "Connection": true}

// canonical is a name among those of the description, which writes some as people do.
func canonical(described map[string]any, name string) string {
	for own := range described {
		if http.CanonicalHeaderKey(own) == name {
			return own
		}
	}
	return name
}

// A question is a call whose answer is compared with the description. {} in the
// path is filled with id.
type question struct {
	method, path, id string
	body             string
	want             int
	headers          []string
}

func (f *fixture) compare(d *description, all []question) {
	f.t.Helper()
	for _, q := range all {
		before, rest, ok := strings.Cut(q.path, "{")
		path := q.path
		if ok {
			_, after, _ := strings.Cut(rest, "}")
			path = before + q.id + after
		}
		template, _, _ := strings.Cut(q.path, "?")
		a := f.call(q.method, path, q.body, q.headers...)
		if a.status != q.want {
			f.t.Errorf("%s %s: %d %s, want %d", q.method, path, a.status, a.body, q.want)
		}
		d.check(f.t, q.method, template, a)
	}
}

func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, "tools: [{name: far, mode: pull, headers: [{name: x-a, kind: choice, choices: [b, c]}]}]\n")
	d := f.description()
	good, bad, waits := f.submit("json-minify", `[1]`), f.submit("json-minify", `[1`), f.submit("far", "in", "x-metadata", `{"a":"b"}`, "x-priority", "3")
	f.finished(good)
	f.finished(bad)
	var hook api.Webhook
	added := f.call("POST", "/webhooks", `{"url":"https://example.org/hook","events":["job.failed"]}`)
	added.decode(t, &hook)
	d.check(t, "POST", "/webhooks", added)
	tag := f.call("GET", "/tools", "").header.Get("ETag")
	const none = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"
	f.compare(d, []question{
		{method: "GET", path: "/tools", want: 200},
		{method: "GET", path: "/tools", want: 304, headers: []string{"If-None-Match", tag}},
		{method: "GET", path: "/tools/{name}", id: "far", want: 200},
		{method: "GET", path: "/tools/{name}", id: "none", want: 404},
		{method: "GET", path: "/tools", want: 401, headers: []string{"x-api-key", "no"}},
		{method: "POST", path: "/far-api", body: "x", want: 400, headers: []string{"x-a", "d"}},
		{method: "POST", path: "/far-api", body: "x", want: 202, headers: []string{"Prefer", "respond-async"}},
		{method: "POST", path: "/json-minify-api", body: "[1]", want: 200},
		{method: "POST", path: "/json-minify-api", body: "[1", want: 400},
		{method: "GET", path: "/jobs/{job_id}", id: good, want: 200},
		{method: "GET", path: "/jobs/{job_id}", id: bad, want: 200},
		{method: "GET", path: "/jobs/{job_id}?view=full", id: waits, want: 200},
		{method: "GET", path: "/jobs/{job_id}?view=full", id: good, want: 200},
		{method: "GET", path: "/jobs/{job_id}", id: none, want: 404},
		{method: "GET", path: "/jobs/{job_id}", id: "7", want: 400},
		{method: "GET", path: "/jobs/{job_id}/result", id: good, want: 200},
		{method: "GET", path: "/jobs/{job_id}/result", id: bad, want: 400},
		{method: "GET", path: "/jobs/{job_id}/result", id: waits, want: 202},
		{method: "GET", path: "/jobs", want: 200},
		{method: "GET", path: "/jobs?limit=1", want: 200},
		{method: "GET", path: "/jobs?ids=" + good + "," + none, want: 200},
		{method: "GET", path: "/jobs?limit=none", want: 400},
		{method: "POST", path: "/jobs/{job_id}/token", id: waits, want: 200},
		{method: "POST", path: "/jobs/{job_id}/cancel", id: waits, want: 200},
		{method: "POST", path: "/jobs/{job_id}/cancel", id: waits, want: 409},
		{method: "POST", path: "/jobs/{job_id}/retry", id: good, want: 202},
		{method: "DELETE", path: "/jobs/{job_id}", id: bad, want: 204},
		{method: "GET", path: "/usage", want: 200},
		{method: "POST", path: "/upload-api", body: `{"filename":"a.json"}`, want: 200},
		{method: "POST", path: "/upload-api", body: `{"filename":"a"}`, want: 400},
		{method: "GET", path: "/webhooks", want: 200},
		{method: "GET", path: "/webhooks/secret", want: 200},
		{method: "POST", path: "/webhooks/{id}/rotate", id: hook.ID, want: 200},
		{method: "GET", path: "/webhooks/{id}/deliveries", id: hook.ID, want: 200},
		{method: "PATCH", path: "/webhooks/{id}", id: hook.ID, body: `{"headers":{"X-A":"b"},"max_per_second":0.5,"metadata":{"a":"b"},"tools":["far"],"signature":"v1a"}`, want: 200},
		{method: "PATCH", path: "/webhooks/{id}", id: hook.ID, body: `{"enabled":null}`, want: 400},
		{method: "POST", path: "/webhooks/{id}/recover", id: hook.ID, body: `{"since":1}`, want: 202},
		{method: "POST", path: "/webhooks/{id}/recover", id: hook.ID, body: `{}`, want: 400},
		{method: "GET", path: "/webhooks", want: 200},
		{method: "GET", path: "/.well-known/webhook-keys", want: 200},
		{method: "GET", path: "/.well-known/webhook-keys?owner=me", want: 200},
		{method: "GET", path: "/.well-known/webhook-keys?owner=", want: 400},
		{method: "DELETE", path: "/webhooks/{id}", id: hook.ID, want: 204},
		{method: "GET", path: "/.well-known/oauth-protected-resource", want: 404},
		{method: "GET", path: "/.well-known/oauth-protected-resource/{prefix}", id: "mcp", want: 404},
		{method: "GET", path: "/healthz", want: 200},
		{method: "GET", path: "/readyz", want: 200},
	})
}

// TestAnswersThatAreNotDescribedAreFound: the comparison can fail.
func TestAnswersThatAreNotDescribedAreFound(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	d := f.description()
	pointer, response := d.response("GET", "/usage", http.StatusOK)
	if response == nil {
		t.Fatal("the usage is not described")
	}
	schema, err := d.compiler.Compile(documentURL + "#" + pointer + "/content/application~1json/schema")
	if err != nil {
		t.Fatal(err)
	}
	var usage map[string]any
	f.call("GET", "/usage", "").decode(t, &usage)
	if err := schema.Validate(usage); err != nil {
		t.Error(err)
	}
	usage["more"] = json.Number("1")
	if schema.Validate(usage) == nil {
		t.Error("a member that is not described is not found")
	}
}
