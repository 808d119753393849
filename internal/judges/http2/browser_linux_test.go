package http2_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// TestSevenStreamsInOneBrowser has one page follow seven jobs at once: by HTTP/1.1 a
// browser would open six streams, and the seventh when one of them has ended.
func TestSevenStreamsInOneBrowser(t *testing.T) {
	t.Parallel()
	said := make(chan string, 2)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && r.URL.Path == "/":
			http.ServeFile(w, r, "testdata/seven.html")
		case r.Method == http.MethodPost:
			if text, err := io.ReadAll(r.Body); err == nil {
				said <- string(text)
			}
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer page.Close()
	s := start(t, "--cors-origins="+page.URL)
	var addresses []string
	for _, id := range s.waiting(t, streams) {
		var is struct{ Token string }
		if err := json.Unmarshal(s.post(t, http.StatusOK, "/jobs/"+id+"/token", ""), &is); err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, s.URL+"/jobs/"+id+"/events?access_token="+url.QueryEscape(is.Token))
	}
	text, err := json.Marshal(addresses)
	if err != nil {
		t.Fatal(err)
	}
	testneeds.Browse(t, page.URL+"/#"+url.PathEscape(string(text)), "--ignore-certificate-errors")
	next := func(want string) string {
		t.Helper()
		select {
		case text := <-said:
			return text
		case <-time.After(patience):
			t.Fatalf("the page has not said that the streams %s", want)
			return ""
		}
	}
	if is := next("have begun"); is != "begun" {
		t.Fatalf("the page said %s", is)
	}
	s.gate.open()
	if is := next("have ended"); is != strings.TrimSuffix(strings.Repeat("success ", streams), " ") {
		t.Errorf("the streams ended with %s", is)
	}
}
