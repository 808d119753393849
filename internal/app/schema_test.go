package app_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/auth"
	"claimcheck/internal/schema"
)

// mailSchema is of a tool that wants an address and at most two lines.
const mailSchema = `{type: object, additionalProperties: false, required: [to], properties: {to: {type: string, pattern: '^[^@<>]+@[^@]+$'}, lines: {type: array, maxItems: 2, items: {type: string}}}}`

func mailConfig(target string, more ...string) string {
	return "tools:\n  - name: mail\n    target: " + target + "\n    input_schema: " + mailSchema + "\n    " + strings.Join(more, "\n    ") + "\n"
}

// wrongMail breaks mailSchema in three ways.
const wrongMail = `{"to": "nobody", "lines": ["a", 1], "cc": []}`

var wrongMailErrors = []schema.Problem{
	{Pointer: "/to", Message: `This must match the pattern "^[^@<>]+@[^@]+$".`},
	{Pointer: "/lines/1", Message: "This must be a string, not a number."},
	{Pointer: "/cc", Message: "This is not known here; leave it out."},
}

type schemaRefusal struct {
	Error   string
	Code    string
	Details struct {
		Errors       []schema.Problem
		Line, Column int
		Limit        int64
	}
}

func (f *fixture) wantErrors(what string, got []schema.Problem) {
	f.t.Helper()
	if len(got) != len(wrongMailErrors) {
		f.t.Fatalf("%s: errors %v", what, got)
	}
	for i := range got {
		if got[i] != wrongMailErrors[i] {
			f.t.Errorf("%s: got %v, want %v", what, got[i], wrongMailErrors[i])
		}
	}
}

// charged is how many jobs ann has been charged.
func (f *fixture) charged() int64 {
	f.t.Helper()
	var is api.Usage
	f.call("GET", "/usage", "").decode(f.t, &is)
	return is.Jobs.Used
}

func TestAnInputThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`{"sent":1}`))
	f := serve(t, mailConfig(s.URL))
	for _, headers := range [][]string{
		nil,
		{"Prefer", "respond-async"},
		{"Prefer", "respond-async, wait=5"},
		{"Idempotency-Key", "once"},
		{"Content-Type", "text/plain", "Prefer", "respond-async"},
	} {
		for range 2 { // a refusal is not remembered, and the same each time
			var is schemaRefusal
			a := f.call("POST", "/mail-api", wrongMail, headers...)
			a.decode(t, &is)
			if a.status != http.StatusBadRequest || is.Error != "INVALID_INPUT" {
				t.Fatalf("%v: %d %s", headers, a.status, a.body)
			}
			f.wantErrors(strings.Join(headers, " "), is.Details.Errors)
		}
	}
	problem := f.call("POST", "/mail-api", wrongMail, "Accept", "application/problem+json")
	if problem.status != http.StatusBadRequest || !strings.Contains(string(problem.body), `"code":"INVALID_INPUT"`) || !strings.Contains(string(problem.body), `"pointer":"/lines/1"`) {
		t.Errorf("as problem details: %s", problem.body)
	}
	for body, code := range map[string]string{"{\"to\":\n  1,}": "INVALID_JSON", `{"to":"\ud800"}`: "INVALID_JSON", "{\"to\":\"\xff\"}": "INVALID_ENCODING"} {
		var is schemaRefusal
		a := f.call("POST", "/mail-api", body)
		a.decode(t, &is)
		if a.status != http.StatusBadRequest || is.Error != code || is.Details.Line == 0 || is.Details.Column == 0 {
			t.Errorf("%q: %d %s, want %s with line and column", body, a.status, a.body, code)
		}
	}
	f.want("nothing", f.call("POST", "/mail-api", ""), 400, "INVALID_REQUEST")
	if n := len(s.all()); n != 0 {
		t.Errorf("the endpoint was called %d times", n)
	}
	if n := f.charged(); n != 0 {
		t.Errorf("%d jobs are charged", n)
	}
	const good = `{"to":"a@b", "lines": []}`
	f.want("what fits", f.call("POST", "/mail-api", good, "Idempotency-Key", "once"), 200, "")
	f.want("what fits, asynchronously", f.call("POST", "/mail-api", good, "Prefer", "respond-async, wait=20"), 200, "")
	for _, a := range s.all() {
		if a.body != good {
			t.Errorf("the endpoint got %s", a.body)
		}
	}
	if n := f.charged(); n != 2 {
		t.Errorf("%d jobs are charged, want 2", n)
	}
}

