package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/auth"
)

// choosy answers 500 to what begins with bad.
func choosy(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the other side gave up
		}
		if strings.HasPrefix(string(body), "bad") {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "1")
	}))
	t.Cleanup(s.Close)
	return s
}

// TestOneOwnersInputsCloseNoEndpoint: bodies that make the endpoint fail, and
// addresses that cannot be fetched.
func TestOneOwnersInputsCloseNoEndpoint(t *testing.T) {
	t.Parallel()
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(source.Close)
	u, err := url.Parse(source.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := choosy(t)
	f := serve(t, "workers: 4\nfetch: {allow_networks: [127.0.0.0/8], allow_ports: ["+u.Port()+"]}\n"+
		"tools:\n  - {name: b, target: \""+s.URL+"\", extensions: [png]}\n  - {name: u, target: \""+s.URL+"\", extensions: [png]}\n")
	other := f.newKey(auth.NewKey{Owner: "other", Plan: "unlimited"})
	for i := range 40 {
		f.submit("b", "bad"+strconv.Itoa(i))
		f.submit("u", `{"url":"`+source.URL+`/x.png"}`, "x-source-type", "url")
	}
	f.until("an owner's jobs are held back", func() bool { return strings.Contains(f.log.String(), "is left alone by its jobs") })
	for range 5 {
		for _, path := range []string{"/b-api", "/u-api"} {
			began := time.Now()
			f.want("the other owner's call of "+path, f.call("POST", path, "good", "x-api-key", other), 200, "")
			if took := time.Since(began); took > 15*time.Second { // it waits for nobody; a call that does becomes a job after 25 s
				t.Errorf("the other owner was answered after %s", took)
			}
		}
	}
	f.want("the same owner's call of a tool whose inputs could not be fetched", f.call("POST", "/u-api", "good"), 200, "")
	if strings.Contains(f.log.String(), "target fails and is left alone") {
		t.Error("the endpoint was left alone by all")
	}
}
