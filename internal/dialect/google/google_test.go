package google_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// everyStore runs a test with a server on each kind of store.
func everyStore(t *testing.T, test func(s *service), args ...string) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(start(t, "", args...)) })
	t.Run("postgresql", func(t *testing.T) {
		test(start(t, "", append(args, "--store="+pgproc.Database(t), "--blobs=file://"+t.TempDir())...))
	})
}

func TestAJobIsAnOperation(t *testing.T) {
	t.Parallel()
	everyStore(t, func(s *service) {
		t := s.t
		path := s.run("json-formatter", `{"content":{"b":1,"a":[2.50]},"options":{"tabSpace":1,"priority":3,"metadata":{"for":"tests"}},"requestId":"r-1"}`)
		op := s.done(path)
		if "/v1/"+op.Name != path || op.Error != nil || op.Response == nil || op.Response.Type != structType {
			t.Fatalf("got %+v", op)
		}
		r, m := op.Response.Value, op.Metadata.Value
		if r["status"] != "success" || r["preview"] != "{\n \"b\": 1,\n \"a\": [\n  2.50\n ]\n}" || !strings.HasPrefix(fmt.Sprint(r["file"]), s.URL) {
			t.Errorf("response %v", r)
		}
		told, ok := m["metadata"].(map[string]any)
		if m["status"] != "success" || m["job_id"] != strings.TrimPrefix(op.Name, "operations/") || m["tool"] != "json-formatter" || m["attempt"] != 1.0 || m["finished_at"] == nil || !ok || told["for"] != "tests" || m["retry_after"] != nil {
			t.Errorf("metadata %v", m)
		}
		if a := s.call("GET", path, ""); string(a.Body) != string(s.call("GET", path+"?$alt=json;enum-encoding%3Dint&alt=json&$prettyPrint=0", "").Body) || a.Header.Get("Retry-After") != "" {
			t.Errorf("asked again: %v %s", a.Header, a)
		}
		plain := s.call("GET", "/jobs/"+path[len("/v1/operations/"):], "")
		if got := decode[struct{ Result map[string]any }](t, plain).Result; got["request_id"] != r["request_id"] || got["preview"] != r["preview"] {
			t.Errorf("in plain words: %s", plain)
		}
		again := s.call("POST", "/v1/tools/json-formatter:run", `{"requestId":"r-1","options":{"x-tab-space":"1","priority":"3","metadata":{"for":"tests"}},"content":{"b":1,"a":[2.50]}}`)
		if op := decode[operation](t, again); again.Header.Get("Idempotent-Replayed") != "true" || "/v1/"+op.Name != path || op.Response != nil {
			t.Errorf("the same again: %v %s", again.Header, again)
		}
		s.wantRefused(s.call("POST", "/v1/tools/json-formatter:run", `{"requestId":"r-1","content":2}`), 422, "INVALID_ARGUMENT", "IDEMPOTENCY_CONFLICT")
	})
}

func TestFailuresAreStatuses(t *testing.T) {
	t.Parallel()
	everyStore(t, func(s *service) {
		t := s.t
		op := s.done(s.run("test-fail", `{"content":"invalid"}`))
		e := op.Error
		if op.Response != nil || e == nil || e.Code != 3 || e.Message != "Test failed as asked." || len(e.Details) != 1 {
			t.Fatalf("got %+v", op)
		}
		if d := e.Details[0]; d.Type != infoType || d.Reason != "TEST_FAILED" || d.Domain != "claimcheck" || d.Metadata["line"] != "1" || d.Metadata["column"] != "1" {
			t.Errorf("got %+v", d)
		}
		if op := s.done(s.run("test-fail", `{"content":"retry"}`)); op.Error == nil || op.Error.Code != 13 || op.Error.Details[0].Reason != "INTERNAL_ERROR" {
			t.Errorf("ours: %+v", op)
		}
	}, "--max-attempts=1")
}

