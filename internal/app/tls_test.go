package app_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/testneeds"
)

// secure is a server with a certificate of its own in dir, and a client that trusts
// it, whose connections are counted.
func secure(t *testing.T, yaml string) (f *fixture, dir string, client *http.Client, dialed *atomic.Int64) {
	t.Helper()
	dir = t.TempDir()
	cert, key := testneeds.Certificate(t, dir, 1, time.Now().Add(24*time.Hour))
	f = serve(t, "tls_cert: "+cert+"\ntls_key: "+key+"\n"+yaml)
	client, dialed = trusting(t, cert)
	return f, dir, client, dialed
}

// trusting is a client that trusts a certificate, and speaks HTTP/2.
func trusting(t *testing.T, cert string) (*http.Client, *atomic.Int64) {
	t.Helper()
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("no certificate")
	}
	var dialed atomic.Int64
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}, &dialed
}

// transportOf is what a client of trusting calls over.
func transportOf(c *http.Client) *http.Transport {
	return c.Transport.(*http.Transport) //nolint:errcheck // see trusting
}

// by makes a call with another client, and returns the whole answer.
func (f *fixture) by(c *http.Client, method, path, body string, headers ...string) (answer, *http.Response) {
	f.t.Helper()
	res := f.open(f.t.Context(), c, method, path, strings.NewReader(body), headers...)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b}, res
}

// said is the status and the body of an answer, and an error, as one text; it may be
// called by any goroutine.
func (f *fixture) said(c *http.Client, path, prefer string) string {
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.url+path, http.NoBody)
	if err != nil {
		return err.Error()
	}
	req.Header.Set("x-api-key", f.key)
	req.Header.Set("Prefer", prefer)
	res, err := c.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return fmt.Sprint(res.StatusCode, string(text), err)
}

// open makes a call whose answer is read later.
func (f *fixture) open(ctx context.Context, c *http.Client, method, path string, body io.Reader, headers ...string) *http.Response {
	f.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, f.url+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("x-api-key", f.key)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	return res
}

func TestTLSOfItsOwn(t *testing.T) {
	t.Parallel()
	f, dir, client, _ := secure(t, "listen_http: 127.0.0.1:0\n")
	if !strings.HasPrefix(f.url, "https://127.0.0.1:") {
		t.Fatalf("the server is at %s", f.url)
	}
	a, res := f.by(client, "POST", "/json-minify-api", "[1, 2]", "Prefer", "respond-async")
	var accepted api.Accepted
	a.decode(t, &accepted)
	if res.ProtoMajor != 2 || !strings.HasPrefix(accepted.StatusURL, f.url+"/jobs/") || res.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%s %s with %x", res.Proto, a.body, res.TLS.Version)
	}
	old := transportOf(client).Clone()
	old.TLSClientConfig.MaxVersion = tls.VersionTLS11
	old.TLSClientConfig.MinVersion = tls.VersionTLS10
	if _, err := (&http.Client{Transport: old}).Get(f.url + "/healthz"); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
	one := transportOf(client).Clone()
	one.Protocols = new(http.Protocols)
	one.Protocols.SetHTTP1(true)
	one.TLSClientConfig.NextProtos = nil
	if _, res := f.by(&http.Client{Transport: one}, "GET", "/usage", ""); res.ProtoMajor != 1 || res.StatusCode != 200 {
		t.Errorf("HTTP/1.1: %s %s", res.Proto, res.Status)
	}

	// The files change under a held request, which goes on; new connections see the new ones.
	ends := time.Now().Add(36 * time.Hour)
	testneeds.Certificate(t, dir, 2, ends)
	fresh, _ := trusting(t, filepath.Join(dir, "cert.pem"))
	f.until("the new certificate", func() bool {
		res, err := fresh.Get(f.url + "/healthz")
		return err == nil && res.Body.Close() == nil
	})
	metrics, _ := f.by(fresh, "GET", "/metrics", "")
	if want := "claimcheck_tls_certificate_expiry_seconds " + strconv.FormatFloat(float64(ends.Unix()), 'g', -1, 64); !strings.Contains(string(metrics.body), want) {
		t.Errorf("metrics have %s, want %s", regexp.MustCompile(`claimcheck_tls.*`).FindAll(metrics.body, -1), want)
	}

	// A broken one keeps the old, and SIGHUP has it looked at too.
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.hup <- syscall.SIGHUP
	f.until("the failure is logged", func() bool { return strings.Contains(f.log.String(), "the new certificate cannot be used") })
	fresh.CloseIdleConnections()
	f.until("the failure is counted", func() bool { // metrics are gathered once a second
		metrics, _ = f.by(fresh, "GET", "/metrics", "")
		return regexp.MustCompile(`(?m)^claimcheck_tls_reload_failures_total [1-9]`).Match(metrics.body)
	})
}

// TestACertificateThatHasEnded is shown all the same, and said: the server's clients say
// only that they refuse it.
func TestACertificateThatHasEnded(t *testing.T) {
	t.Parallel()
	cert, key := testneeds.Certificate(t, t.TempDir(), 1, time.Now().Add(-time.Hour))
	f := serve(t, "tls_cert: "+cert+"\ntls_key: "+key+"\n")
	if said := f.log.String(); !strings.Contains(said, "the certificate has ended") {
		t.Errorf("it says %s", said)
	}
}

