package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"claimcheck/internal/cli"
	"claimcheck/internal/config"
)

// healthOf runs health against a server that answers so.
func healthOf(t *testing.T, code int, body string) (stdout string, err error) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/below/readyz" || r.Header.Get("X-Api-Key") != "" {
			t.Errorf("asked %s with %v", r.URL, r.Header)
		}
		w.Header().Set("Location", "/below/readyz")
		w.WriteHeader(code)
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	var out bytes.Buffer
	e := &cli.Env{Environ: []string{"CLAIMCHECK_URL=http://127.0.0.1:1", "CLAIMCHECK_API_KEY=secret"}, Stdout: &out}
	err = cli.Execute(t.Context(), health(e), e, []string{"--url", srv.URL + "/below/"})
	return out.String(), err
}

func TestOnlyAServerThatSaysSoIsReady(t *testing.T) {
	if out, err := healthOf(t, 200, `{"status":"ready"}`); err != nil || out != "ready\n" {
		t.Errorf("got %q, %v", out, err)
	}
	for _, c := range []struct {
		code int
		body string
		want string
	}{
		{503, `{"status":"error","error":"UNAVAILABLE","details":{"message":"The server is stopping. \u001b[2J"}}`, `: The server is stopping. \x1b[2J`},
		{404, `{"status":"ready"}`, ": HTTP 404"},
		{302, ``, ": HTTP 302"},
		{200, `<html>`, ": HTTP 200"},
		{200, `{"status":"ok"}`, ": HTTP 200"},
	} {
		out, err := healthOf(t, c.code, c.body)
		exit, ok := errors.AsType[*cli.ExitError](err)
		if !ok || exit.Code != cli.ExitFailed || out != "" || !bytes.HasSuffix([]byte(exit.What), []byte(" is not ready"+c.want)) {
			t.Errorf("%d %s: got %q, %v", c.code, c.body, out, err)
		}
	}
}

func TestAServerThatIsSilentIsNotReady(t *testing.T) {
	ended := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-ended:
		case <-r.Context().Done():
		}
	}))
	defer srv.Close()
	defer close(ended)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // as the deadline does
	if err := ready(ctx, srv.URL, http.DefaultTransport); err == nil {
		t.Error("it is ready")
	}
}

func TestTheServerOfTheseSettingsIsAsked(t *testing.T) {
	for _, c := range []struct{ listen, operator, want string }{
		{"127.0.0.1:8080", "", "http://127.0.0.1:8080"},
		{"0.0.0.0:80", "", "http://127.0.0.1:80"},
		{":80", "", "http://127.0.0.1:80"},
		{"[::]:80", "", "http://[::1]:80"},
		{"localhost:80", "", "http://localhost:80"},
		{"0.0.0.0:80", "0.0.0.0:9090", "http://127.0.0.1:9090"},
		{"127.0.0.1:0", "", "127.0.0.1:0"}, // which is no address of a server
	} {
		if got := listeningAt(&config.Config{Listen: c.listen, OperatorListen: c.operator}); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.listen, c.operator, got, c.want)
		}
	}
}
