package tus_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// everywhere runs a case on every store and storage of files.
func everywhere(t *testing.T, test func(*fixture)) {
	t.Helper()
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) { test(serve(t, w, "")) })
	}
}

func TestAnUploadArrivesInPartsAndAJobReadsIt(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		made := f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Upload-Length", "9", "Upload-Metadata", named("data.json")+",x YQ==")
		id := made.id()
		if got, want := made.header.Get("Location"), "https://files.example/files/"+id; got != want || !strings.HasPrefix(id, "upl_") {
			t.Errorf("Location is %q, want %q", got, want)
		}
		key := "ann/" + id + "/data.json"
		wantFields(t, made, "Tus-Resumable", "1.0.0", "Upload-Key", key)
		expires(t, made)
		path := "/files/" + id
		wantFields(t, f.want(http.StatusOK, "ann", "HEAD", path, ""), "Upload-Offset", "0", "Upload-Length", "9", "Cache-Control", "no-store", "Upload-Key", key)
		if got := f.formatted("ann", key); got != "FILE_NOT_FOUND" {
			t.Errorf("before its end: %s", got)
		}
		part := f.patch(http.StatusNoContent, path, 0, `{"a"`)
		wantFields(t, part, "Upload-Offset", "4", "Upload-Key", key)
		expires(t, part)
		head := f.want(http.StatusOK, "ann", "HEAD", path, "")
		wantFields(t, head, "Upload-Offset", "4", "Upload-Length", "9", "Upload-Key", key)
		expires(t, head)
		if meta := head.header.Get("Upload-Metadata"); !strings.Contains(meta, named("data.json")) || !strings.Contains(meta, "x YQ==") {
			t.Errorf("metadata is %q", meta)
		}
		f.patch(http.StatusNoContent, path, 4, "")
		last := f.patch(http.StatusNoContent, path, 4, `:"b"}`)
		wantFields(t, last, "Upload-Offset", "9", "Upload-Key", key, "Upload-Expires", "")
		wantFields(t, f.want(http.StatusOK, "ann", "HEAD", path, ""), "Upload-Offset", "9", "Upload-Key", key, "Upload-Expires", "")
		if got := f.formatted("ann", key); got != `{"a":"b"}` {
			t.Errorf("the job made %s", got)
		}
		if got := f.formatted("bob", key); got != "FILE_NOT_FOUND" {
			t.Errorf("another owner's job: %s", got)
		}
		wantFields(t, f.patch(http.StatusNoContent, path, 9, ""), "Upload-Offset", "9") // said again
	})
}

func wantFields(t *testing.T, a answer, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := a.header.Get(pairs[i]); got != pairs[i+1] {
			t.Errorf("%s is %q, want %q, in %v", pairs[i], got, pairs[i+1], a)
		}
	}
}

// expires fails unless more may come for about an hour.
func expires(t *testing.T, a answer) {
	t.Helper()
	at, err := http.ParseTime(a.header.Get("Upload-Expires"))
	if left := time.Until(at); err != nil || left < 30*time.Minute || left > 61*time.Minute {
		t.Errorf("Upload-Expires is %q (%v)", a.header.Get("Upload-Expires"), err)
	}
}

func TestAnUploadMayBeginWithItsBytes(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		a := f.want(http.StatusCreated, "ann", "POST", "/files/", `["a"]`, "Upload-Length", "5", "Upload-Metadata", named("a.json"), "Content-Type", chunk)
		wantFields(t, a, "Upload-Offset", "5")
		if got := f.formatted("ann", a.header.Get("Upload-Key")); got != `["a"]` {
			t.Errorf("the job made %s", got)
		}
		a = f.want(http.StatusCreated, "ann", "POST", "/files", `["a`, "Upload-Length", "5", "Upload-Metadata", named("a.json"), "Content-Type", chunk)
		wantFields(t, a, "Upload-Offset", "3")
		f.patch(http.StatusNoContent, "/files/"+a.id(), 3, `"]`)
		empty := f.create(0)
		if got := f.offset(empty); got != "0" {
			t.Errorf("an empty upload has offset %s", got)
		}
		if u := f.want(http.StatusOK, "ann", "GET", "/usage", ""); !strings.Contains(u.body, `"stored_bytes":{"used":`) {
			t.Errorf("usage is %s", u.body)
		}
	})
}

