package httpapi_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

// A ticket is the answer of POST /upload-api.
type ticket struct {
	UploadID string `json:"upload_id"`
	Upload   struct {
		URL    string
		Fields map[string]string
	}
}

func (u ticket) key() string { return u.Upload.Fields["key"] }

func (f *fixture) newUpload(name string, headers ...string) ticket {
	f.t.Helper()
	a := f.do("POST", "/upload-api", `{"filename":"`+name+`"}`, headers...)
	var u ticket
	if err := json.Unmarshal(a.body, &u); err != nil || a.StatusCode != 200 {
		f.t.Fatalf("upload-api: %d %s", a.StatusCode, a.body)
	}
	return u
}

// post posts a form: the fields, then the file.
func (f *fixture) post(u ticket, content string) answer {
	f.t.Helper()
	return f.postForm(u.Upload.URL, u.Upload.Fields, content)
}

func (f *fixture) postForm(url string, fields map[string]string, files ...string) answer {
	f.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f.must(m.WriteField(name, fields[name]))
	}
	for _, content := range files {
		w, err := m.CreateFormFile("file", "../../etc/passwd")
		f.must(err)
		_, err = w.Write([]byte(content))
		f.must(err)
	}
	f.must(m.Close())
	return f.do("POST", url, b.String(), "x-api-key: ", "Content-Type: "+m.FormDataContentType())
}

// stored lists the files in the folder of files.
func (f *fixture) stored() (names []string) {
	f.t.Helper()
	f.must(filepath.WalkDir(f.files, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name[len(f.files)+1:])
		}
		return err
	}))
	return names
}

func (f *fixture) submitFile(key string, headers ...string) answer {
	f.t.Helper()
	body, err := json.Marshal(map[string]string{"file": key})
	f.must(err)
	return f.do("POST", "/json-minify-api", string(body), append([]string{"x-source-type: file"}, headers...)...)
}

func TestAnUploadIsTheInputOfAJob(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	for _, content := range []string{`{"a": 1}`, `["` + strings.Repeat("long ", 100_000) + `"]`} {
		u := f.newUpload("Project_data.json")
		if want := "ann/" + u.UploadID + "/Project_data.json"; u.key() != want || u.Upload.Fields["x-amz-meta-upload-id"] != u.UploadID {
			t.Fatalf("fields %v, want key %s", u.Upload.Fields, want)
		}
		if a := f.submitFile(u.key()); a.StatusCode != 404 {
			t.Errorf("before the upload: %d %s", a.StatusCode, a.body)
		}
		if a := f.post(u, content); a.StatusCode != 204 || len(a.body) != 0 {
			t.Fatalf("post: %d %s", a.StatusCode, a.body)
		}
		a := f.submitFile(u.key())
		if a.StatusCode != 202 || a.Header.Get("Preference-Applied") != "" {
			t.Fatalf("submit: %d %s", a.StatusCode, a.body)
		}
		if end := f.finished(a.text(t, "job_id")); end.text(t, "status") != "success" {
			t.Errorf("got %s", end.body)
		}
		a = f.submitFile(u.key(), "Prefer: wait=20") // it can be used again
		if a.StatusCode != 200 || a.text(t, "status") != "success" {
			t.Errorf("waiting: %d %s", a.StatusCode, a.body)
		}
	}
}