func TestAnOperationIsCanceledAndDeleted(t *testing.T) {
	t.Parallel()
	everyStore(t, func(s *service) {
		t := s.t
		slow := s.run("test-sleep", `{"content":"10m"}`)
		for range 2 { // that of a finished one changes nothing
			if a := s.call("POST", slow+":cancel", "{}"); a.Status != http.StatusOK || string(a.Body) != "{}" {
				t.Errorf("cancel: %s", a)
			}
			if op := s.done(slow); op.Error == nil || op.Error.Code != 1 || op.Error.Details[0].Reason != "CANCELED" {
				t.Errorf("cancelled: %+v", op)
			}
		}
		runs := s.run("test-sleep", `{"content":"10m"}`)
		for _, path := range []string{slow, runs} {
			if a := s.call("DELETE", path, ""); a.Status != http.StatusOK || string(a.Body) != "{}" {
				t.Errorf("delete: %s", a)
			}
			for _, a := range []serverproc.Answer{s.call("GET", path, ""), s.call("DELETE", path, ""), s.call("POST", path+":cancel", "{}"), s.call("POST", path+":wait", "{}")} {
				s.wantRefused(a, 404, "NOT_FOUND", "JOB_NOT_FOUND")
			}
		}
	})
}

func TestOperationsAreListed(t *testing.T) {
	t.Parallel()
	everyStore(t, func(s *service) {
		t := s.t
		var all []string
		for _, content := range []string{"0s", "0s", "10m", "10m"} {
			path := s.run("test-sleep", `{"content":"`+content+`"}`)
			all = append([]string{strings.TrimPrefix(path, "/v1/")}, all...)
			if content == "0s" {
				s.done(path)
			}
		}
		for query, want := range map[string][]string{
			"": all, "filter=": all, "name=operations&pageSize=0&$alt=json%3Benum-encoding%3Dint": all, "filter=done%3Dtrue": all[2:], "filter=done+%3D+false": all[:2], "page_size=1000": all,
		} {
			if got, pages := s.list(query); strings.Join(got, " ") != strings.Join(want, " ") || pages != 1 {
				t.Errorf("%s: got %v, %d pages", query, got, pages)
			}
		}
		for query, want := range map[string][]string{"pageSize=1": all, "pageSize=1&filter=done%3Dtrue": all[2:]} {
			if got, pages := s.list(query); strings.Join(got, " ") != strings.Join(want, " ") || pages < len(want) {
				t.Errorf("%s: got %v, %d pages", query, got, pages)
			}
		}
		token := decode[struct{ NextPageToken string }](t, s.call("GET", "/v1/operations?pageSize=1", "")).NextPageToken
		for _, query := range []string{
			"filter=done%3D1", "filter=done", "filter=name%3Dx", "filter=done%3Dtrue+AND+done%3Dfalse", "filter=DONE%3Dtrue", "pageSize=-1", "pageSize=x", "pageSize=1.5", "pageToken=x", "pageToken=a", "pageToken=" + token + "x",
			"pageToken=" + token + "&filter=done%3Dtrue", "pageToken=" + token[1:], "name=projects/p", "filtre=done%3Dtrue", "filter=&filter=", "filter=%zz", "fields=name",
		} {
			s.wantRefused(s.call("GET", "/v1/operations?"+query, ""), 400, "INVALID_ARGUMENT", "INVALID_REQUEST")
		}
	})
}

// list collects the names on all pages.
func (s *service) list(query string) (names []string, pages int) {
	s.t.Helper()
	token := ""
	for pages < 20 {
		a := s.call("GET", "/v1/operations?"+query+"&pageToken="+token, "")
		page := decode[struct {
			Operations    []operation
			NextPageToken string
		}](s.t, a)
		if pages++; a.Status != http.StatusOK || page.Operations == nil {
			s.t.Fatalf("%s: got %s", query, a)
		}
		for _, op := range page.Operations {
			names = append(names, op.Name)
			if op.Metadata.Value["tool"] != "test-sleep" {
				s.t.Errorf("listed: %+v", op)
			}
		}
		if token = page.NextPageToken; token == "" {
			return names, pages
		}
	}
	s.t.Fatalf("%s: the list does not end", query)
	return nil, 0
}

func TestAnotherOwnersOperationIsNotThere(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	path := s.run("test-sleep", `{"content":"10m"}`)
	unknown := "/v1/operations/0190aaaa-0000-7000-8000-000000000000"
	bob := &service{Server: s.Server, t: t, key: s.Key("bob")}
	for _, c := range [][3]string{{"GET", "", ""}, {"DELETE", "", ""}, {"POST", ":cancel", "{}"}, {"POST", ":wait", `{"timeout":"9s"}`}} {
		a, b := bob.call(c[0], path+c[1], c[2]), bob.call(c[0], unknown+c[1], c[2])
		bob.wantRefused(a, 404, "NOT_FOUND", "JOB_NOT_FOUND")
		if string(a.Body) != string(b.Body) {
			t.Errorf("%s %s: got %s, and of an unknown one %s", c[0], c[1], a, b)
		}
	}
	if got, _ := bob.list(""); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
	if op := decode[operation](t, s.call("GET", path, "")); *op.Done {
		t.Errorf("it was touched: %+v", op)
	}
}