func TestALengthMayBeToldLater(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		a := f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Upload-Defer-Length", "1", "Upload-Metadata", named("a.json"))
		path := "/files/" + a.id()
		wantFields(t, f.patch(http.StatusNoContent, path, 0, `["a`), "Upload-Offset", "3")
		wantFields(t, f.want(http.StatusOK, "ann", "HEAD", path, ""), "Upload-Defer-Length", "1", "Upload-Length", "")
		f.patch(http.StatusRequestEntityTooLarge, path, 3, "", "Upload-Length", "1000001")
		f.patch(http.StatusBadRequest, path, 3, "", "Upload-Length", "2")
		f.patch(http.StatusNoContent, path, 3, `"]`, "Upload-Length", "5")
		if got := f.formatted("ann", a.header.Get("Upload-Key")); got != `["a"]` {
			t.Errorf("the job made %s", got)
		}
		a = f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Upload-Defer-Length", "1", "Upload-Metadata", named("a.json"))
		path = "/files/" + a.id()
		f.patch(http.StatusNoContent, path, 0, `[]`)
		f.patch(http.StatusNoContent, path, 2, ``, "Upload-Length", "2") // nothing but the length
		if got := f.formatted("ann", a.header.Get("Upload-Key")); got != `[]` {
			t.Errorf("the job made %s", got)
		}
		a = f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Upload-Defer-Length", "1", "Upload-Metadata", named("a.json"))
		path = "/files/" + a.id()
		f.patch(http.StatusNoContent, path, 0, `["b`, "Upload-Length", "5") // as if the rest had been cut off
		f.patch(http.StatusBadRequest, path, 3, `"]`, "Upload-Length", "6")
		f.patch(http.StatusNoContent, path, 3, `"]`, "Upload-Length", "5") // the same once more, as tus-js-client says it
		if got := f.formatted("ann", a.header.Get("Upload-Key")); got != `["b"]` {
			t.Errorf("the job made %s", got)
		}
	})
}

func TestAnUploadIsGivenUp(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		pending, done := f.create(9), f.create(2)
		f.patch(http.StatusNoContent, pending, 0, "abc")
		key := f.patch(http.StatusNoContent, done, 0, "[]").header.Get("Upload-Key")
		for _, path := range []string{pending, done} {
			f.want(http.StatusNotFound, "bob", "DELETE", path, "")
			wantFields(t, f.want(http.StatusNoContent, "ann", "DELETE", path, ""), "Tus-Resumable", "1.0.0", "Upload-Key", "")
			f.want(http.StatusGone, "ann", "HEAD", path, "")
			f.patch(http.StatusGone, path, 3, "def")
			f.want(http.StatusGone, "ann", "DELETE", path, "")
			f.want(http.StatusNotFound, "bob", "HEAD", path, "")
			f.want(http.StatusNotFound, "ann", "DELETE", "/uploads/"+path[len("/files/"):], "")
		}
		if got := f.formatted("ann", key); got != "FILE_NOT_FOUND" {
			t.Errorf("a job of it: %s", got)
		}
		used := f.create(2)
		key = f.patch(http.StatusNoContent, used, 0, "[]").header.Get("Upload-Key")
		if got := f.formatted("ann", key); got != "[]" {
			t.Errorf("the job made %s", got)
		}
		if a := f.want(http.StatusConflict, "ann", "DELETE", used, ""); !strings.HasPrefix(a.body, "UPLOAD_IN_USE: ") {
			t.Errorf("got %v", a)
		}
		plain := f.create(9)
		f.want(http.StatusNoContent, "ann", "DELETE", "/uploads/"+plain[len("/files/"):], "")
		f.want(http.StatusGone, "ann", "HEAD", plain, "")
		if u := f.want(http.StatusOK, "ann", "GET", "/usage", ""); !strings.Contains(u.body, `"stored_bytes":{"used":4,`) && !strings.Contains(u.body, `"stored_bytes":{"used":2,`) {
			t.Errorf("usage is %s", u.body)
		}
	})
}