func TestAFormThatWasChangedIsRefused(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxInputBytes: 100_000}})
	u, other := f.newUpload("a.json"), f.newUpload("b.json")
	change := func(name, value string) map[string]string {
		fields := maps.Clone(u.Upload.Fields)
		fields[name] = value
		if value == "" {
			delete(fields, name)
		}
		return fields
	}
	policy, err := base64.StdEncoding.DecodeString(u.Upload.Fields["policy"])
	f.must(err)
	wider := base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(policy), "100000", "900000", 1)))
	for name, fields := range map[string]map[string]string{
		"another key":            change("key", other.key()),
		"a key elsewhere":        change("key", "ann/../../etc/passwd"),
		"a key of another owner": change("key", strings.Replace(u.key(), "ann/", "bob/", 1)),
		"another user":           change("x-amz-meta-user-id", "bob"),
		"another name":           change("x-amz-meta-original-filename", "b.html"),
		"no key":                 change("key", ""),
		"no policy":              change("policy", ""),
		"no signature":           change("x-amz-signature", ""),
		"another's signature":    change("x-amz-signature", other.Upload.Fields["x-amz-signature"]),
		"another's policy":       change("policy", other.Upload.Fields["policy"]),
		"a wider policy":         change("policy", wider),
		"a cut signature":        change("x-amz-signature", u.Upload.Fields["x-amz-signature"][:20]),
		"one field more":         change("acl", "public-read"),
		"too long a field":       change("acl", strings.Repeat("x", 9000)),
	} {
		a := f.postForm(u.Upload.URL, fields, `{}`)
		if a.StatusCode != 403 || a.text(t, "error") != "UPLOAD_INVALID" {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	f.wantError(f.postForm(other.Upload.URL, other.Upload.Fields, `{}`, `{}`), 403, "UPLOAD_INVALID", "The file must be the form's last part, and the only file.")
	f.wantError(f.postForm(u.Upload.URL, u.Upload.Fields), 403, "UPLOAD_INVALID", "The form has no part named file.")
	f.wantError(f.post(f.newUpload("c.json"), strings.Repeat("x", 100_001)), 413, "PAYLOAD_TOO_LARGE", "")
	f.wantError(f.post(f.newUpload("c.json"), strings.Repeat("x", 900_000)), 413, "PAYLOAD_TOO_LARGE", "")
	f.wantError(f.do("POST", u.Upload.URL, `{}`, "Content-Type: application/json"), 415, "UNSUPPORTED_MEDIA_TYPE", "")
	f.wantError(f.do("POST", u.Upload.URL, "--b\r\nContent-Dispo", "Content-Type: multipart/form-data; boundary=b"), 400, "INVALID_REQUEST", "")
	if files := f.stored(); len(files) != 0 {
		t.Errorf("refused forms left %q", files)
	}
	if a := f.post(u, strings.Repeat("x", 100_000)); a.StatusCode != 204 { // and after all of this the form is still good
		t.Errorf("the form as it was given: %d %s", a.StatusCode, a.body)
	}
	f.wantError(f.post(u, `{}`), 409, "UPLOAD_EXISTS", "")
	if files := f.stored(); len(files) != 1 {
		t.Errorf("got files %q, want one", files)
	}
}

func TestAFormHasItsTime(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{Retention: 12 * time.Hour}})
	u := f.newUpload("a.json")
	f.advance(time.Hour - 2*time.Second)
	late := f.newUpload("b.json")
	f.advance(3 * time.Second)
	f.wantError(f.post(u, `{}`), 403, "UPLOAD_EXPIRED", "")
	if a := f.post(late, `{}`); a.StatusCode != 204 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	f.advance(12 * time.Hour) // the retention
	f.wantError(f.submitFile(late.key()), 404, "FILE_NOT_FOUND", "")
	f.must(f.keeper.Sweep(t.Context()))
	if files := f.stored(); len(files) != 0 {
		t.Errorf("the sweeper left %q", files)
	}
	is, err := f.store.Owner(t.Context(), "ann", 0)
	if f.must(err); is.Counts != (account.Counts{}) {
		t.Errorf("got %+v, want nothing", is.Counts)
	}
}

