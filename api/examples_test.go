package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// visit calls f for each object of a JSON value with its JSON pointer.
func visit(v any, pointer string, f func(pointer string, o map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(pointer, v)
		for name, child := range v {
			visit(child, pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), f)
		}
	case []any:
		for i, child := range v {
			visit(child, pointer+"/"+strconv.Itoa(i), f)
		}
	}
}

// examplesOf are the examples of a media type, a parameter or a header.
func (s spec) examplesOf(t *testing.T, o map[string]any) map[string]any {
	t.Helper()
	list := map[string]any{}
	if v, ok := o["example"]; ok {
		list["example"] = v
	}
	several, _ := o["examples"].(map[string]any)
	for name, e := range several {
		list[name] = s.below(t, e, "value")
	}
	return list
}

// closed forbids members that a schema does not describe, where it does not say
// that there may be more. It changes the places where schemas are used, so that
// parts of a schema leave each other's members alone.
func closed(s spec) {
	visit(map[string]any(s), "", func(_ string, o map[string]any) {
		used := []any{o["schema"], o["items"]}
		properties, _ := o["properties"].(map[string]any)
		for _, p := range properties {
			used = append(used, p)
		}
		for _, u := range used {
			if schema, ok := u.(map[string]any); ok {
				schema["unevaluatedProperties"] = false
			}
		}
	})
}

func TestExamplesFitTheirSchemas(t *testing.T) {
	s := decoded(t)
	closed(s)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://claimcheck.test/openapi.json", map[string]any(s)); err != nil {
		t.Fatal(err)
	}
	checked := 0
	visit(map[string]any(s), "", func(pointer string, o map[string]any) {
		if o["schema"] == nil {
			return
		}
		location := url.URL{Scheme: "https", Host: "claimcheck.test", Path: "/openapi.json", Fragment: pointer + "/schema"}
		schema, err := c.Compile(location.String())
		if err != nil {
			t.Errorf("%s: %v", pointer, err)
			return
		}
		for name, value := range s.examplesOf(t, o) {
			checked++
			if err := schema.Validate(value); err != nil {
				t.Errorf("%s, %s: %v", pointer, name, err)
			}
		}
	})
	if checked < 100 {
		t.Errorf("only %d examples were found", checked)
	}
}

func TestSchemasRefuseWhatIsWrong(t *testing.T) {
	s := decoded(t)
	closed(s)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("openapi.json", map[string]any(s)); err != nil {
		t.Fatal(err)
	}
	status := c.MustCompile("openapi.json#/paths/~1status-api~1%7Bjob_id%7D/get/responses/200/content/application~1json/schema")
	for what, text := range map[string]string{
		"a fifth word": `{"job_id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274","status":"running","created_at":1,"updated_at":1,"message":"","retry_after":1}`,
		"no hint":      `{"job_id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274","status":"queued","created_at":1,"updated_at":1,"message":""}`,
		"a long hint":  `{"job_id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274","status":"queued","created_at":1,"updated_at":1,"message":"","retry_after":61}`,
		"no id":        `{"job_id":"7","status":"failed","created_at":1,"updated_at":1,"error":{"code":"A","message":"","details":{}}}`,
		"a message":    `{"job_id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274","status":"failed","created_at":1,"updated_at":1,"message":"","error":{"code":"A","message":"","details":{}}}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if status.Validate(v) == nil {
			t.Errorf("a status with %s is accepted", what)
		}
	}
}

// responses calls f for each response of each operation.
func (s spec) responses(t *testing.T, f func(where, code string, response map[string]any)) {
	t.Helper()
	for path, item := range s.object(t, "paths") {
		for method, op := range as[map[string]any](t, item) {
			if o, ok := op.(map[string]any); ok {
				for code, r := range as[map[string]any](t, o["responses"]) {
					f(method+" "+path+" "+code, code, as[map[string]any](t, s.follow(t, r)))
				}
			}
		}
	}
}

func TestEachAnswerHasItsHeaders(t *testing.T) {
	s := decoded(t)
	s.responses(t, func(where, code string, response map[string]any) {
		headers, _ := response["headers"].(map[string]any)
		want := []string{"X-Request-Id"}
		switch code {
		case "202", "304", "429", "503":
			want = append(want, "Retry-After")
		case "401":
			want = append(want, "WWW-Authenticate")
		}
		if code == "304" && (strings.Contains(where, "/downloads/") || strings.Contains(where, "/tools")) { // only jobs change by themselves
			want = want[:1]
		}
		if code == "202" && strings.Contains(where, " /mcp") { // of a notification, which nobody asks for again
			want = want[:1]
		}
		for _, name := range want {
			if headers[name] == nil {
				t.Errorf("%s has no %s", where, name)
			}
		}
	})
}

func TestEachFailureIsShownInBothForms(t *testing.T) {
	s := decoded(t)
	withoutBody := []string{"412", "416"} // net/http's own answers to conditions and ranges
	s.responses(t, func(where, code string, response map[string]any) {
		if code < "400" || slices.Contains(withoutBody, code) || strings.Contains(where, " /azure/") || strings.Contains(where, " /v1/") || strings.Contains(where, " /mcp") { // words of their own
			return
		}
		if strings.Contains(where, " /files") { // lines of text
			return
		}
		content := as[map[string]any](t, s.below(t, response, "content"))
		envelopes := s.examplesOf(t, as[map[string]any](t, content["application/json"]))
		problems := s.examplesOf(t, as[map[string]any](t, content["application/problem+json"]))
		if len(envelopes) == 0 || len(envelopes) != len(problems) {
			t.Errorf("%s has %d envelopes and %d problems", where, len(envelopes), len(problems))
		}
		for name, v := range problems {
			p, e := as[map[string]any](t, v), as[map[string]any](t, envelopes[name])
			if begins := strings.TrimSuffix(code, "XX"); code != "default" && !strings.HasPrefix(fmt.Sprint(p["status"]), begins) {
				t.Errorf("%s, %s has status %v", where, name, p["status"])
			}
			if p["code"] != e["error"] || p["retry_after"] != e["retry_after"] {
				t.Errorf("%s, %s: the two forms differ: %v, %v", where, name, p, e)
			}
			if later := code == "429" || code == "503"; later != (e["retry_after"] != nil) {
				t.Errorf("%s, %s: retry_after is %v", where, name, e["retry_after"])
			}
		}
	})
}
