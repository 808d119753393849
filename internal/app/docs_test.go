package app_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"
	"testing"
)

// TestTheDocsAreOfTheToolsThatThereAre asks without a key, before and after a
// reload, and holds the page's style to the policy that lets it in.
func TestTheDocsAreOfTheToolsThatThereAre(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, configOf(s))
	page := func() string {
		a := f.call("GET", "/docs", "", "x-api-key", "")
		f.want("the page", a, 200, "")
		_, after, _ := strings.Cut(string(a.body), "<style>")
		style, _, _ := strings.Cut(after, "</style>")
		sum := sha256.Sum256([]byte(style))
		policy := a.header.Get("Content-Security-Policy")
		if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(policy, want) || !strings.Contains(policy, "default-src 'none';") {
			t.Errorf("the policy is %s, want %s", policy, want)
		}
		return string(a.body)
	}
	for _, want := range []string{"/thumb-api", "/json-formatter-api", `id="getJob"`, "/openapi.json", `href="console/"`} {
		if !strings.Contains(page(), want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	f.reload("tools:\n  - name: late\n    target: "+s.URL+"\n", reloaded)
	if p := page(); !strings.Contains(p, "/late-api") || strings.Contains(p, "/thumb-api") {
		t.Error("after a reload the page is of the tools that were")
	}
}

// TestTheDescriptionComesCompressed asks for the description and the page as browsers do.
func TestTheDescriptionComesCompressed(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	for _, path := range []string{"/openapi.json", "/docs"} {
		plain := f.call("GET", path, "", "Accept-Encoding", "identity")
		coded := f.call("GET", path, "", "Accept-Encoding", "gzip")
		if got := coded.header.Get("Content-Encoding"); got != "gzip" || coded.header.Get("Vary") == "" || plain.header.Get("Content-Encoding") != "" || plain.header.Get("Vary") == "" {
			t.Fatalf("%s: came in %q and in %q, by %q", path, got, plain.header.Get("Content-Encoding"), plain.header.Values("Vary"))
		}
		z, err := gzip.NewReader(bytes.NewReader(coded.body))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(z); err != nil || !bytes.Equal(text, plain.body) || len(coded.body)*4 > len(text) {
			t.Errorf("%s: %d bytes, %v, in %d coded; want the %d", path, len(text), err, len(coded.body), len(plain.body))
		}
	}
}