func TestPartsAreJoined(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		first := f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Upload-Length", "5", "Upload-Concat", "partial")
		second := f.want(http.StatusCreated, "ann", "POST", "/files/", `b"]`, "Upload-Length", "3", "Upload-Concat", "partial", "Content-Type", chunk)
		wantFields(t, first, "Upload-Key", "")
		wantFields(t, second, "Upload-Key", "")
		expires(t, second)
		final := func(status int, list string) answer {
			t.Helper()
			return f.want(status, "ann", "POST", "/files/", "", "Upload-Concat", "final;"+list, "Upload-Metadata", named("a.json"))
		}
		list := first.header.Get("Location") + " /files/" + second.id()
		final(http.StatusBadRequest, list) // the first has not all its bytes
		path := "/files/" + first.id()
		f.patch(http.StatusNoContent, path, 0, `["a`)
		wantFields(t, f.want(http.StatusOK, "ann", "HEAD", path, ""), "Upload-Concat", "partial", "Upload-Key", "", "Upload-Offset", "3")
		wantFields(t, f.patch(http.StatusNoContent, path, 3, ` a`), "Upload-Key", "")
		if got := f.formatted("ann", "ann/"+first.id()+"/part"); got != "UNSUPPORTED_EXTENSION" {
			t.Errorf("a job of a part: %s", got)
		}
		made := final(http.StatusCreated, list)
		key := "ann/" + made.id() + "/a.json"
		wantFields(t, made, "Upload-Key", key)
		wantFields(t, f.want(http.StatusOK, "ann", "HEAD", "/files/"+made.id(), ""), "Upload-Offset", "8", "Upload-Length", "8", "Upload-Key", key,
			"Upload-Concat", "final;https://files.example/files/"+first.id()+" https://files.example/files/"+second.id())
		if got := f.formatted("ann", key); got != `["a ab"]` {
			t.Errorf("the job made %s", got)
		}
		f.patch(http.StatusForbidden, "/files/"+made.id(), 8, "")
		again := final(http.StatusCreated, list) // whose answer was lost
		if got := f.formatted("ann", again.header.Get("Upload-Key")); got != `["a ab"]` {
			t.Errorf("the second time the job made %s", got)
		}
		final(http.StatusNotFound, list+" /files/upl_"+strings.Repeat("0", 32))
		final(http.StatusNotFound, "https://elsewhere.example/x")
		final(http.StatusBadRequest, "/files/"+made.id()) // it is no part
		f.want(http.StatusNotFound, "bob", "POST", "/files/", "", "Upload-Concat", "final;"+list, "Upload-Metadata", named("a.json"))
		f.want(http.StatusBadRequest, "ann", "POST", "/files/", "", "Upload-Concat", "final;"+list)
		f.want(http.StatusForbidden, "ann", "POST", "/files/", "x", "Upload-Concat", "final;"+list, "Upload-Metadata", named("a.json"), "Content-Type", chunk)
	})
}

func TestLimitsHoldForUploadsInParts(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		const most = 1_000_000
		create := func(status, length int, headers ...string) answer {
			t.Helper()
			return f.want(status, "ann", "POST", "/files/", "", append([]string{"Upload-Length", strconv.Itoa(length), "Upload-Metadata", named("a.json")}, headers...)...)
		}
		wantFields(t, create(http.StatusRequestEntityTooLarge, most+1), "Tus-Max-Size", strconv.Itoa(most))
		var parts []string
		for range 2 { // of a sum that is too large
			a := create(http.StatusCreated, 600_000, "Upload-Concat", "partial")
			parts = append(parts, "/files/"+a.id())
			f.patch(http.StatusNoContent, "/files/"+a.id(), 0, strings.Repeat("x", 600_000))
		}
		a := f.want(http.StatusRequestEntityTooLarge, "ann", "POST", "/files/", "", "Upload-Concat", "final;"+strings.Join(parts, " "), "Upload-Metadata", named("a.json"))
		if !strings.HasPrefix(a.body, "PAYLOAD_TOO_LARGE: ") {
			t.Errorf("got %v", a)
		}
		later := f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Upload-Defer-Length", "1", "Upload-Metadata", named("a.json"))
		path := "/files/" + later.id()
		f.patch(http.StatusRequestEntityTooLarge, path, 0, strings.Repeat("x", most+1))
		if got := f.offset(path); got != strconv.Itoa(most) {
			t.Errorf("of what was too much %s were kept, want %d", got, most)
		}
		create(http.StatusTooManyRequests, 900_000) // 2.2 MB of 3 are there
		create(http.StatusCreated, 800_000)
		create(http.StatusCreated, 1)
		create(http.StatusCreated, 1)
		a = create(http.StatusTooManyRequests, 1)
		if !strings.HasPrefix(a.body, "TOO_MANY_UPLOADS: ") || a.header.Get("Retry-After") == "" {
			t.Errorf("got %v", a)
		}
		f.want(http.StatusTooManyRequests, "ann", "POST", "/upload-api", `{"filename":"a.json"}`)
		f.want(http.StatusNoContent, "ann", "DELETE", path, "")
		create(http.StatusCreated, 1)
	})
}
