package tus_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTheProtocolsRefusals is what must not be done, and what is said then.
func TestTheProtocolsRefusals(t *testing.T) {
	f := serve(t, worlds[0], "")
	path := f.create(9)
	f.patch(http.StatusNoContent, path, 0, "abc")
	unknown := "/files/upl_" + strings.Repeat("0", 32)
	meta := []string{"Upload-Metadata", named("a.json")}
	form := "/files/" + formID(f)
	for _, c := range []struct {
		name, owner, method, path, body string
		headers                         []string
		status                          int
		says                            string
	}{
		{"no key", "", "POST", "/files/", "", meta, 401, "UNAUTHORIZED: "},
		{"no key, an upload", "", "HEAD", path, "", nil, 401, ""},
		{"another version", "ann", "POST", "/files/", "", append(meta, "Tus-Resumable", "0.2.2", "Upload-Length", "1"), 412, "UNSUPPORTED_VERSION: "},
		{"no version", "ann", "PATCH", path, "d", []string{"Tus-Resumable", "", "Upload-Offset", "3", "Content-Type", chunk}, 412, "UNSUPPORTED_VERSION: "},
		{"no length", "ann", "POST", "/files/", "", meta, 400, "ERR_INVALID_UPLOAD_LENGTH: "},
		{"length below zero", "ann", "POST", "/files/", "", append(meta, "Upload-Length", "-1"), 400, "ERR_INVALID_UPLOAD_LENGTH: "},
		{"length beyond numbers", "ann", "POST", "/files/", "", append(meta, "Upload-Length", "9223372036854775808"), 400, "ERR_INVALID_UPLOAD_LENGTH: "},
		{"the largest length", "ann", "POST", "/files/", "", append(meta, "Upload-Length", "9223372036854775807"), 413, "PAYLOAD_TOO_LARGE: "},
		{"both lengths", "ann", "POST", "/files/", "", append(meta, "Upload-Length", "1", "Upload-Defer-Length", "1"), 400, "ERR_AMBIGUOUS"},
		{"odd deferral", "ann", "POST", "/files/", "", append(meta, "Upload-Defer-Length", "2"), 400, "ERR_INVALID_UPLOAD_LENGTH_DEFER: "},
		{"no name", "ann", "POST", "/files/", "", []string{"Upload-Length", "1"}, 400, "INVALID_FILENAME: "},
		{"name not in Base64", "ann", "POST", "/files/", "", []string{"Upload-Length", "1", "Upload-Metadata", "filename a.json"}, 400, "INVALID_FILENAME: "},
		{"metadata without end", "ann", "POST", "/files/", "", []string{"Upload-Length", "1", "Upload-Metadata", named("a.json") + ",x " + strings.Repeat("A", 4096)}, 400, "INVALID_METADATA: "},
		{"metadata of odd bytes", "ann", "POST", "/files/", "", []string{"Upload-Length", "1", "Upload-Metadata", named("a.json") + ",\xff YQ=="}, 400, "INVALID_METADATA: "},
		{"odd concatenation", "ann", "POST", "/files/", "", append(meta, "Upload-Concat", "final"), 400, "ERR_INVALID_CONCAT: "},
		{"concatenation of nothing", "ann", "POST", "/files/", "", append(meta, "Upload-Concat", "final; "), 400, "ERR_INVALID_CONCAT: "},
		{"more than its length", "ann", "PATCH", path, "defghijk", []string{"Upload-Offset", "3", "Content-Type", chunk}, 413, "ERR_UPLOAD_SIZE_EXCEEDED: "},
		{"offset too small", "ann", "PATCH", path, "d", []string{"Upload-Offset", "2", "Content-Type", chunk}, 409, "ERR_MISMATCHED_OFFSET: "},
		{"offset too large", "ann", "PATCH", path, "d", []string{"Upload-Offset", "4", "Content-Type", chunk}, 409, "ERR_MISMATCHED_OFFSET: "},
		{"offset below zero", "ann", "PATCH", path, "d", []string{"Upload-Offset", "-3", "Content-Type", chunk}, 400, "ERR_INVALID_OFFSET: "},
		{"no offset", "ann", "PATCH", path, "d", []string{"Content-Type", chunk}, 400, "ERR_INVALID_OFFSET: "},
		{"another type", "ann", "PATCH", path, "d", []string{"Upload-Offset", "3", "Content-Type", "text/plain"}, 400, "ERR_INVALID_CONTENT_TYPE: "},
		{"another length than before", "ann", "PATCH", path, "d", []string{"Upload-Offset", "3", "Content-Type", chunk, "Upload-Length", "8"}, 400, "ERR_INVALID_UPLOAD_LENGTH: "},
		{"an unknown upload", "ann", "PATCH", unknown, "d", []string{"Upload-Offset", "3", "Content-Type", chunk}, 404, "FILE_NOT_FOUND: "},
		{"another owner's upload", "bob", "PATCH", path, "d", []string{"Upload-Offset", "3", "Content-Type", chunk}, 404, "FILE_NOT_FOUND: "},
		{"another owner's upload, looked at", "bob", "HEAD", path, "", nil, 404, ""},
		{"an upload by a form", "ann", "HEAD", form, "", nil, 404, ""},
		{"no id", "ann", "DELETE", "/files/..%2f..%2fetc%2fpasswd", "", nil, 404, "NOT_FOUND: "},
		{"an id and more", "ann", "DELETE", path + "/x", "", nil, 404, "NOT_FOUND: "},
		{"an id in capitals", "ann", "DELETE", "/files/" + strings.ToUpper(path[7:]), "", nil, 404, "FILE_NOT_FOUND: "},
		{"a download", "ann", "GET", path, "", nil, 405, "METHOD_NOT_ALLOWED: "},
		{"a method of the other path", "ann", "PATCH", "/files/", "d", []string{"Upload-Offset", "3", "Content-Type", chunk}, 405, "METHOD_NOT_ALLOWED: "},
		{"an odd method by another", "ann", "POST", path, "", []string{"X-HTTP-Method-Override", "OPTIONS"}, 405, "METHOD_NOT_ALLOWED: "},
		{"an algorithm that is none", "ann", "PATCH", path, "d", []string{"Upload-Offset", "3", "Content-Type", chunk, "Upload-Checksum", "crc9 YQ=="}, 400, "INVALID_CHECKSUM: "},
		{"a checksum that is none", "ann", "PATCH", path, "d", []string{"Upload-Offset", "3", "Content-Type", chunk, "Upload-Checksum", "sha1 ?"}, 400, "INVALID_CHECKSUM: "},
		{"a checksum of other bytes", "ann", "PATCH", path, "d", []string{"Upload-Offset", "3", "Content-Type", chunk, "Upload-Checksum", "sha1 " + sum1("e")}, 460, "CHECKSUM_MISMATCH: "},
		{"a checksum of another's upload", "bob", "PATCH", path, "d", []string{"Upload-Offset", "3", "Content-Type", chunk, "Upload-Checksum", "sha1 " + sum1("d")}, 404, "FILE_NOT_FOUND: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := f.call(c.owner, c.method, c.path, c.body, c.headers...)
			if a.status != c.status || !strings.HasPrefix(a.body, c.says) || c.method == "HEAD" && a.body != "" {
				t.Errorf("got %v, want %d %s", a, c.status, c.says)
			}
			if strings.HasPrefix(c.path, "/files") && a.header.Get("Tus-Resumable") != "1.0.0" {
				t.Errorf("no Tus-Resumable in %v", a)
			}
			if c.body != "" && a.status != 404 && a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("the type is %v", a)
			}
			if a.status == 412 && a.header.Get("Tus-Version") != "1.0.0" {
				t.Errorf("no Tus-Version in %v", a)
			}
		})
	}
	for _, name := range []string{"", ".json", "a.exe", "a.b.json", "../a.json", "a/b.json", "ä.json", "a.json\x00", " a.json", strings.Repeat("a", 100) + ".json"} {
		a := f.call("ann", "POST", "/files/", "", "Upload-Length", "1", "Upload-Metadata", named(name))
		if a.status != http.StatusBadRequest || !strings.HasPrefix(a.body, "INVALID_FILENAME: ") {
			t.Errorf("name %q: got %v", name, a)
		}
	}
	if got := f.offset(path); got != "3" {
		t.Errorf("in the end %s bytes are there, want 3", got)
	}
	f.patch(http.StatusNoContent, path, 3, "defghi")
}

