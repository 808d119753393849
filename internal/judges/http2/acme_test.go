package http2_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/proxyproc"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// named is the name that an authority is asked for.
const named = "jobs.claimcheck.test"

// authority starts one that looks for whoever asks at two addresses; it ends with end.
func authority(t *testing.T, dir, secure, plain string) (directory string, end func()) {
	t.Helper()
	testneeds.Certificate(t, dir, 1, time.Now().Add(24*time.Hour))
	port := func(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }
	cmd := exec.CommandContext(t.Context(), testneeds.Foreign(t, "authority"), dir, port(secure), port(plain))
	cmd.Env = append(cmd.Environ(), "PEBBLE_VA_NOSLEEP=1") // it sleeps for seconds otherwise
	var told bytes.Buffer
	cmd.Stderr = &told
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end = func() {
		if !ended {
			ended = true
			_ = in.Close()
			_ = cmd.Wait()
			if t.Failed() {
				t.Logf("the authority: %s", told.Bytes())
			}
		}
	}
	t.Cleanup(end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		end()
		t.Fatalf("the authority: %v: %s", err, told.Bytes())
	}
	return strings.TrimSpace(line), end
}

// visitor calls a name at an address, and trusts what an authority gives.
func visitor(t *testing.T, dir, address string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	return &http.Client{Transport: transport, Timeout: patience}
}

// TestACME has an authority give a certificate, which it does after it has found the
// server at the port of TLS, or only at that of plain HTTP. After a crash it is shown
// without asking again.
func TestACME(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"tls-alpn-01", "http-01"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir, listen, plain := t.TempDir(), proxyproc.FreeAddress(t), proxyproc.FreeAddress(t)
			found, usual := listen, plain
			if way == "http-01" {
				found, usual = proxyproc.FreeAddress(t), usualPort(t, plain) // at the former nobody listens
			}
			directory, end := authority(t, dir, found, usual)
			o := serverproc.Options{
				Args: []string{"--listen=" + listen, "--listen-http=" + plain, "--acme=" + named, "--acme-directory=" + directory, "--acme-email=ops@claimcheck.test"},
				Env:  []string{"SSL_CERT_FILE=" + filepath.Join(dir, "cert.pem")},
			}
			s := serverproc.Start(t, o)
			client := visitor(t, dir, listen)
			first := certificate(t, client)
			if first.DNSNames[0] != named || time.Until(first.NotAfter) < 80*24*time.Hour {
				t.Errorf("the certificate is of %s, until %s", first.DNSNames, first.NotAfter)
			}
			if res, err := client.Get("https://other.claimcheck.test/healthz"); err == nil {
				_ = res.Body.Close()
				t.Error("it shows a certificate for a name that is nobody's")
			}
			private(t, filepath.Join(s.Data, "acme"))
			s.Kill()
			end()
			o.Data = s.Data
			serverproc.Start(t, o)
			if again := certificate(t, client); again.SerialNumber.Cmp(first.SerialNumber) != 0 {
				t.Errorf("after a crash the certificate is another: %s", again.SerialNumber)
			}
		})
	}
}

// usualPort is an address at which calls look as if they were made to port 80: no port is
// named in their Host.
func usualPort(t *testing.T, plain string) string {
	t.Helper()
	forward := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: plain})
		r.Out.Host, _, _ = strings.Cut(r.In.Host, ":")
	}})
	t.Cleanup(forward.Close)
	return forward.Listener.Addr().String()
}

// certificate is what the server shows.
func certificate(t *testing.T, client *http.Client) *x509.Certificate {
	t.Helper()
	res, err := client.Get("https://" + named + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
		t.Errorf("got %s %s", res.Proto, res.Status)
	}
	return res.TLS.PeerCertificates[0]
}

// private sees to it that nobody else reads what is in a folder, which has keys.
func private(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		is, err := d.Info()
		if err != nil {
			return fmt.Errorf("look at %s: %w", path, err)
		}
		if files++; is.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the permissions %s", path, is.Mode())
		}
		return nil
	})
	if err != nil || files < 3 { // itself, the account's key, the certificate
		t.Errorf("%d files in %s: %v", files, dir, err)
	}
}