func TestAnInputIsRefusedBeforeTheQuota(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, mailConfig(s.URL)+"plans:\n  one: {jobs_per_month: 1}\n  tiny: {max_input_bytes: 20}\n")
	key := f.newKey(auth.NewKey{Owner: "bob", Plan: "one"})
	f.want("wrong", f.call("POST", "/mail-api", wrongMail, "x-api-key", key), 400, "INVALID_INPUT")
	f.want("the one", f.call("POST", "/mail-api", `{"to":"a@b"}`, "x-api-key", key), 200, "")
	f.want("wrong, with no quota left", f.call("POST", "/mail-api", wrongMail, "x-api-key", key), 400, "INVALID_INPUT")
	f.want("right, with no quota left", f.call("POST", "/mail-api", `{"to":"a@b"}`, "x-api-key", key), 429, "QUOTA_EXCEEDED")
	tiny := f.newKey(auth.NewKey{Owner: "eve", Plan: "tiny"})
	f.want("beyond the plan", f.call("POST", "/mail-api", wrongMail, "x-api-key", tiny), 413, "PAYLOAD_TOO_LARGE")
}

func TestWhatIsTooLargeToBeChecked(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, mailConfig(s.URL))
	long := `{"to":"` + strings.Repeat("a", 20<<20) + `@b"}`
	many := `{"to":"a@b","lines":[` + strings.Repeat("0,", schema.MaxValues) + `0]}`
	for what, body := range map[string]string{"20 MB": long, "many values": many} {
		var is schemaRefusal
		a := f.call("POST", "/mail-api", body)
		a.decode(t, &is)
		if a.status != http.StatusRequestEntityTooLarge || is.Error != "PAYLOAD_TOO_LARGE" || is.Details.Limit == 0 {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	_, tools := f.offered()
	if got := tools["mail"].Limits.MaxBytes; got != schema.MaxInputBytes {
		t.Errorf("the tool says it takes %d bytes", got)
	}
	deep := `{"to":"a@b","lines":[` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `]}`
	f.want("deep", f.call("POST", "/mail-api", deep), 400, "INVALID_INPUT")
	f.want("deeper", f.call("POST", "/mail-api", strings.Repeat("[", 10_001)+strings.Repeat("]", 10_001)), 400, "INVALID_JSON")
	if n := len(s.all()); n != 0 {
		t.Errorf("the endpoint was called %d times", n)
	}
}

// failedWith waits for a job and returns why it failed.
func (f *fixture) failedWith(id string) (is schemaRefusal) {
	f.t.Helper()
	status := f.finished(id)
	if status.Status != "failed" || status.Error == nil {
		f.t.Fatalf("job %+v", status)
	}
	var whole struct{ Error schemaRefusal }
	f.call("GET", "/jobs/"+id, "").decode(f.t, &whole)
	return whole.Error
}

func TestAnUploadAndAnAddressAreCheckedWhenTheyAreRead(t *testing.T) {
	t.Parallel()
	inputs := map[string]string{
		"/wrong.json": wrongMail, "/right.json": `{"to":"a@b"}`, "/broken.json": "{\n \"to\" 1}", "/large.json": `{"to":"` + strings.Repeat("a", int(schema.MaxInputBytes)) + `"}`,
	}
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(inputs[r.URL.Path]))
	}))
	t.Cleanup(files.Close)
	at, err := url.Parse(files.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := newTarget(t, saysJSON(`{"sent":1}`))
	f := serve(t, mailConfig(s.URL, "extensions: [json]")+"fetch: {allow_networks: [127.0.0.1], allow_ports: ["+at.Port()+"]}\n")
	submit := func(source, member, value string) string {
		body, err := json.Marshal(map[string]string{member: value})
		if err != nil {
			t.Fatal(err)
		}
		return f.submit("mail", string(body), "x-source-type", source)
	}
	for _, name := range []string{"wrong", "broken", "large"} {
		is := f.failedWith(submit("url", "url", files.URL+"/"+name+".json"))
		switch want := map[string]string{"wrong": "INVALID_INPUT", "broken": "INVALID_JSON", "large": "FILE_TOO_LARGE"}[name]; {
		case is.Code != want:
			t.Errorf("%s: failed with %+v, want %s", name, is, want)
		case name == "wrong":
			f.wantErrors(name, is.Details.Errors)
		case name == "broken" && (is.Details.Line != 2 || is.Details.Column != 7):
			t.Errorf("%s: failed with %+v", name, is)
		}
	}
	if n := len(s.all()); n != 0 {
		t.Fatalf("the endpoint was called %d times", n)
	}
	if is := f.finished(submit("url", "url", files.URL+"/right.json")); is.Status != "success" {
		t.Errorf("what fits: %+v", is)
	}
	if all := s.all(); len(all) != 1 || all[0].body != inputs["/right.json"] {
		t.Errorf("the endpoint got %v", all)
	}
	key := f.uploaded("mail.json", "application/json") // it holds what is no mail
	if is := f.failedWith(submit("file", "file", key)); is.Code != "INVALID_JSON" && is.Code != "INVALID_INPUT" {
		t.Errorf("upload: failed with %+v", is)
	}
	if n := len(s.all()); n != 1 {
		t.Errorf("the endpoint was called %d times, want once", n)
	}
}

func TestAPullWorkerIsNotGivenWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	f := serve(t, "tools:\n  - name: mail\n    mode: pull\n    extensions: [json]\n    input_schema: "+mailSchema+"\n")
	key := f.workKey("mail")
	f.want("a body", f.call("POST", "/mail-api", wrongMail, "Prefer", "respond-async"), 400, "INVALID_INPUT")
	upload := f.uploaded("mail.json", "application/json")
	id := f.submit("mail", `{"file":"`+upload+`"}`, "x-source-type", "file")
	leases := f.claim(key, `{"tools":["mail"],"max":1}`)
	if len(leases) != 1 || leases[0].JobID != id {
		t.Fatalf("leases %+v", leases)
	}
	f.want("the input", f.call("GET", leases[0].InputURL, "", "x-api-key", ""), 409, "LEASE_LOST")
	if is := f.failedWith(id); is.Code != "INVALID_JSON" && is.Code != "INVALID_INPUT" {
		t.Errorf("failed with %+v", is)
	}
	f.want("the end", f.call("POST", "/work/"+leases[0].Lease+"/finish", `{"result":1}`, "x-api-key", key), 409, "LEASE_LOST")
}

func TestWhatAToolSaysOfItsInputs(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, mailConfig(s.URL, "output_schema: {type: object, maximum: 1.0}", "annotations: {title: Sends a mail, read_only: false, open_world: true}"))
	var raw struct {
		InputSchema  json.RawMessage `json:"input_schema"`
		OutputSchema json.RawMessage `json:"output_schema"`
		Annotations  json.RawMessage `json:"annotations"`
	}
	f.call("GET", "/tools/mail", "").decode(t, &raw)
	const want = `{"type":"object","additionalProperties":false,"required":["to"],"properties":{"to":{"type":"string","pattern":"^[^@<>]+@[^@]+$"},"lines":{"type":"array","maxItems":2,"items":{"type":"string"}}}}`
	if string(raw.InputSchema) != want {
		t.Errorf("input_schema %s\nwant %s", raw.InputSchema, want)
	}
	if got := string(raw.OutputSchema) + string(raw.Annotations); got != `{"type":"object","maximum":1.0}{"title":"Sends a mail","read_only":false,"open_world":true}` {
		t.Errorf("output_schema and annotations %s", got)
	}
	var is api.Tool
	f.call("GET", "/tools/mail", "").decode(t, &is)
	if !is.Input.JSON || len(is.Input.ContentTypes) != 1 || is.Input.ContentTypes[0] != "application/json" {
		t.Errorf("input %+v", is.Input)
	}
	if body := f.call("GET", "/tools/json-minify", "").body; strings.Contains(string(body), "schema") || strings.Contains(string(body), "annotations") {
		t.Errorf("a tool without them says %s", body)
	}
}

