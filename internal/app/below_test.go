package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/serverproc"
)

// public is where clients find the server of these tests: below a path, on a host
// that there is not, so that no test can call it by mistake.
const public = "https://jobs.example.org/team/jobs-1.0"

// bare is an address without what a proxy may take away.
func bare(t *testing.T, address string) string {
	t.Helper()
	path, ok := strings.CutPrefix(address, public)
	if !ok || !strings.HasPrefix(path, "/") {
		t.Fatalf("%q is not below %s", address, public)
	}
	return path
}

// TestEveryAddressIsBelowThePath: each address that is handed out has the path, and
// what it leads to is there with the path and without.
func TestEveryAddressIsBelowThePath(t *testing.T) {
	t.Parallel()
	f := serve(t, "public_url: "+public+"/\nworkers: 1\n")
	both := func(what, address, key string, status int) (last answer) {
		t.Helper()
		for _, path := range []string{"/team/jobs-1.0" + bare(t, address), bare(t, address)} {
			if last = f.call("GET", path, "", "x-api-key", key); last.status != status {
				t.Errorf("%s, %s: %d %.200s", what, path, last.status, last.body)
			}
		}
		return last
	}
	large := "[" + strings.Repeat("1,", 100_000) + "1]"
	a := f.call("POST", "/team/jobs-1.0/json-minify-api", large, "Prefer", "respond-async")
	var accepted api.Accepted
	a.decode(t, &accepted)
	id := accepted.JobID
	f.finished(id)
	both("status_url", accepted.StatusURL, f.key, 200)
	both("Location", a.header.Get("Location"), f.key, 200)
	both("status", public+"/jobs/"+id+"?view=full", f.key, 200)
	var result struct {
		URL string `json:"file"`
	}
	is := f.finished(id)
	if err := json.Unmarshal(is.Result, &result); err != nil {
		t.Fatal(err)
	}
	if got := both("download", result.URL, "", 200); string(got.body) != large {
		t.Errorf("the download has %d bytes, want %d", len(got.body), len(large))
	}
	forged := regexp.MustCompile(`signature=.`).ReplaceAllString(bare(t, result.URL), "signature=~")
	if got := f.call("GET", "/team/jobs-1.0"+forged, ""); got.status != http.StatusForbidden {
		t.Errorf("a forged link: %d", got.status)
	}
	f.finished(f.submit("json-minify", "[1]"))
	next, _, _ := strings.Cut(strings.TrimPrefix(f.call("GET", "/jobs?limit=1", "").header.Get("Link"), "<"), ">")
	both("Link", next, f.key, 200)
	both("Operation-Location", f.call("POST", "/azure/json-minify-api", "[1]").header.Get("Operation-Location"), f.key, 200)
	bulk := f.call("POST", "/bulk", `{"action":"delete","filter":{"status":["queued"]}}`)
	both("bulk", bulk.header.Get("Location"), f.key, 200)
	for _, path := range []string{"/v1/operations/" + id, "/usage", "/tools/json-minify", "/openapi.json", "/docs", "/console/jobs", "/healthz"} {
		both(path, public+path, f.key, 200)
	}
	if got := f.call("GET", "/openapi.json", ""); !bytes.Contains(got.body, []byte(`"servers":[{"url":"`+public+`"}]`)) {
		t.Errorf("openapi.json names %s", regexp.MustCompile(`"servers":[^]]*`).Find(got.body))
	}
	admin := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	link, _, _ := strings.Cut(strings.TrimPrefix(f.call("GET", "/admin/jobs?limit=1", "", "x-api-key", admin).header.Get("Link"), "<"), ">")
	both("operators' Link", link, admin, 200)
	both("nothing", public+"/nothing", f.key, 404)
	both("what is not ours", public+"/admin/keys", f.key, 403)
	if got := f.call("GET", "/team/jobs-1.0x/jobs", ""); got.status != http.StatusNotFound {
		t.Errorf("another path with the same beginning: %d", got.status)
	}
}

// TestFilesArriveBelowThePath: forms, and uploads in parts.
func TestFilesArriveBelowThePath(t *testing.T) {
	t.Parallel()
	f := serve(t, "public_url: "+public+"\n")
	var u api.Upload
	f.call("POST", "/team/jobs-1.0/upload-api", `{"filename":"a.json"}`).decode(t, &u)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range u.Upload.Fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "a.json")
	if err == nil {
		_, err = part.Write([]byte("[1, 2]"))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if got := f.call("POST", "/team/jobs-1.0"+bare(t, u.Upload.URL), form.String(), "Content-Type", w.FormDataContentType()); got.status >= 300 {
		t.Fatalf("form: %d %s", got.status, got.body)
	}
	// The same with parts, one of which is asked for without the path; tusd takes them together by their addresses.
	resume := []string{"Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream"}
	var parts []string
	for i, text := range []string{"[3,", " 4]"} {
		made := f.call("POST", "/team/jobs-1.0/files/", "", "Tus-Resumable", "1.0.0", "Upload-Length", "3", "Upload-Concat", "partial", "Upload-Metadata", "filename YS5qc29u")
		at := made.header.Get("Location")
		path := bare(t, at)
		if i == 0 {
			path = "/team/jobs-1.0" + path
		}
		if got := f.call("PATCH", path, text, append(resume, "Upload-Offset", "0")...); got.status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
		parts = append(parts, at)
	}
	final := f.call("POST", "/files/", "", "Tus-Resumable", "1.0.0", "Upload-Concat", "final;"+strings.Join(parts, " "), "Upload-Metadata", "filename YS5qc29u")
	bare(t, final.header.Get("Location"))
	for key, want := range map[string]string{u.Upload.Fields["key"]: "[1,2]", final.header.Get("Upload-Key"): "[3,4]"} {
		id := f.submit("json-minify", `{"file":"`+key+`"}`, "x-source-type", "file")
		if is := f.finished(id); string(is.Result) == "" || is.Status != "success" {
			t.Errorf("%s: %+v", key, is)
		} else if got := f.call("GET", "/jobs/"+id+"/result", ""); !strings.Contains(string(got.body), `"preview":"`+want+`"`) {
			t.Errorf("%s: %s, want %s", key, got.body, want)
		}
	}
}

