package reach_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/reach"
	"claimcheck/internal/testneeds"
)

func TestAnAddressIsCalledAsUsual(t *testing.T) {
	base, transport, err := reach.To("https://jobs.example.org/team", "")
	if base != "https://jobs.example.org/team" || transport != http.DefaultTransport || err != nil {
		t.Errorf("%s %v %v", base, transport, err)
	}
}

func TestASocketIsCalled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are others there")
	}
	dir, err := os.MkdirTemp("", "cc-") //nolint:usetesting // a test's own folder has a path that is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.URL.Path)) }))
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	defer s.Close()
	base, transport, err := reach.To("unix:"+path, "")
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: transport}).Get(base + "/x")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if _, _, err := reach.To("unix:s", ""); err == nil || !strings.Contains(err.Error(), "whole path") {
		t.Errorf("a path that is not whole: %v", err)
	}
}

func TestAnAuthorityIsBelievedBesideTheSystems(t *testing.T) {
	dir := t.TempDir()
	cert, key := testneeds.Certificate(t, dir, 1, time.Now().Add(time.Hour))
	if _, transport, err := reach.To("https://x", cert); err != nil || transport == http.DefaultTransport {
		t.Errorf("%v %v", transport, err)
	}
	for file, want := range map[string]string{key: "has no certificate in PEM", filepath.Join(dir, "none"): "no such file"} {
		if _, _, err := reach.To("https://x", file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}