// TestWhatAnEndpointIsSent: an object, a list or a number is JSON, byte for byte,
// and text is text.
func TestWhatAnEndpointIsSent(t *testing.T) {
	t.Parallel()
	address, fetch := endpoint(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, r.Header.Get("Content-Type")+" "+string(body))
	})
	s := start(t, fetch+"tools:\n- {name: any, target: '"+address+"'}\n"+
		"- {name: typed, target: '"+address+"', input_schema: {type: [object, string]}}\n")
	for _, c := range [][3]string{
		{"any", `{ "a":  12345678901234567890 }`, `application/json { "a":  12345678901234567890 }`},
		{"any", `"a\u0000b"`, "text/plain; charset=utf-8 a\x00b"},
		{"any", `[]`, "application/json []"},
		{"any", `null`, "application/json null"},
		{"typed", `{"n":12345678901234567890}`, `application/json {"n":12345678901234567890}`},
		{"typed", `"text"`, `application/json "text"`},
	} {
		op := s.done(s.run(c[0], `{"content": `+c[1]+`}`))
		if op.Response == nil || op.Response.Value["preview"] != c[2] {
			t.Errorf("%s: got %+v, want %q", c[1], op, c[2])
		}
	}
	a := s.call("POST", "/v1/tools/typed:run", `{"content":[1]}`)
	s.wantRefused(a, 400, "INVALID_ARGUMENT", "INVALID_INPUT")
	if e := decode[struct{ Error rpcStatus }](t, a).Error; !strings.HasPrefix(e.Details[0].Metadata["errors"], `[{"pointer":""`) {
		t.Errorf("got %+v", e)
	}
}

// TestEveryResultIsAStruct: whatever an endpoint answers, a reader of protobuf's
// JSON can read the operation.
func TestEveryResultIsAStruct(t *testing.T) {
	t.Parallel()
	address, fetch := endpoint(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, r.Body)
	})
	s := start(t, fetch+"tools:\n- {name: echo, target: '"+address+"'}\n")
	for content, want := range map[string]string{
		`{"a":{"b":[1,null]}}`:          `{"a":{"b":[1,null]}}`,
		`[1,2]`:                         `{"value":[1,2]}`,
		`null`:                          `{"value":null}`,
		`1e400`:                         `{"value":"1e400"}`,
		`{"n":12345678901234567890}`:    `{"n":12345678901234567890}`, // a reader's double, our digits
		`{"n":-1e999,"m":[1e308,1e-9]}`: `{"m":[1e308,1e-9],"n":"-1e999"}`,
	} {
		path := s.run("echo", `{"content":`+content+`}`)
		s.done(path)
		a := s.call("GET", path, "")
		if !strings.HasSuffix(string(a.Body), `"response":{"@type":"`+structType+`","value":`+want+`}}`) {
			t.Errorf("%s: got %s", content, a.Body)
		}
		plain := s.call("GET", "/jobs/"+path[len("/v1/operations/"):]+"/result", "")
		if string(plain.Body) != content {
			t.Errorf("%s: the plain result is %s", content, plain.Body)
		}
	}
}

func TestAnInputIsNamed(t *testing.T) {
	t.Parallel()
	address, fetch := endpoint(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"a":`) })
	s := start(t, fetch)
	op := s.done(s.run("json-formatter", `{"url":"`+address+`/a.json"}`))
	if op.Error == nil || op.Error.Code != 3 || op.Error.Details[0].Reason != "INVALID_JSON" || op.Error.Details[0].Metadata["line"] != "1" || op.Error.Details[0].Metadata["column"] == "" {
		t.Errorf("got %+v", op.Error)
	}
	s.wantRefused(s.call("POST", "/v1/tools/json-formatter:run", `{"file":"ann/upl_00000000000000000000000000000000/a.json"}`), 404, "NOT_FOUND", "FILE_NOT_FOUND")
	s.wantRefused(s.call("POST", "/v1/tools/json-formatter:run", `{"url":"ftp://example.org/a.json"}`), 400, "INVALID_ARGUMENT", "URL_NOT_ALLOWED")
}