func TestPlainHTTPBesideTLS(t *testing.T) {
	t.Parallel()
	f, _, _, _ := secure(t, "listen_http: 127.0.0.1:0\n")
	plain := f.server.PlainURL()
	never := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := never.Get(plain + "/console/?a=1")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if want := f.url + "/console/?a=1"; res.StatusCode != 308 || res.Header.Get("Location") != want {
		t.Errorf("%s to %s, want %s", res.Status, res.Header.Get("Location"), want)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, plain+"/json-minify-api", strings.NewReader("[1]"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-api-key", f.key)
	if a := f.do(req); a.status != 403 || !strings.Contains(string(a.body), "HTTPS_REQUIRED") || a.header.Get("Location") != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	f.stop()
	if _, err := never.Get(plain); err == nil {
		t.Error("it answers after the server's end")
	}
}

// TestSevenStreamsOnOneConnection, a held poll, an upload and a refusal: none waits for
// another, and one connection has them all.
func TestSevenStreamsOnOneConnection(t *testing.T) {
	t.Parallel()
	f, _, client, dialed := secure(t, pullConfig+"plans: {unlimited: {max_input_bytes: 100000}}\n")
	ctx, end := context.WithTimeout(t.Context(), time.Minute)
	defer end()
	var ids []string
	var watching sync.WaitGroup
	begun := make(chan struct{}, 7)
	last := make([]string, 7)
	for i := range 7 {
		a, _ := f.by(client, "POST", "/transcribe-api", "x", "Prefer", "respond-async")
		var accepted api.Accepted
		a.decode(t, &accepted)
		ids = append(ids, accepted.JobID)
		res := f.open(ctx, client, "GET", "/jobs/"+accepted.JobID+"/events", http.NoBody)
		watching.Go(func() {
			defer res.Body.Close()
			lines := bufio.NewScanner(res.Body)
			for n := 0; lines.Scan(); n++ {
				if n == 0 {
					begun <- struct{}{}
				}
				if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					last[i] = text
				}
			}
		})
	}
	for range 7 {
		<-begun
	}
	held := make(chan *http.Response, 1)
	go func() {
		held <- f.open(ctx, client, "GET", "/jobs/"+ids[0], http.NoBody, "Prefer", "wait=30")
	}()

	// A body that is refused while it is sent, and one that arrives in parts.
	endless, w := io.Pipe()
	go func() {
		for {
			if _, err := w.Write(make([]byte, 1<<14)); err != nil {
				return
			}
		}
	}()
	res := f.open(ctx, client, "POST", "/json-minify-api", endless)
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "PAYLOAD_TOO_LARGE") {
		t.Errorf("an endless body: %s %s", res.Status, text)
	}
	made, _ := f.by(client, "POST", "/files/", "", "Tus-Resumable", "1.0.0", "Upload-Length", "6", "Upload-Metadata", "filename YS5qc29u")
	at := strings.TrimPrefix(made.header.Get("Location"), f.url)
	for offset, piece := range map[string]string{"0": "[1,", "3": " 2]"} {
		if offset == "3" {
			continue
		}
		f.by(client, "PATCH", at, piece, "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", offset)
	}
	done, _ := f.by(client, "PATCH", at, " 2]", "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "3")
	if done.header.Get("Upload-Offset") != "6" {
		t.Errorf("the upload: %d %s", done.status, done.header)
	}

	worker := f.workKey("transcribe")
	for len(ids) > 0 {
		a, _ := f.by(client, "POST", "/work/claim", `{"max":7,"wait":20}`, "x-api-key", worker)
		var leases api.WorkLeases
		a.decode(t, &leases)
		for _, l := range leases.Leases {
			f.by(client, "POST", "/work/"+l.Lease+"/finish", `{"result":{"ok":true}}`, "x-api-key", worker)
			ids = ids[1:]
		}
	}
	watching.Wait()
	for i, text := range last {
		if !strings.Contains(text, `"status":"success"`) {
			t.Errorf("stream %d ended with %s", i, text)
		}
	}
	res = <-held
	if text, _ := io.ReadAll(res.Body); res.ProtoMajor != 2 || !strings.Contains(string(text), `"success"`) {
		t.Errorf("the held poll: %s %s", res.Proto, text)
	}
	_ = res.Body.Close()
	if dialed.Load() != 1 {
		t.Errorf("there were %d connections", dialed.Load())
	}
}

// TestAServerThatStopsEndsHTTP2InOrder: held requests are answered, and an event
// stream is cut off by itself, as everywhere, so that its client comes again.
func TestAServerThatStopsEndsHTTP2InOrder(t *testing.T) {
	t.Parallel()
	f, _, client, _ := secure(t, pullConfig+"plans: {unlimited: {max_held: 2}}\n")
	a, _ := f.by(client, "POST", "/transcribe-api", "x", "Prefer", "respond-async")
	var accepted api.Accepted
	a.decode(t, &accepted)
	stream := f.open(t.Context(), client, "GET", "/jobs/"+accepted.JobID+"/events", http.NoBody)
	defer stream.Body.Close()
	events := bufio.NewReader(stream.Body)
	if _, err := events.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	held := make(chan string, 1)
	go func() {
		said := "429"
		for strings.HasPrefix(said, "429") { // there was no room beside the question below
			said = f.said(client, "/jobs/"+accepted.JobID, "wait=30")
		}
		held <- said
	}()
	f.until("the poll is held", func() bool { // a third one is refused then
		return strings.HasPrefix(f.said(client, "/jobs/"+accepted.JobID, "wait=1"), "429")
	})
	f.stop()
	if got := <-held; !strings.HasPrefix(got, "200") || !strings.HasSuffix(got, "<nil>") || !strings.Contains(got, `"queued"`) {
		t.Errorf("the held poll: %s", got)
	}
	if _, err := io.ReadAll(events); err == nil {
		t.Error("the stream looks as if the job had ended")
	}
}
