package httpapi_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// link hands in a document and returns the link of its output.
func (f *fixture) link(tool, body string) string {
	f.t.Helper()
	a := f.do("POST", tool, body)
	m := regexp.MustCompile(`"file":"([^"]+)"`).FindSubmatch(a.body)
	if m == nil {
		f.t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	return string(m[1])
}

func TestDownloadHeadersRunNothing(t *testing.T) {
	f := newFixture(t, options{})
	f.gate.openAll()
	a := f.do("GET", f.link("/gate-api", "<script>alert(1)</script>"), "", "x-api-key: ")
	for name, want := range map[string]string{
		"Content-Type": "text/html", "X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes",
		"Content-Security-Policy": "sandbox; default-src 'none'",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := a.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="gate_`) {
		t.Errorf("Content-Disposition %q", got)
	}
	if a.Header.Get("ETag") == "" || strings.HasPrefix(a.Header.Get("ETag"), "W/") || a.Header.Get("Last-Modified") == "" {
		t.Errorf("ETag %q, Last-Modified %q", a.Header.Get("ETag"), a.Header.Get("Last-Modified"))
	}
}

func TestDownloadRangesAndConditions(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	for _, size := range []int{10, 100_000} { // in the row, and in a file
		in := `"` + strings.Repeat("x", size) + `"`
		link := f.link("/json-minify-api", in)
		whole := f.do("GET", link, "")
		if string(whole.body) != in {
			t.Fatalf("%d bytes, want %d", len(whole.body), len(in))
		}
		part := f.do("GET", link, "", "Range: bytes=1-3")
		if part.StatusCode != 206 || string(part.body) != "xxx" {
			t.Errorf("range: %d %q", part.StatusCode, part.body)
		}
		if a := f.do("GET", link, "", "Range: bytes=999999-"); a.StatusCode != 416 || !strings.HasPrefix(a.Header.Get("Content-Range"), "bytes */") {
			t.Errorf("range beyond the end: %d %v", a.StatusCode, a.Header)
		} else {
			f.wantError(a, 416, "RANGE_NOT_SATISFIABLE", "")
		}
		tag := whole.Header.Get("ETag")
		if a := f.do("GET", link, "", "If-None-Match: "+tag); a.StatusCode != 304 {
			t.Errorf("If-None-Match: %d", a.StatusCode)
		}
		if a := f.do("GET", link, "", "Range: bytes=0-0", `If-Range: "other"`); a.StatusCode != 200 {
			t.Errorf("If-Range of another file: %d", a.StatusCode)
		}
		if a := f.do("HEAD", link, ""); a.StatusCode != 200 || len(a.body) != 0 || a.ContentLength != int64(len(in)) {
			t.Errorf("HEAD: %d, %d bytes, Content-Length %d", a.StatusCode, len(a.body), a.ContentLength)
		}
	}
}

func TestLinksThatAreRefused(t *testing.T) {
	f := newFixture(t, options{})
	link := f.link("/json-minify-api", `{}`)
	other := f.link("/json-minify-api", `[]`)
	name := regexp.MustCompile(`/downloads/([^?]+)`)
	swapped := strings.Replace(link, name.FindStringSubmatch(link)[1], name.FindStringSubmatch(other)[1], 1)
	for what, l := range map[string]string{
		"another file":    swapped,
		"a later expiry":  regexp.MustCompile(`expires=\d+`).ReplaceAllString(link, "expires=9999999999"),
		"no signature":    regexp.MustCompile(`&signature=.*`).ReplaceAllString(link, ""),
		"half of it":      link[:len(link)-10],
		"unknown key id":  regexp.MustCompile(`signature=[0-9a-f]{8}`).ReplaceAllString(link, "signature=00000000"),
		"upper case name": strings.Replace(link, "json_minify", "JSON_minify", 1),
	} {
		t.Run(what, func(t *testing.T) { f.wantError(f.do("GET", l, ""), 403, "FORBIDDEN", "") })
	}
	f.advance(2 * time.Hour)
	f.wantError(f.do("GET", link, ""), 403, "LINK_EXPIRED", "")
}

func TestAFileThatIsGoneIsNotFound(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	text := f.do("POST", "/json-minify-api", `{}`, async).text(t, "job_id")
	link := regexp.MustCompile(`"file":"([^"]+)"`).FindSubmatch(f.finished(text).body)[1]
	if a := f.do("GET", string(link), ""); a.StatusCode != 200 {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	id, err := job.ParseID(text)
	f.must(err)
	f.must(f.queue.Delete(t.Context(), "ann", id))
	f.wantError(f.do("GET", string(link), ""), 404, "NOT_FOUND", "")
}

func TestNoLinkIsValidLongerThanItsFile(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{Retention: 10 * time.Minute}})
	expires := regexp.MustCompile(`expires=(\d+)`)
	end := f.now().Add(10 * time.Minute).Unix()
	for range 2 { // the answer, and the same again from memory
		a := f.do("POST", "/json-minify-api", `{}`, "Idempotency-Key: k")
		m := expires.FindSubmatch(a.body)
		if m == nil {
			t.Fatalf("got %d %s", a.StatusCode, a.body)
		}
		if at, err := strconv.ParseInt(string(m[1]), 10, 64); err != nil || at > end+1 {
			t.Errorf("the link is valid until %d, the file is kept until %d", at, end)
		}
		f.advance(6 * time.Minute)
	}
	f.must(f.keeper.Sweep(t.Context()))
	a := f.do("POST", "/json-minify-api", `{}`, "Idempotency-Key: k") // the file is gone, the answer is not
	link := regexp.MustCompile(`"file":"([^"]+)"`).FindSubmatch(a.body)
	if a.StatusCode != 200 || link == nil {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	f.wantError(f.do("GET", string(link[1]), ""), 403, "LINK_EXPIRED", "")
}
