package console_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/config"
	"claimcheck/internal/console"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/queue"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/webhook"
)

// A fixture is a whole server in this process.
type fixture struct {
	t   *testing.T
	url string
	key string // of an owner
}

func serve(t *testing.T, flags ...string) *fixture {
	t.Helper()
	args := append([]string{"--listen=127.0.0.1:0", "--data=" + serverproc.Folder(t)}, flags...)
	cfg, err := config.Load(args, config.Sources{ReadFile: os.ReadFile, Judges: app.Judges()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Open(t.Context(), cfg, "test", &serverproc.Log{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.RunReloading(ctx, app.Reloading{}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	made, err := s.Operator().CreateKey(t.Context(), auth.NewKey{Owner: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{t: t, url: s.URL(), key: made.Secret}
}

// An answer is what the server said, its body as it came.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks for a path, with fields of names and values in turn, as nobody.
func (f *fixture) get(path string, fields ...string) answer {
	f.t.Helper()
	return f.call(http.MethodGet, path, fields...)
}

func (f *fixture) call(method, path string, fields ...string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, http.NoBody)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity") // unless the fields say otherwise: the client adds one of its own to none
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows nothing
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body}
}

// wantHeader holds fields of an answer to what they are to be; empty: absent.
func wantHeader(t *testing.T, what string, a answer, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := strings.Join(a.header.Values(name), ", "); got != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got, value)
		}
	}
}

const browserAccepts = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

func TestABrowserIsLedToTheConsole(t *testing.T) {
	f := serve(t)
	for _, c := range []struct {
		method, path, accept, key string
		status                    int
		location, said            string
	}{
		{"GET", "/", browserAccepts, "", http.StatusSeeOther, "/console/", ""},
		{"HEAD", "/", browserAccepts, "", http.StatusSeeOther, "/console/", ""},
		{"GET", "/", "text/html", f.key, http.StatusSeeOther, "/console/", ""},
		{"GET", "/", "", "", http.StatusUnauthorized, "", `"error":"UNAUTHORIZED"`},
		{"GET", "/", "*/*", "", http.StatusUnauthorized, "", `"error":"UNAUTHORIZED"`},
		{"GET", "/", "text/html;q=0", "", http.StatusUnauthorized, "", `"error":"UNAUTHORIZED"`},
		{"GET", "/", "application/json", f.key, http.StatusNotFound, "", `"error":"NOT_FOUND"`},
		{"POST", "/", browserAccepts, "", http.StatusUnauthorized, "", `"error":"UNAUTHORIZED"`},
		{"POST", "/", browserAccepts, f.key, http.StatusNotFound, "", `"error":"NOT_FOUND"`},
		{"GET", "/console", "*/*", "", http.StatusSeeOther, "/console/", ""},
		{"POST", "/console/", "*/*", "", http.StatusMethodNotAllowed, "", `"allow":"GET, HEAD"`},
		{"GET", "/consoles", browserAccepts, "", http.StatusUnauthorized, "", `"error":"UNAUTHORIZED"`},
	} {
		fields := []string{"Accept", c.accept}
		if c.key != "" {
			fields = append(fields, "x-api-key", c.key)
		}
		a := f.call(c.method, c.path, fields...)
		if a.status != c.status || a.header.Get("Location") != c.location || !strings.Contains(string(a.body), c.said) {
			t.Errorf("%s %s, Accept %q, key %t: %d %q %s; want %d %q %s", c.method, c.path, c.accept, c.key != "", a.status, a.header.Get("Location"), a.body, c.status, c.location, c.said)
		}
	}
	wantHeader(t, "/", f.get("/", "Accept", "*/*"), map[string]string{"Vary": "Accept"})
}

// TestThePageIsGuarded checks what a browser is told to forbid.
func TestThePageIsGuarded(t *testing.T) {
	f := serve(t)
	for _, path := range []string{"/console/", "/console/jobs", "/console/jobs/0192b8a4-7c1e-7000-8000-000000000000", "/console/admin/keys"} {
		a := f.get(path)
		if a.status != http.StatusOK || !bytes.HasPrefix(a.body, []byte("<!doctype html>")) {
			t.Fatalf("%s: %d %.100s", path, a.status, a.body)
		}
		wantHeader(t, path, a, map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Vary": "Accept-Encoding", "Set-Cookie": "", "Access-Control-Allow-Origin": "",
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
				"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
		})
		for _, feature := range []string{"camera=()", "geolocation=()", "microphone=()"} {
			if got := a.header.Get("Permissions-Policy"); !strings.Contains(got, feature) {
				t.Errorf("Permissions-Policy is %q, without %s", got, feature)
			}
		}
		for _, forbidden := range []string{"<script>", " style=", "<style", " onload=", "javascript:"} {
			if bytes.Contains(a.body, []byte(forbidden)) {
				t.Errorf("%s has %q, which its policy forbids", path, forbidden)
			}
		}
	}
}

// refers finds what a page loads.
var refers = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

// TestWhatThePageLoadsIsThere follows the page's addresses from paths of every
// depth, as a browser does.
func TestWhatThePageLoadsIsThere(t *testing.T) {
	f := serve(t)
	for path, up := range map[string]string{"/console/": "../", "/console/jobs": "../", "/console/jobs/x": "../../", "/console/admin/jobs/x": "../../../"} {
		found := refers.FindAllSubmatch(f.get(path).body, -1)
		if len(found) < 2 {
			t.Fatalf("%s loads %q, want a script and a style at least", path, found)
		}
		for _, m := range found {
			name, below := strings.CutPrefix(string(m[1]), up)
			if !below || strings.HasPrefix(name, ".") {
				t.Errorf("%s refers to %s, want it to begin with %s", path, m[1], up)
			}
			a := f.get("/" + name)
			if name == "docs" { // is for people as well, and not the console's
				continue
			}
			if a.status != http.StatusOK || len(a.body) == 0 {
				t.Errorf("%s: %d", name, a.status)
			}
			wantHeader(t, name, a, map[string]string{"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"})
			if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/") && kind != "image/svg+xml" {
				t.Errorf("%s is %q", name, kind)
			}
		}
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	f := serve(t)
	for _, path := range []string{"/console/assets/nothing.js", "/console/assets/", "/console/assets/../index.html", "/console/assets/a/b.js", "/console/1/2/3/4/5/6", "/console/assets/%2e%2e/index.html"} {
		a := f.get(path)
		if a.status != http.StatusNotFound || !bytes.Contains(a.body, []byte(`"error":"NOT_FOUND"`)) {
			t.Errorf("%s: %d %.100s, want it not found", path, a.status, a.body)
		}
		wantHeader(t, path, a, map[string]string{"Cache-Control": "no-store", "ETag": ""})
	}
}

func TestTheConsoleIsSwitchedOff(t *testing.T) {
	f := serve(t, "--console=false")
	for _, c := range []struct{ path, key string }{{"/", ""}, {"/console/", ""}, {"/console", ""}} {
		if a := f.get(c.path, "Accept", browserAccepts); a.status != http.StatusUnauthorized {
			t.Errorf("%s: %d, want it to be like any path that is not there", c.path, a.status)
		}
		if a := f.get(c.path, "Accept", browserAccepts, "x-api-key", f.key); a.status != http.StatusNotFound {
			t.Errorf("%s with a key: %d, want 404", c.path, a.status)
		}
	}
}

func TestWhatIsKeptIsAskedForAgain(t *testing.T) {
	f := serve(t)
	asset := "/" + strings.TrimPrefix(string(refers.FindSubmatch(f.get("/console/").body)[1]), "../")
	for _, path := range []string{"/console/", asset} {
		for _, coding := range []string{"identity", "gzip", "br"} {
			first := f.get(path, "Accept-Encoding", coding)
			tag := first.header.Get("ETag")
			again := f.get(path, "Accept-Encoding", coding, "If-None-Match", tag)
			if again.status != http.StatusNotModified || len(again.body) > 0 {
				t.Errorf("%s in %s with its tag: %d and %d bytes, want 304", path, coding, again.status, len(again.body))
			}
			wantHeader(t, path, again, map[string]string{"ETag": tag, "Vary": "Accept-Encoding", "Cache-Control": first.header.Get("Cache-Control"), "Content-Encoding": ""})
			if other := f.get(path, "If-None-Match", `"x"`); other.status != http.StatusOK {
				t.Errorf("%s with another tag: %d, want 200", path, other.status)
			}
			head := f.call(http.MethodHead, path, "Accept-Encoding", coding)
			if head.status != http.StatusOK || len(head.body) > 0 || head.header.Get("ETag") != tag || head.header.Get("Content-Encoding") != first.header.Get("Content-Encoding") {
				t.Errorf("HEAD %s: %d, %d bytes, %v", path, head.status, len(head.body), head.header)
			}
		}
	}
}

func TestFilesComeInTheBestCodingThatIsTaken(t *testing.T) {
	f := serve(t)
	path := largest(t)
	plain := f.get("/console/" + path).body
	tags := map[string]bool{}
	for accept, want := range map[string]string{
		"gzip, deflate, br, zstd": "br", "gzip": "gzip", "GZIP;q=0.5": "gzip", "*": "br", "*, br;q=0": "gzip", "gzip;q=1, br;q=0.2": "gzip",
		"identity": "", "deflate": "", "br;q=0, gzip;q=0": "", "br;q=x": "", "br;q=2": "", "br;q=0.5, identity": "", "": "",
	} {
		a := f.get("/console/"+path, "Accept-Encoding", accept)
		if got := a.header.Get("Content-Encoding"); got != want {
			t.Errorf("%q: came in %q, want %q", accept, got, want)
			continue
		}
		tags[a.header.Get("ETag")] = true
		var r io.Reader = bytes.NewReader(a.body)
		var err error
		switch want {
		case "br":
			r = brotli.NewReader(r)
		case "gzip":
			if r, err = gzip.NewReader(r); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := io.ReadAll(r); err != nil || !bytes.Equal(text, plain) {
			t.Errorf("%q: %d bytes, %v, want the file's %d", accept, len(text), err, len(plain))
		}
		if want != "" && len(a.body)*2 > len(plain) {
			t.Errorf("%s: %d bytes of %d", want, len(a.body), len(plain))
		}
	}
	if len(tags) != 3 {
		t.Errorf("the tags are %v, want one for each coding", tags)
	}
}

// largest is the path of the largest file of the bundle.
func largest(t *testing.T) (name string) {
	t.Helper()
	var most int64
	err := fs.WalkDir(os.DirFS("dist"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > most {
			name, most = path, info.Size()
		}
		return err
	})
	if err != nil || name == "" {
		t.Fatalf("no files: %v", err)
	}
	return filepath.ToSlash(name)
}

// TestThePageMayCallTheUploadsStorage: with a bucket clients post their files to
// it, and to nothing else.
func TestThePageMayCallTheUploadsStorage(t *testing.T) {
	b := blobtest.StartBucket(t)
	t.Setenv("AWS_ACCESS_KEY_ID", blobtest.BucketAccess)
	t.Setenv("AWS_SECRET_ACCESS_KEY", blobtest.BucketSecret)
	f := serve(t, "--blobs=s3://"+blobtest.BucketName+"?endpoint="+b.Endpoint)
	if got := f.get("/console/").header.Get("Content-Security-Policy"); !strings.Contains(got, " connect-src 'self' "+b.Endpoint+"; ") {
		t.Errorf("the policy is %q, want it to allow calls of %s", got, b.Endpoint)
	}
}

type unobserved struct{}

func (unobserved) Answered(string, int, time.Duration, string) {}

// TestWorkersShowNothing: the console is on servers that answer clients.
func TestWorkersShowNothing(t *testing.T) {
	for noAPI, want := range map[bool]int{false: http.StatusOK, true: http.StatusUnauthorized} {
		keys := auth.New(nil, time.Now, nil, 0)
		s := httpapi.New(httpapi.Config{
			NoAPI: noAPI, Dialects: []httpapi.Mount{console.Mount(console.Options{})}, Keys: keys, Observer: unobserved{}, Now: time.Now,
			Queue: &queue.Queue{}, Webhooks: &webhook.Endpoints{}, Stopping: t.Context(),
		})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/console/", http.NoBody))
		if w.Code != want {
			t.Errorf("NoAPI %t: %d, want %d", noAPI, w.Code, want)
		}
	}
}