func TestSchemasAreReloadedAllOrNone(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, mailConfig(s.URL))
	f.want("before", f.call("POST", "/mail-api", `{"to":"a@b"}`, "Idempotency-Key", "k"), 200, "")
	bad := strings.Replace(mailConfig(s.URL), "type: string", `{$ref: 'https://example.org/s.json'}`, 1)
	f.reload(strings.Replace(mailConfig(s.URL), "pattern: '", "pattern: '(?=", 1), notReloaded)
	f.reload(bad, notReloaded)
	f.want("nothing has changed", f.call("POST", "/mail-api", wrongMail), 400, "INVALID_INPUT")
	f.reload(strings.Replace(mailConfig(s.URL), "required: [to]", "required: [to, lines]", 1), reloaded)
	f.want("the new schema", f.call("POST", "/mail-api", `{"to":"a@b"}`), 400, "INVALID_INPUT")
	a := f.call("POST", "/mail-api", `{"to":"a@b"}`, "Idempotency-Key", "k")
	f.want("what was answered before", a, 200, "")
	if a.header.Get("Idempotent-Replayed") != "true" {
		t.Error("it is not a replay")
	}
}

func TestALargeInputIsCheckedWhereItWasSpooled(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, mailConfig(s.URL))
	good := `{"to":"a@b","lines":["` + strings.Repeat("é", 1<<20) + `"]}`
	bad := strings.Replace(good, "a@b", "nobody", 1)
	for range 3 {
		f.want("what does not fit", f.call("POST", "/mail-api", bad), 400, "INVALID_INPUT")
		f.want("what does not fit, asynchronously", f.call("POST", "/mail-api", bad, "Prefer", "respond-async"), 400, "INVALID_INPUT")
	}
	err := filepath.WalkDir(filepath.Dir(f.file), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "claimcheck.db") {
			return err
		}
		if is, err := d.Info(); err == nil && is.Size() > 1<<20 {
			t.Errorf("left behind: %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.want("what fits", f.call("POST", "/mail-api", good, "Prefer", "respond-async, wait=20"), 200, "")
	if all := s.all(); len(all) != 1 || all[0].body != good {
		t.Errorf("the endpoint was called %d times, or got something else", len(all))
	}
}

// TestAnEndpointThatReadsForItselfIsNotTold has one of mode json, whose input is at
// a URL.
func TestAnEndpointThatReadsForItselfIsNotTold(t *testing.T) {
	t.Parallel()
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(wrongMail))
	}))
	t.Cleanup(files.Close)
	at, err := url.Parse(files.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, mailConfig(s.URL, "mode: json", "extensions: [json]")+"fetch: {allow_networks: [127.0.0.1], allow_ports: ["+at.Port()+"]}\n")
	is := f.failedWith(f.submit("mail", `{"url":"`+files.URL+`/x.json"}`, "x-source-type", "url"))
	if is.Code != "INVALID_INPUT" {
		t.Errorf("failed with %+v", is)
	}
	f.wantErrors("url", is.Details.Errors)
	f.want("a body", f.call("POST", "/mail-api", wrongMail), 400, "INVALID_INPUT")
	if n := len(s.all()); n != 0 {
		t.Errorf("the endpoint was told %d times", n)
	}
}

// TestEveryDialectRefusesWhatDoesNotFit asks in the words of each; how a refusal is
// worded is the dialect's business, and tested there.
func TestEveryDialectRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, mailConfig(s.URL))
	for _, c := range []struct{ name, path, body, says string }{
		{"azure", "/azure/mail-api", wrongMail, "INVALID_INPUT"},
		{"google", "/v1/tools/mail:run", `{"content":` + wrongMail + `}`, "INVALID_INPUT"},
		{"mcp", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"mail","arguments":` + wrongMail + `}}`, `"pointer":"/lines/1"`},
	} {
		a := f.call("POST", c.path, c.body, "Content-Type", "application/json", "Accept", "application/json, text/event-stream", "MCP-Protocol-Version", "2025-06-18")
		if !strings.Contains(string(a.body), c.says) {
			t.Errorf("%s: %d %s, want %s", c.name, a.status, a.body, c.says)
		}
	}
	if n := f.charged(); n != 0 || len(s.all()) != 0 {
		t.Errorf("%d jobs are charged, the endpoint was called %d times", n, len(s.all()))
	}
}