func TestOneOfTwoPostsOfAFormWins(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	for range 10 {
		u := f.newUpload("a.json")
		var all sync.WaitGroup
		codes := make([]int, 4)
		for i := range codes {
			all.Go(func() { codes[i] = f.post(u, `["`+strings.Repeat(string(rune('a'+i)), 50_000)+`"]`).StatusCode })
		}
		all.Wait()
		slices.Sort(codes)
		if !slices.Equal(codes, []int{204, 409, 409, 409}) {
			t.Fatalf("got %v, want one 204", codes)
		}
		if a := f.submitFile(u.key(), "Prefer: wait=20"); a.StatusCode != 200 {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
}

func TestFileNamesThatAreRefused(t *testing.T) {
	f := newFixture(t, options{})
	for _, name := range []string{
		"", "a", ".json", "a.", "a.exe", "a.tar.gz", "a.b.json", "../a.json", "..", "a/b.json", `a\\b.json`, "a b.json", "a.json ", " a.json", "a\\u0000.json", "a%2f.json", "á.json", "а.json", "a.jsоn",
		strings.Repeat("a", 96) + ".json", strings.Repeat("a", 3000) + ".json", "a\\n.json", "a.JSON/", "con:.txt", "a\\u202e.json", "ａ.json",
	} {
		f.wantError(f.do("POST", "/upload-api", `{"filename":"`+name+`"}`), 400, "INVALID_FILENAME", "")
	}
	for _, name := range []string{"a.json", "A-b_9.JSON", "-.csv", strings.Repeat("a", 95) + ".json"} {
		f.newUpload(name)
	}
	for _, body := range []string{"", "{}x", `{"filename":1}`, `"a.json"`, `{"file":"a.json"}`} {
		f.wantError(f.do("POST", "/upload-api", body), 400, "INVALID_REQUEST", "")
	}
}

func TestKeysThatLeadNowhere(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	bob := "x-api-key: " + f.newKey(auth.NewKey{Owner: "bob"})
	u, his, html, pending := f.newUpload("a.json"), f.newUpload("a.json", bob), f.newUpload("a.html"), f.newUpload("p.json")
	for _, up := range []ticket{u, his, html} {
		if a := f.post(up, `{}`); a.StatusCode != 204 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
	}
	id := u.UploadID
	for _, key := range []string{
		his.key(), strings.Replace(his.key(), "bob/", "ann/", 1), pending.key(), "x", "ann", "/", "../" + u.key(), "./" + u.key(), "/" + u.key(), u.key() + "/", "uploads/" + u.key(), "ann//" + id + "/a.json",
		"ann/" + id + "/../" + id + "/a.json", "ann/" + id + "/b.json", "ann/" + id + "/A.json", "ann/" + strings.ToUpper(id) + "/a.json", "ann/" + id[:35] + "/a.json", "ann/" + id + "0/a.json", "ann/upl_" + strings.Repeat("0", 32) + "/a.json",
		"ann/" + id + "%2fa.json", "ann/" + id + "/a.json\x00", "Ann/" + id + "/a.json", "ann\\" + id + "\\a.json", "ann/" + id + "/a.json ", strings.Repeat("a", 10_000), "inputs/" + id, "ann/" + id + "/\u0430.json",
	} {
		f.wantError(f.submitFile(key), 404, "FILE_NOT_FOUND", "There is no such upload, or it is not finished, or its time was over.")
	}
	f.wantError(f.submitFile(html.key()), 400, "UNSUPPORTED_EXTENSION", "")
	for _, body := range []string{"", "x", `"` + u.key() + `"`, `{}`, `{"file":1}`, `{"file":null}`, `{"file":""}`, `{"url":"http://x/a.json"}`, `[]`} {
		f.wantError(f.do("POST", "/json-minify-api", body, "x-source-type: file"), 400, "INVALID_REQUEST", "")
	}
	f.wantError(f.do("POST", "/json-minify-api", strings.Repeat("x", 20_000), "x-source-type: file"), 413, "PAYLOAD_TOO_LARGE", "")
	if a := f.submitFile(u.key(), "Prefer: wait=20"); a.StatusCode != 200 {
		t.Errorf("one's own: %d %s", a.StatusCode, a.body)
	}
}

func TestUploadsHaveLimits(t *testing.T) {
	f := newFixture(t, options{workers: 1, plan: account.Plan{MaxPendingUploads: 2, MaxStoredBytes: 1000, MaxInputBytes: 600}})
	first, second := f.newUpload("a.json"), f.newUpload("b.json")
	a := f.do("POST", "/upload-api", `{"filename":"c.json"}`)
	f.wantError(a, 429, "TOO_MANY_UPLOADS", "")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if a := f.post(first, strings.Repeat(" ", 500)+"{}"); a.StatusCode != 204 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	f.wantError(f.post(second, strings.Repeat(" ", 500)), 429, "STORAGE_FULL", "") // each alone would fit
	if n := len(f.stored()); n != 1 {
		t.Errorf("%d files, want 1", n)
	}
	if a := f.post(second, strings.Repeat(" ", 498)); a.StatusCode != 204 { // what was refused can be sent again, smaller
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	f.wantError(f.do("POST", "/upload-api", `{"filename":"c.json"}`), 429, "STORAGE_FULL", "")
	j := f.submitFile(first.key())
	f.finished(j.text(t, "job_id"))
	if a := f.do("DELETE", "/jobs/"+j.text(t, "job_id"), ""); a.StatusCode != 204 { // its upload goes with it
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	f.wantError(f.submitFile(first.key()), 404, "FILE_NOT_FOUND", "")
	if n := len(f.stored()); n != 1 {
		t.Errorf("%d files, want 1", n)
	}
	f.newUpload("c.json")
}

func TestAnUploadThatChangesAfterAcceptanceFailsTheJob(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	f.do("POST", "/gate-api", "x", async) // keeps the one worker busy
	u := f.newUpload("a.json")
	f.post(u, `{"a":1}`)
	a := f.submitFile(u.key())
	name := filepath.Join(f.files, f.stored()[0])
	f.must(os.WriteFile(name, []byte(`{"a":2}`), 0o600))
	f.gate.openAll()
	if end := f.finished(a.text(t, "job_id")); !bytes.Contains(end.body, []byte(`"code":"FILE_NOT_FOUND"`)) {
		t.Errorf("got %s", end.body)
	}
	if r := f.do("GET", "/jobs/"+a.text(t, "job_id")+"/result", ""); r.StatusCode != http.StatusNotFound {
		t.Errorf("result: %d %s", r.StatusCode, r.body)
	}
}

func TestRepliesToTheSameFileSubmissionAreTheSame(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	u := f.newUpload("a.json")
	f.post(u, `{}`)
	const key = "Idempotency-Key: k"
	first := f.submitFile(u.key(), key)
	f.finished(first.text(t, "job_id"))
	f.do("DELETE", "/jobs/"+first.text(t, "job_id"), "") // and with it the upload
	again := f.submitFile(u.key(), key)
	if again.StatusCode != 202 || !bytes.Equal(again.body, first.body) || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%d %s, first %s", again.StatusCode, again.body, first.body)
	}
	f.wantError(f.do("POST", "/json-minify-api", `{"file":"`+u.key()+`"}`, key), 422, "IDEMPOTENCY_CONFLICT", "") // the same bytes as a body
}

func TestAJobIsTriedAgainWithItsUpload(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	u := f.newUpload("a.json")
	f.post(u, `{}`)
	first := f.submitFile(u.key()).text(t, "job_id")
	f.finished(first)
	again := f.do("POST", "/jobs/"+first+"/retry", "")
	if again.StatusCode != 202 {
		t.Fatalf("%d %s", again.StatusCode, again.body)
	}
	f.do("DELETE", "/jobs/"+first, "")
	if end := f.finished(again.text(t, "job_id")); end.text(t, "status") != "success" || len(f.stored()) != 1 {
		t.Errorf("got %s, files %q", end.body, f.stored())
	}
	f.do("DELETE", "/jobs/"+again.text(t, "job_id"), "")
	if files := f.stored(); len(files) != 0 {
		t.Errorf("left %q", files)
	}
}