// TestRemoteWorkIsBelowThePath: a worker's addresses, and a target's.
func TestRemoteWorkIsBelowThePath(t *testing.T) {
	t.Parallel()
	s, told := callbacks(t, nil)
	f := serve(t, "public_url: "+public+"\n"+configOf(s, jsonMode))
	id := f.submit("thumb", "in")
	is := <-told
	f.until("the lease is handed over", func() bool {
		return f.call("PATCH", bare(t, is.CallbackURL), `{"progress":1}`).status == http.StatusOK
	})
	if got := f.call("GET", "/team/jobs-1.0"+bare(t, is.InputURL), ""); string(got.body) != "in" {
		t.Errorf("input: %d %s", got.status, got.body)
	}
	f.want("success", f.call("PATCH", "/team/jobs-1.0"+bare(t, is.CallbackURL), `{"status":"success","result":3}`), 204, "")
	if job := f.finished(id); string(job.Result) != "3" {
		t.Errorf("%+v", job)
	}
}

// TestBrowsersAreLedBelowThePath also where a proxy takes the path away.
func TestBrowsersAreLedBelowThePath(t *testing.T) {
	t.Parallel()
	f := serve(t, "public_url: "+public+"\n")
	for _, path := range []string{"/", "/console", "/team/jobs-1.0", "/team/jobs-1.0/", "/team/jobs-1.0/console"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != "/team/jobs-1.0/console/" {
			t.Errorf("%s: %d %q", path, res.StatusCode, to)
		}
	}
	if got := f.call("GET", "/team/jobs-1.0", "", "Accept", "*/*"); got.status != http.StatusNotFound {
		t.Errorf("a program at the path itself: %d", got.status)
	}
}

// TestAResourceBelowAPathIsFound: where the challenge says, and where RFC 9728,
// section 3.1, has it: the path behind the well-known one.
func TestAResourceBelowAPathIsFound(t *testing.T) {
	t.Parallel()
	f, _ := vouchingAt(t, public, "")
	const known = "/.well-known/oauth-protected-resource"
	for prefix, path := range map[string]string{"": "/jobs", "/mcp": "/mcp"} {
		method := map[string]string{"": "GET", "/mcp": "POST"}[prefix]
		a := f.with("", method, "/team/jobs-1.0"+path, "{}", "Content-Type", "application/json")
		if want := `resource_metadata="` + public + known + prefix + `"`; a.status != 401 || !strings.Contains(a.header.Get("WWW-Authenticate"), want) {
			t.Errorf("%s: %d %s, want %s", path, a.status, a.header.Get("WWW-Authenticate"), want)
		}
		for _, at := range []string{known + prefix, "/team/jobs-1.0" + known + prefix, known + "/team/jobs-1.0" + prefix} {
			var is api.ProtectedResource
			f.call("GET", at, "").decode(t, &is)
			if is.Resource != public+prefix {
				t.Errorf("%s is of %q", at, is.Resource)
			}
		}
	}
}

// TestAPathOfOurOwnIsRefused, because nobody could tell what a proxy has taken away.
func TestAPathOfOurOwnIsRefused(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/jobs": "jobs", "/v1": "v1", "/console/x": "console", "/admin": "admin", "/mcp/": "mcp", "/files": "files", "/uploads/a": "uploads", "/.well-known": ".well-known",
		"/job": "", "/json-minify-api": "", "/API": "",
	} {
		cfg, err := config.Load([]string{"--listen=127.0.0.1:0", "--data=" + filepath.Join(t.TempDir(), "data"), "--public-url=https://jobs.example.org" + path}, config.Sources{ReadFile: os.ReadFile, Judges: app.Judges()})
		if err != nil {
			t.Fatal(err)
		}
		s, err := app.Open(t.Context(), cfg, "test", &serverproc.Log{})
		if err == nil {
			gone, end := context.WithCancel(t.Context())
			end()
			if err := s.Run(gone); err != nil {
				t.Error(err)
			}
		}
		got := ""
		if err != nil {
			got = err.Error()
		}
		if want != "" {
			want = "public_url: the path may not begin with /" + want + ", as paths of the server's own do; choose another name"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
