package clienttest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"claimcheck/client"
	"claimcheck/internal/serverproc"
)

// TestAnswersHaveTheServersShape compares what this package's server sends with
// what the real one does: statuses, members with their types, and header fields that
// clients look at.
func TestAnswersHaveTheServersShape(t *testing.T) {
	t.Parallel()
	is, want := shapes(fake(t)), shapes(served(t)(t))
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if is[name] != want[name] {
			t.Errorf("%s:\n got %s\nwant %s", name, is[name], want[name])
		}
	}
	if len(want) < 25 || len(is) != len(want) {
		t.Errorf("%d and %d answers", len(is), len(want))
	}
}

// looked are the fields of answers that are compared, if they are there.
var looked = []string{"Content-Type", "Retry-After", "Etag", "Location", "Link", "Preference-Applied", "Idempotent-Replayed", "Repr-Digest", "Accept-Ranges", "Content-Range", "Upload-Offset", "Upload-Key", "Tus-Resumable"}

// shapes makes the same calls everywhere.
func shapes(w *world) map[string]string {
	w.t.Helper()
	all := map[string]string{}
	ask := func(name, method, path, body string, headers ...string) serverproc.Answer {
		call := serverproc.Call{Base: w.url, Key: w.key, Method: method, Path: path, Body: []byte(body), Headers: headers}
		if strings.HasPrefix(path, "http") {
			call.Key = ""
		}
		a, err := call.Do(w.ctx(), http.DefaultClient)
		if err != nil {
			w.t.Fatal(err)
		}
		all[name] = shape(a)
		return a
	}
	c := w.client()
	const tool = "/json-formatter-api"
	ask("at once", "POST", tool, "[1]", "Idempotency-Key", "a")
	ask("at once again", "POST", tool, "[1]", "Idempotency-Key", "a")
	ask("another with its key", "POST", tool, "[2]", "Idempotency-Key", "a")
	ask("a wrong input", "POST", tool, "[")
	ask("no input", "POST", tool, "")
	ask("a wrong option", "POST", tool, "[]", "x-tab-space", "99")
	ask("a wrong source", "POST", tool, "[]", "x-source-type", "disk")
	ask("lines of another type", "POST", tool, "[]", "x-source-type", "lines", "Content-Type", "application/json")
	ask("no lines", "POST", tool, "\n", "x-source-type", "lines", "Content-Type", "application/x-ndjson")
	ask("lines or nothing", "POST", tool, "[]\n[", "x-source-type", "lines", "Content-Type", "application/x-ndjson", "x-on-error", "stop")
	ask("no upload", "POST", tool, `{"file":"a/upl_1/b.json"}`, "x-source-type", "file")
	ask("a job", "POST", tool, "[1]", "Prefer", "respond-async")
	ask("no tool", "POST", "/none-api", "1")
	id, g := holding(w, c, "shapes")
	ask("unfinished", "GET", "/jobs/"+id, "")
	ask("unfinished, as before", "GET", "/jobs/"+id, "", "If-None-Match", ask("unfinished, waited for", "GET", "/jobs/"+id, "", "Prefer", "wait=0").Header.Get("Etag"))
	ask("no result yet", "GET", "/jobs/"+id+"/result", "")
	ask("again too soon", "POST", "/jobs/"+id+"/retry", "")
	close(g.open)
	for name, input := range map[string]string{"good": "[1]", "bad": "["} {
		job := submitted(w, c, "json-formatter", input, client.Options{})
		if _, err := c.Wait(w.ctx(), job); err != nil {
			w.t.Fatal(err)
		}
		ask(name, "GET", "/jobs/"+job, "")
		ask(name+", its result", "GET", "/jobs/"+job+"/result", "")
		ask(name+", canceled", "POST", "/jobs/"+job+"/cancel", "")
		ask(name+", in one of many", "GET", "/jobs?ids="+job+","+unknownID+",x", "")
		ask(name+", done again", "POST", "/jobs/"+job+"/retry", "")
		if s, err := c.Get(w.ctx(), job); err == nil && input == "[1]" {
			r, err := client.ResultOf(s)
			if err != nil {
				w.t.Fatal(err)
			}
			ask("its file", "GET", r.File, "")
			ask("part of its file", "GET", r.File, "", "Range", "bytes=2-")
			ask("beyond its file", "GET", strings.Replace(r.File, "signature=", "signature=x", 1), "")
		}
		ask(name+", deleted", "DELETE", "/jobs/"+job, "")
	}
	ask("no job", "GET", "/jobs/"+unknownID, "")
	ask("no id", "GET", "/jobs/x", "")
	ask("a filter of none", "GET", "/jobs?colour=red", "")
	ask("an empty list", "GET", "/jobs?status=failed&tool=gate", "")
	ask("no key", "GET", w.url+"/usage", "")
	ask("a form", "POST", "/upload-api", `{"filename":"a.json"}`)
	ask("a wrong name", "POST", "/upload-api", `{"filename":"a"}`)
	ask("parts", "POST", "/files", "", "Tus-Resumable", "1.0.0", "Upload-Length", "3", "Upload-Metadata", "filename YS5qc29u")
	ask("parts of none", "HEAD", "/files/upl_00000000000000000000000000000000", "", "Tus-Resumable", "1.0.0")
	ask("no bulk", "GET", "/bulk/"+unknownID, "")
	ask("a bulk of all", "POST", "/bulk", `{"action":"cancel"}`)
	ask("no webhook", "DELETE", "/webhooks/wh_1", "")
	ask("webhooks", "GET", "/webhooks", "")
	ask("usage", "GET", "/usage", "")
	return all
}

// shape is an answer without what differs from one to the next.
func shape(a serverproc.Answer) string {
	b := []string{fmt.Sprint(a.Status)}
	for _, name := range looked {
		if text := a.Header.Get(name); text != "" {
			if name != "Content-Type" && name != "Preference-Applied" && name != "Idempotent-Replayed" {
				text = "…"
			}
			kind, _, _ := strings.Cut(text, ";")
			b = append(b, name+"="+kind)
		}
	}
	var v any
	if json.Unmarshal(a.Body, &v) == nil {
		b = append(b, kinds("", v))
	}
	return strings.Join(b, " ")
}

// kinds are the members of a JSON value with their types, and the codes.
func kinds(name string, v any) string {
	switch v := v.(type) {
	case map[string]any:
		var list []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list = append(list, key+":"+kinds(key, v[key]))
		}
		return "{" + strings.Join(list, " ") + "}"
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, kinds(name, one))
		}
		if name == "allowed" {
			return "[…]"
		}
		return "[" + strings.Join(list, " ") + "]"
	case string:
		if name == "status" || name == "error" || name == "code" {
			return v
		}
		return "text"
	default:
		return fmt.Sprintf("%T", v)
	}
}
