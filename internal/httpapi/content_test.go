package httpapi_test

import (
	"strings"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/coding/codingtest"
)

// packed applies one coding.
func packed(t *testing.T, coding, text string) string {
	t.Helper()
	return string(codingtest.Encode(t, []byte(text), coding))
}

func TestAnEncodedBodyIsWorkedOnAsWhatItSays(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	large := `{"a": "` + strings.Repeat("naïve ", 20_000) + `"}` // is spooled to a file
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		for name, text := range map[string]string{"small": `{"a": 1}`, "large": large} {
			a := f.do("POST", "/json-minify-api", packed(t, coding, text), "Content-Encoding: "+coding)
			if a.StatusCode != 200 {
				t.Fatalf("%s, %s: %d %s", coding, name, a.StatusCode, a.body)
			}
			if got := f.do("GET", a.text(t, "file"), "", "x-api-key: ").body; string(got) != strings.Replace(text, ": ", ":", 1) {
				t.Errorf("%s, %s: %.100s", coding, name, got)
			}
		}
	}
	twice := packed(t, "br", packed(t, "gzip", `{"a": 2}`))
	if a := f.do("POST", "/json-minify-api", twice, "Content-Encoding: identity, GZIP, Br"); a.StatusCode != 200 {
		t.Errorf("two codings: %d %s", a.StatusCode, a.body)
	}
	if a := f.do("POST", "/json-minify-api", packed(t, "zstd", `{"a": 3}`), async, "Content-Encoding: zstd"); f.finished(a.text(t, "job_id")).text(t, "status") != "success" {
		t.Error("a job of an encoded body failed")
	}
	if a := f.do("POST", "/upload-api", packed(t, "gzip", `{"filename":"a.json"}`), "Content-Encoding: gzip"); a.StatusCode != 200 {
		t.Errorf("another call with a body: %d %s", a.StatusCode, a.body)
	}
	f.wantError(f.do("POST", "/json-minify-api", packed(t, "gzip", `{"url":7}`), "Content-Encoding: gzip", "x-source-type: url"), 400, "INVALID_REQUEST", "")
	f.wantError(f.do("POST", "/json-minify-api", packed(t, "gzip", ""), "Content-Encoding: gzip"), 400, "INVALID_REQUEST", "The body is empty; send the input as the request body.")
}

func TestAnUnknownEncodingIsRefusedAndNotCharged(t *testing.T) {
	f := newFixture(t, options{})
	for path, body := range map[string]string{"/json-minify-api": `{}`, "/webhooks": `{}`, "/uploads": "x"} {
		a := f.do("POST", path, body, "Content-Encoding: gzip, Compress", "Content-Type: multipart/form-data; boundary=x")
		f.wantError(a, 415, "UNSUPPORTED_ENCODING", "The content encoding compress is not supported; use gzip, deflate, br, zstd, or none.")
		if got := a.Header.Get("Accept-Encoding"); got != "gzip, deflate, br, zstd" {
			t.Errorf("%s: Accept-Encoding %q", path, got)
		}
	}
	if a := f.do("POST", "/uploads", "x", "Content-Type: text/plain"); a.Header.Get("Accept-Encoding") != "" {
		t.Error("another 415 has Accept-Encoding")
	}
	if a := f.do("GET", "/usage", ""); !strings.Contains(string(a.body), `"jobs":{"used":0,`) {
		t.Errorf("charged: %s", a.body)
	}
}

func TestABrokenEncodingIsTheCallersFault(t *testing.T) {
	f := newFixture(t, options{})
	whole := packed(t, "gzip", strings.Repeat(`{"a": 1}`, 50_000))
	for name, body := range map[string]string{"cut": whole[:len(whole)-5], "text": `{"a": 1}`, "more": whole + "x"} {
		f.wantError(f.do("POST", "/json-minify-api", body, "Content-Encoding: gzip"), 400, "INVALID_REQUEST",
			"The body is not valid gzip, which its Content-Encoding says it is.")
		if a := f.do("POST", "/webhooks", body, "Content-Encoding: gzip"); a.StatusCode != map[string]int{"cut": 413, "text": 400, "more": 413}[name] {
			t.Errorf("%s, to a call that takes less: %d %s", name, a.StatusCode, a.body)
		}
	}
	if a := f.do("GET", "/usage", ""); !strings.Contains(string(a.body), `"jobs":{"used":0,`) {
		t.Errorf("charged: %s", a.body)
	}
}

func TestTheLimitIsOfDecodedBytes(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxInputBytes: 100_000}})
	inside, beyond := `"`+strings.Repeat("x", 99_998)+`"`, `"`+strings.Repeat("x", 99_999)+`"`
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		if a := f.do("POST", "/json-minify-api", packed(t, coding, inside), "Content-Encoding: "+coding); a.StatusCode != 200 {
			t.Errorf("%s, inside: %d %s", coding, a.StatusCode, a.body)
		}
		for name, text := range map[string]string{"just beyond": beyond, "a bomb": strings.Repeat("x", 8<<20)} {
			a := f.do("POST", "/json-minify-api", packed(t, coding, text), "Content-Encoding: "+coding)
			f.wantError(a, 413, "PAYLOAD_TOO_LARGE", "")
			if t.Failed() {
				t.Fatal(coding, name)
			}
		}
	}
}

func TestTheSameBodyEncodedIsTheSameRequest(t *testing.T) {
	f := newFixture(t, options{})
	const text = `{"a": 1}`
	first := f.do("POST", "/json-minify-api", text, async, "Idempotency-Key: one").text(t, "job_id")
	for _, coding := range []string{"gzip", "br"} {
		a := f.do("POST", "/json-minify-api", packed(t, coding, text), async, "Idempotency-Key: one", "Content-Encoding: "+coding)
		if a.StatusCode != 202 || a.text(t, "job_id") != first || a.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %d %s", coding, a.StatusCode, a.body)
		}
	}
	f.wantError(f.do("POST", "/json-minify-api", packed(t, "gzip", `{"a": 2}`), async, "Idempotency-Key: one", "Content-Encoding: gzip"), 422, "IDEMPOTENCY_CONFLICT", "")
}