func formID(f *fixture) string {
	f.t.Helper()
	a := f.want(http.StatusOK, "ann", "POST", "/upload-api", `{"filename":"a.json"}`)
	_, id, _ := strings.Cut(a.body, `"upload_id":"`)
	return id[:36]
}

func sum1(text string) string {
	sum := sha1.Sum([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func sum256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// TestBytesThatAreWrongAreThrownAway: whether the checksum stands before the body or
// behind it.
func TestBytesThatAreWrongAreThrownAway(t *testing.T) {
	everywhere(t, func(f *fixture) {
		t := f.t
		a := f.call("ann", "POST", "/files/", "abc", "Upload-Length", "9", "Upload-Metadata", named("a.json"), "Content-Type", chunk, "Upload-Checksum", "sha1 "+sum1("abd"))
		if a.status != 460 || a.header.Get("Location") != "" {
			t.Errorf("at the beginning: %v", a)
		}
		a = f.want(http.StatusCreated, "ann", "POST", "/files/", "abc", "Upload-Length", "9", "Upload-Metadata", named("a.json"), "Content-Type", chunk, "Upload-Checksum", "sha1 "+sum1("abc"))
		path := "/files/" + a.id()
		f.patch(460, path, 3, "dex", "Upload-Checksum", "sha256 "+sum256("def"))
		if got := f.offset(path); got != "3" {
			t.Errorf("wrong bytes were kept: %s", got)
		}
		wantFields(t, f.patch(http.StatusNoContent, path, 3, "def", "Upload-Checksum", "sha256 "+sum256("def")), "Upload-Offset", "6")
		if a := f.behind(path, 6, "ghx", "sha256 "+sum256("ghi")); a.status != 460 {
			t.Errorf("behind the body: %v", a)
		}
		if a := f.behind(path, 6, "ghi", "md5 "+sum256("ghi")); a.status != http.StatusBadRequest {
			t.Errorf("an algorithm that is none, behind the body: %v", a)
		}
		if got := f.offset(path); got != "6" {
			t.Errorf("wrong bytes were kept: %s", got)
		}
		if a := f.behind(path, 6, "ghi", "sha256 "+sum256("ghi")); a.status != http.StatusNoContent || a.header.Get("Upload-Offset") != "9" {
			t.Errorf("behind the body: %v", a)
		}
	})
}

// behind adds to ann's upload with the checksum behind the body.
func (f *fixture) behind(path string, offset int, body, sum string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), "PATCH", f.url+path, io.MultiReader(strings.NewReader(body)))
	if err != nil {
		f.t.Fatal(err)
	}
	for name, value := range map[string]string{"x-api-key": f.keys["ann"], "Tus-Resumable": "1.0.0", "Content-Type": chunk, "Upload-Offset": string(rune('0' + offset))} {
		req.Header.Set(name, value)
	}
	req.Trailer = http.Header{"Upload-Checksum": {sum}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func TestAClientThatCannotPatchPosts(t *testing.T) {
	f := serve(t, worlds[0], "")
	path := f.create(3)
	f.want(http.StatusNoContent, "ann", "POST", path, "abc", "X-HTTP-Method-Override", "PATCH", "Upload-Offset", "0", "Content-Type", chunk)
	wantFields(t, f.want(http.StatusOK, "ann", "POST", path, "", "X-HTTP-Method-Override", "HEAD"), "Upload-Offset", "3")
	f.want(http.StatusNoContent, "ann", "POST", path, "", "X-HTTP-Method-Override", "DELETE")
	f.want(http.StatusGone, "ann", "HEAD", path, "")
}

func TestWhatIsServedIsToldWithoutAKey(t *testing.T) {
	f := serve(t, worlds[0], "")
	a := f.want(http.StatusNoContent, "", "OPTIONS", "/files/", "", "Tus-Resumable", "")
	wantFields(t, a, "Tus-Resumable", "1.0.0", "Tus-Version", "1.0.0", "Tus-Checksum-Algorithm", "sha1,sha256,sha512", "Tus-Max-Size", "",
		"Tus-Extension", "creation,creation-with-upload,creation-defer-length,expiration,checksum,checksum-trailer,termination,concatenation")
	wantFields(t, f.want(http.StatusNoContent, "ann", "OPTIONS", "/files/", ""), "Tus-Max-Size", "1000000")
	wantFields(t, f.want(http.StatusNoContent, "max", "OPTIONS", "/files/", ""), "Tus-Max-Size", "")
	a = f.want(http.StatusNoContent, "", "OPTIONS", "/files/", "", "x-api-key", "wrong")
	wantFields(t, a, "Tus-Version", "1.0.0", "Tus-Max-Size", "", "WWW-Authenticate", "")
	a = f.want(http.StatusNoContent, "", "OPTIONS", "/files/x", "", "Origin", "https://page.example", "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "upload-offset")
	for field, values := range map[string][]string{
		"Access-Control-Allow-Headers": {"x-api-key", "Tus-Resumable", "Upload-Offset", "Upload-Metadata", "Upload-Concat", "Upload-Checksum", "X-HTTP-Method-Override", "Content-Type"},
		"Access-Control-Allow-Methods": {"POST", "HEAD", "PATCH", "DELETE"},
	} {
		list := strings.Split(a.header.Get(field), ", ")
		for _, value := range values {
			if !slices.Contains(list, value) {
				t.Errorf("%s has no %s: %v", field, value, list)
			}
		}
	}
	a = f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Origin", "https://page.example", "Upload-Length", "1", "Upload-Metadata", named("a.json"))
	list := strings.Split(a.header.Get("Access-Control-Expose-Headers"), ", ")
	for _, name := range []string{"Location", "Upload-Offset", "Upload-Length", "Upload-Key", "Upload-Expires", "Tus-Resumable", "Tus-Max-Size", "Tus-Extension"} {
		if !slices.Contains(list, name) {
			t.Errorf("pages are not shown %s: %v", name, list)
		}
	}
	wantFields(t, a, "Access-Control-Allow-Origin", "https://page.example")
	wantFields(t, f.call("ann", "HEAD", "/files/"+a.id(), "", "Origin", "https://else.example"), "Access-Control-Allow-Origin", "", "Access-Control-Expose-Headers", "")
}

func TestLinksDoNotBelieveTheRequest(t *testing.T) {
	f := serve(t, worlds[0], strings.Replace(settings, "public_url", "# public_url", 1))
	a := f.want(http.StatusCreated, "max", "POST", "/files/", "", "Upload-Length", "1", "Upload-Metadata", named("a.json"),
		"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example;proto=https")
	if got := a.header.Get("Location"); !strings.HasPrefix(got, f.url+"/files/upl_") {
		t.Errorf("Location is %q", got)
	}
}

// TestAnUploadThatHasBegunIsNotRefusedForItsPace: 429 would end it.
func TestAnUploadThatHasBegunIsNotRefusedForItsPace(t *testing.T) {
	f := serve(t, worlds[0], "")
	a := f.want(http.StatusCreated, "carl", "POST", "/files/", "", "Upload-Length", "200", "Upload-Metadata", named("a.json"))
	path := "/files/" + a.id()
	at := 0
	patch := func() {
		t.Helper()
		f.want(http.StatusNoContent, "carl", "PATCH", path, "x", "Upload-Offset", strconv.Itoa(at), "Content-Type", chunk)
		at++
	}
	for range 120 { // a minute's
		patch()
	}
	for range 3 {
		f.until("the pace is refused", func() bool { // of what has not begun
			a = f.call("carl", "POST", "/files/", "", "Upload-Metadata", named("a.json"))
			return a.status == http.StatusTooManyRequests
		})
		if !strings.HasPrefix(a.body, "RATE_LIMITED: ") || a.header.Get("Retry-After") == "" {
			t.Errorf("got %v", a)
		}
		patch()
	}
}

// TestWhoHasNoKeyIsRefusedAtOnce: only uploads that may go on are delayed, so that
// nobody without a key has requests wait.
func TestWhoHasNoKeyIsRefusedAtOnce(t *testing.T) {
	f := serve(t, worlds[0], "")
	f.keys["eve"] = f.keys["ann"] + "x"
	for range 70 { // of 60 a minute
		if a := f.call("eve", "PATCH", "/files/upl_x", "x", "Upload-Offset", "0", "Content-Type", chunk); a.status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("wrong keys are never told that they are too many: they wait, and are asked again")
}
