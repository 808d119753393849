package judges_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// A site is a web server with one page of testdata, on another origin than
// claimcheck's, and what its visitors posted to it.
type site struct {
	*httptest.Server
	mux    *http.ServeMux
	posted chan string // path, a space and the body
}

func newSite(t *testing.T, page string) *site {
	t.Helper()
	s := &site{mux: http.NewServeMux(), posted: make(chan string, 100)}
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/"+page) })
	s.mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.posted <- r.URL.Path + " " + string(body)
		w.WriteHeader(http.StatusNoContent)
	})
	s.Server = httptest.NewServer(s.mux)
	t.Cleanup(s.Close)
	return s
}

// with is the page's address with settings that it alone sees.
func (s *site) with(t *testing.T, settings any) string {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return s.URL + "/#" + url.PathEscape(string(text))
}

// next waits for what is posted next.
func (s *site) next(t *testing.T) string {
	t.Helper()
	select {
	case p := <-s.posted:
		return p
	case <-time.After(patience):
		t.Fatalf("the page said nothing for %s", patience)
		return ""
	}
}

// TestPageFollowsJobWithToken has a page of another origin follow a job until
// its end: the browser comes back once after the last event, is answered 204
// and stays away.
func TestPageFollowsJobWithToken(t *testing.T) {
	t.Parallel()
	page := newSite(t, "events.html")
	s := newStory(t, "--cors-origins="+page.URL, "--log-requests")
	job := s.URL + "/jobs/" + s.job
	token := decode[struct{ Token string }](t, s.call(t, http.StatusOK, http.MethodPost, job+"/token", "")).Token
	testneeds.Browse(t, page.with(t, map[string]string{
		"events": job + "/events?access_token=" + url.QueryEscape(token), "status": job, "key": s.key,
	}))
	var statuses []string
	for {
		said := decode[struct {
			Status, Title, End, RateLimit string
			Codes                         []int
		}](t, []byte(strings.TrimPrefix(page.next(t), "/seen ")))
		if said.End != "" {
			if said.End != "closed" || !slices.Equal(said.Codes, []int{http.StatusOK, http.StatusNotModified}) || said.RateLimit == "" {
				t.Errorf("the page's end: %+v, want it closed, the status answered 200 then 304, and RateLimit readable", said)
			}
			break
		}
		if statuses = append(statuses, said.Status); said.Title != said.Status {
			t.Errorf("the title is %q, want %s", said.Title, said.Status)
		}
		if said.Status == "queued" {
			s.run(t)
		}
	}
	if want := []string{"queued", "processing", "success"}; !slices.Equal(statuses, want) {
		t.Errorf("the page saw %v, want %v", statuses, want)
	}
	if n := strings.Count(s.Log(), `/events"`); n != 2 {
		t.Errorf("the page asked for events %d times, want twice", n)
	}
	if strings.Contains(s.Log(), token) {
		t.Error("the token is in the log")
	}
}

// Addresses of a proxy that weakens what the server says about a download.
var weakened = map[string]func(h http.Header){
	"/plain": func(h http.Header) { // type and nosniff must do
		h.Del("Content-Disposition")
		h.Del("Content-Security-Policy")
	},
	"/html": func(h http.Header) { // the policy must do, as it must for a tool that makes HTML
		h.Del("Content-Disposition")
		h.Set("Content-Type", "text/html")
	},
	"/inline": func(h http.Header) { h.Del("Content-Disposition") }, // the policy must do, for what is HTML or SVG by its own type
	"/open": func(h http.Header) { // the same, nothing left
		h.Del("Content-Disposition")
		h.Del("Content-Security-Policy")
	},
	"/bare": func(h http.Header) { // nothing is left: shows that the script would run
		h.Del("Content-Disposition")
		h.Del("Content-Security-Policy")
		h.Set("Content-Type", "text/html")
	},
}

// TestOutputsRunNoScript opens an output with a script in a browser. No tool of
// this server makes HTML yet; the proxy calls it that.
func TestOutputsRunNoScript(t *testing.T) {
	t.Parallel()
	page := newSite(t, "outputs.html")
	s := start(t, "", "--log-requests")
	link, err := url.Parse(s.output(t, sleepTool, fmt.Sprintf(
		"0s <!doctype html><p>here<script>fetch('%s/ran', {method: 'POST', mode: 'no-cors', body: location.pathname})</script>", page.URL)))
	if err != nil {
		t.Fatal(err)
	}
	wantHarmless(t, link.String(), "text/plain")
	addresses := []string{link.String()}
	for _, prefix := range []string{"/plain", "/html", "/bare"} {
		page.mux.Handle("GET "+prefix+"/", weaken(t, s.URL, prefix))
		addresses = append(addresses, page.URL+prefix+link.RequestURI())
	}
	testneeds.Browse(t, page.with(t, addresses))

	var shown, ran []string
	for len(shown) < 3 || len(ran) == 0 {
		what, body, _ := strings.Cut(page.next(t), " ")
		if what == "/ran" {
			ran = append(ran, strings.TrimSuffix(body, link.Path))
		} else {
			shown = append(shown, strings.TrimSuffix(strings.TrimPrefix(body, page.URL), link.RequestURI()))
		}
	}
	slices.Sort(shown)
	if want := []string{"/bare", "/html", "/plain"}; !slices.Equal(shown, want) {
		t.Errorf("shown: got %v, want %v, and the link itself downloaded", shown, want)
	}
	serverproc.Until(t, patience, func() (bool, string) { // by us, in a frame, by the proxy thrice, as the page itself
		n := strings.Count(s.Log(), `"path":"/downloads/`)
		return n == 6, fmt.Sprintf("%d downloads", n)
	})
	for late := time.After(500 * time.Millisecond); ; {
		select {
		case p := <-page.posted:
			ran = append(ran, p)
			continue
		case <-late:
		}
		break
	}
	if want := []string{"/bare"}; !slices.Equal(ran, want) {
		t.Errorf("scripts ran in %v, want %v: only where nothing of what the server says was left", ran, want)
	}
}

// weaken passes requests on to the server, and its answers back with less.
func weaken(t *testing.T, server, prefix string) http.Handler {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	return http.StripPrefix(prefix, testneeds.Proxy(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(u) },
		ModifyResponse: func(r *http.Response) error { weakened[prefix](r.Header); return nil },
	}))
}

// wantHarmless checks what the server itself says about a download.
func wantHarmless(t *testing.T, link, media string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for name, want := range map[string]string{
		"Content-Type": media, "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox",
	} {
		if got := res.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s of a download: got %q, want %s", name, got, want)
		}
	}
}
