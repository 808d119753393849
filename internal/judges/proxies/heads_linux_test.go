package proxies_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// methods get to the server, also those that only file servers know: its refusal is
// what clients see.
func methods(t *testing.T, w *world) {
	t.Helper()
	id := decode[api.Accepted](t, w.want(t, http.StatusAccepted, http.MethodPost, "/json-minify-api", "[1]", "Prefer", "respond-async").Body).JobID
	w.want(t, http.StatusOK, http.MethodHead, "/healthz", "")
	for _, method := range []string{"PROPFIND", "MKCOL", "LOCK", http.MethodPut, http.MethodPatch} {
		a := w.want(t, http.StatusMethodNotAllowed, method, "/jobs/"+id, "")
		if is := decode[api.Error](t, a.Body); is.Status != "error" || !strings.Contains(a.Header.Get("Allow"), http.MethodGet) {
			t.Errorf("%s: got %s, allowed %q, want the server's refusal", method, a, a.Header.Get("Allow"))
		}
	}
	a := w.want(t, http.StatusNoContent, http.MethodOptions, "/files/", "")
	if a.Header.Get("Tus-Version") == "" {
		t.Errorf("OPTIONS: got %s with %v", a, a.Header)
	}
	path := w.create(t, 10)
	w.want(t, http.StatusNoContent, http.MethodDelete, path, "", "Tus-Resumable", "1.0.0")
	w.want(t, http.StatusGone, http.MethodHead, path, "", "Tus-Resumable", "1.0.0")
	w.want(t, http.StatusOK, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=25")
	w.want(t, http.StatusNoContent, http.MethodDelete, "/jobs/"+id, "")
	named := w.ask(t, http.MethodGet, "/usage", "", "X-Request-Id", "6f1c2a58-3b54-4f0e-9c3c-0a4f2f6f1a11")
	if got := named.Header.Get("X-Request-Id"); got != "6f1c2a58-3b54-4f0e-9c3c-0a4f2f6f1a11" {
		t.Errorf("a call with an id has the id %q", got)
	}
}

// heads of 40 KiB pass in requests, and of 20 KiB in answers; the server refuses what is
// longer than it allows, or the proxy does, and nothing of it is done.
func heads(t *testing.T, w *world) {
	t.Helper()
	long := strings.Repeat("a", 20<<10)
	w.want(t, http.StatusOK, http.MethodGet, "/usage", "", "X-Filler-1", long, "X-Filler-2", long)
	w.want(t, http.StatusOK, http.MethodGet, "/usage?filler="+long, "")
	var query string
	for range 2 {
		id := decode[api.Accepted](t, w.want(t, http.StatusAccepted, http.MethodPost, "/json-minify-api", "[", "Prefer", "respond-async").Body).JobID
		is := decode[api.Status](t, w.want(t, http.StatusOK, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=25").Body)
		query = "/jobs?limit=1&tool=json-minify&error=" + is.Error.Code
	}
	for i := range 49 {
		query += fmt.Sprintf("&tool=%d-%s&error=%d-%s", i, long[:200], i, long[:200])
	}
	if a := w.ask(t, http.MethodGet, query, ""); a.Status != http.StatusOK || len(a.Header.Get("Link")) < len(query) {
		t.Errorf("a list with a filter of %d bytes: got %s with a Link of %d bytes", len(query), a, len(a.Header.Get("Link")))
	}
	tooLong := strings.Repeat("a", 100<<10)
	if a := w.ask(t, http.MethodGet, "/usage", "", "X-Filler", tooLong); a.Status < 400 || a.Status > 499 {
		t.Errorf("a head of 100 KiB: got %s, want it refused", a)
	}
}

// addresses of clients are what the server goes by, and not what they say: one that
// tries keys is stopped, whatever it says, and another is not.
func addresses(t *testing.T, w *world) {
	t.Helper()
	clients := map[string]*http.Client{"127.0.0.2": client(t, w.proxy.Dir, "127.0.0.2", false), "127.0.0.3": client(t, w.proxy.Dir, "127.0.0.3", false)}
	try := func(from, says string) int {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		call := w.call(http.MethodGet, "/usage", "", "X-Forwarded-For", says, "Forwarded", "for="+says, "X-Real-Ip", says)
		call.Key = "wrong"
		a, err := call.Do(ctx, clients[from])
		if err != nil {
			t.Fatal(err)
		}
		return a.Status
	}
	tries := 0
	for status := http.StatusUnauthorized; status != http.StatusTooManyRequests; tries++ {
		if tries == 1000 {
			t.Fatal("who tries a thousand keys is not stopped: the server does not see one address")
		}
		if status = try("127.0.0.3", fmt.Sprintf("127.0.0.2, 10.0.%d.%d", tries/256, tries%256)); status != http.StatusUnauthorized && status != http.StatusTooManyRequests {
			t.Fatalf("a wrong key is answered %d", status)
		}
	}
	if tries < 30 {
		t.Errorf("stopped after %d keys", tries)
	}
	if status := try("127.0.0.2", "127.0.0.3"); status != http.StatusUnauthorized {
		t.Errorf("another address is answered %d, want 401", status)
	}
}

// operators ask the server itself.
func operators(t *testing.T, w *world) {
	t.Helper()
	if a := w.ask(t, http.MethodGet, "/metrics", ""); a.Status != http.StatusNotFound && a.Status != http.StatusForbidden || strings.Contains(string(a.Body), "claimcheck_") {
		t.Errorf("metrics are shown to clients: %s", a)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call := serverproc.Call{Base: w.server.URL, Method: http.MethodGet, Path: "/metrics"}
	if a, err := call.Do(ctx, w.http); err != nil || a.Status != http.StatusOK {
		t.Errorf("the server itself: %s, %v", a, err)
	}
}
