package judges_test

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/proxyproc"
)

// apacheDeflate compresses whatever its clients let it.
func apacheDeflate(dir, listen, server string) (string, []string) {
	config, args := apache(dir, listen, server)
	modules := ""
	for _, name := range []string{"filter", "deflate"} {
		modules += "LoadModule " + name + "_module /usr/lib/apache2/modules/mod_" + name + ".so\n"
	}
	return modules + config + "SetOutputFilter DEFLATE\n", args
}

// lighttpdDeflate compresses JSON.
func lighttpdDeflate(dir, listen, server string) (string, []string) {
	host, port, _ := strings.Cut(listen, ":")
	to, toPort, _ := strings.Cut(server, ":")
	return `server.document-root = "` + dir + `"
server.bind = "` + host + `"
server.port = ` + port + `
server.modules = ("mod_proxy", "mod_deflate")
deflate.mimetypes = ("application/json")
deflate.allowed-encodings = ("gzip", "br", "deflate")
proxy.server = ("" => (("host" => "` + to + `", "port" => ` + toPort + `)))
`, []string{"-D", "-f", filepath.Join(dir, proxyConfig)}
}

var compressing = []proxy{
	{"Apache", proxyproc.Apache, apacheDeflate},
	{"lighttpd", proxyproc.Program{Name: "lighttpd", Paths: []string{"lighttpd", "/usr/sbin/lighttpd"}, Apt: "lighttpd-mod-deflate"}, lighttpdDeflate},
}

// TestConditionalLongPollsWaitBehindCompressingProxies: these proxies change the
// tags that their clients send back, and a poll that is answered at once because
// of that is asked again at once.
func TestConditionalLongPollsWaitBehindCompressingProxies(t *testing.T) {
	t.Parallel()
	for i := range compressing {
		p := &compressing[i]
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, "", "--workers=1")
			s.submit(t, sleepTool, "10m")
			job := s.submit(t, sleepTool, "1s") // waits: nothing of it changes
			at := behind(t, p, s.URL)
			poll := func(tag string) (*http.Response, time.Duration) {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/jobs/"+job+"?view=full", nil)
				if err != nil {
					t.Fatal(err)
				}
				for name, value := range map[string]string{"x-api-key": s.key, "Accept-Encoding": "gzip", "If-None-Match": tag, "Prefer": "wait=2"} {
					if tag != "" || name != "If-None-Match" && name != "Prefer" {
						r.Header.Set(name, value)
					}
				}
				began := time.Now()
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				if _, err := io.Copy(io.Discard, res.Body); err != nil {
					t.Fatal(err)
				}
				return res, time.Since(began)
			}
			first, _ := poll("")
			tag := first.Header.Get("ETag")
			if first.StatusCode != http.StatusOK || !strings.HasSuffix(tag, `-gzip"`) {
				t.Fatalf("got %d with the tag %s, want one that the proxy has changed", first.StatusCode, tag)
			}
			for range 2 {
				if res, took := poll(tag); res.StatusCode != http.StatusNotModified || took < 2*time.Second {
					t.Errorf("got %d after %s, want 304 after two seconds", res.StatusCode, took)
				}
			}
		})
	}
}
