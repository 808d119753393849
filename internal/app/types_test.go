package app_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

// uploaded puts a file by a form, its part of the given type, and returns its key.
func (f *fixture) uploaded(name, contentType string) string {
	f.t.Helper()
	var up api.Upload
	f.call("POST", "/upload-api", `{"filename":"`+name+`"}`).decode(f.t, &up)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for field, value := range up.Upload.Fields {
		if err := w.WriteField(field, value); err != nil {
			f.t.Fatal(err)
		}
	}
	head := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="x"`}}
	if contentType != "" {
		head.Set("Content-Type", contentType)
	}
	part, err := w.CreatePart(head)
	if err == nil {
		_, err = io.WriteString(part, "1")
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	if a := f.call("POST", up.Upload.URL, form.String(), "Content-Type", w.FormDataContentType()); a.status != http.StatusNoContent {
		f.t.Fatalf("upload: %d %s", a.status, a.body)
	}
	return up.Upload.Fields["key"]
}

// files serves /x.csv, /y.json … with the type that the query names.
func files(t *testing.T) (base, config string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		if is := r.URL.Query().Get("type"); is != "" {
			w.Header().Set("Content-Type", is)
		}
		_, _ = io.WriteString(w, "a,b\n")
	}))
	t.Cleanup(s.Close)
	port := s.URL[strings.LastIndex(s.URL, ":")+1:]
	return s.URL, "fetch: {allow_networks: [127.0.0.0/8], allow_ports: [" + port + "]}\n"
}

// TestAnEndpointIsToldWhatItIsSent: the caller's Content-Type of a body, the
// upload's or the fetched answer's of the others, else that of the extension.
func TestAnEndpointIsToldWhatItIsSent(t *testing.T) {
	t.Parallel()
	base, allow := files(t)
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, allow+"tools:\n  - name: thumb\n    target: "+s.URL+"\n    headers: [content-type]\n")
	const form = `multipart/form-data; boundary="=_ a'b"; charset=UTF-8`
	cases := []struct{ source, body, sent, want string }{
		{"body", `{"name":"ann"}`, "application/json", "application/json"},
		{"body", "--x", form, form},
		{"body", "x", "", "application/octet-stream"},
		{"body", "x", "text/csv;charset=latin1", "text/csv;charset=latin1"},
		{"body", "x", "application/octet-stream", "application/octet-stream"},
		{"body", "x", "text/" + strings.Repeat("x", 2000), "application/octet-stream"},
		{"file", f.uploaded("a.csv", "text/x-csv; header=present"), "application/json", "text/x-csv; header=present"},
		{"file", f.uploaded("a.csv", ""), "application/json", "text/csv"},
		{"file", f.uploaded("a.YML", "application/octet-stream"), "application/json", "application/yaml"},
		{"url", base + "/x.csv?type=text/csv", "application/json", "text/csv"},
		{"url", base + "/x.csv?type=text/x-special%3Ba=b", "application/json", "text/x-special;a=b"},
		{"url", base + "/x.csv", "application/json", "text/csv"},
		{"url", base + "/x.csv?type=binary/octet-stream", "application/json", "text/csv"},
		{"url", base + "/x.unknown", "application/json", "application/octet-stream"},
		{"url", base + "/x", "application/json", "application/octet-stream"},
	}
	for i, c := range cases {
		body := c.body
		if c.source != "body" {
			body = fmt.Sprintf(`{%q:%q}`, c.source, c.body)
		}
		id := f.submit("thumb", body, "x-source-type", c.source, "Content-Type", c.sent)
		if is := f.finished(id); is.Status != "success" {
			t.Errorf("%d: %+v", i, is.Error)
		}
		all := s.all()
		if got := all[len(all)-1].header.Get("Content-Type"); got != c.want {
			t.Errorf("%d: a %s of %.50q sent as %.50q: the endpoint got %q, want %q", i, c.source, c.body, c.sent, got, c.want)
		}
		var again api.Accepted
		f.call("POST", "/jobs/"+id+"/retry", "").decode(t, &again)
		f.finished(again.JobID)
		all = s.all()
		if got := all[len(all)-1].header.Get("Content-Type"); got != c.want {
			t.Errorf("%d: tried again the endpoint got %q, want %q", i, got, c.want)
		}
	}
}

// TestAnInputKeepsItsTypeForThoseWhoComeForIt: input_url answers with it.
func TestAnInputKeepsItsTypeForThoseWhoComeForIt(t *testing.T) {
	t.Parallel()
	base, allow := files(t)
	f := serve(t, allow+"tools:\n  - name: far\n    mode: pull\n")
	key := f.newKey(auth.NewKey{Owner: "w", Plan: "unlimited", Scopes: []string{"work"}, Tools: []string{"far"}})
	for _, c := range []struct{ source, body, sent, want string }{
		{"body", "x", `multipart/mixed; boundary=b`, `multipart/mixed; boundary=b`},
		{"body", strings.Repeat("x", 100_000), "text/css", "text/css"},
		{"body", "<script>", "text/html", "text/html"},
		{"body", "x", "", "application/octet-stream"},
		{"file", `{"file":"` + f.uploaded("a.csv", "") + `"}`, "application/json", "text/csv"},
		{"url", `{"url":"` + base + `/x?type=text/x-special"}`, "application/json", "text/x-special"},
		{"url", `{"url":"` + base + `/x.csv"}`, "application/json", "text/csv"},
	} {
		f.submit("far", c.body, "x-source-type", c.source, "Content-Type", c.sent)
		lease := f.claim(key, `{"wait":5}`)[0]
		in := f.call("GET", lease.InputURL, "", "x-api-key", "")
		if got := in.header.Get("Content-Type"); in.status != http.StatusOK || got != c.want {
			t.Errorf("%s sent as %q: input %d of type %q, want %q", c.source, c.sent, in.status, got, c.want)
		}
		if got := in.header.Get("Content-Security-Policy"); !strings.Contains(got, "sandbox") {
			t.Errorf("%s: policy %q: a client's page would run on the API's own origin", c.source, got)
		}
	}
}
