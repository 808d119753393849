package testneeds_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// TestAProxysAnswerMayBeginBeforeTheBodyEnds: the client sends the rest of its body
// when it has seen the answer begin, and the server ends the answer when it has that.
func TestAProxysAnswerMayBeginBeforeTheBodyEnds(t *testing.T) {
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, "begun, ") // what came is looked at below
		if err := rc.Flush(); err != nil {
			t.Error(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the body was cut: %v", err)
		}
		_, _ = w.Write(body) // the same
	}))
	defer back.Close()
	to, err := url.Parse(back.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(testneeds.Proxy(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, FlushInterval: -1}))
	defer front.Close()

	body, rest := io.Pipe()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, front.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(rest, "first, ") }() // the same
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	go func() {
		_, err := io.WriteString(rest, "rest")
		_ = rest.CloseWithError(err) // it returns none
	}()
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != "begun, first, rest" {
		t.Errorf("got %q, %v", got, err)
	}
}
