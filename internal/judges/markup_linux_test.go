package judges_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// TestMarkupOutputsRunNoScript opens outputs that are HTML and SVG, with their
// own types, in a browser: as they are, without the attachment, and without
// anything that the server says against scripts, which shows that they would
// run.
func TestMarkupOutputsRunNoScript(t *testing.T) {
	t.Parallel()
	page := newSite(t, "outputs.html")
	s := start(t, "", "--log-requests")
	script := fmt.Sprintf("fetch('%s/ran', {method: 'POST', mode: 'no-cors', body: location.pathname})", page.URL)
	for tool, document := range map[string]string{
		"html": "<!doctype html><p>here<img src=x onerror=\"" + script + "\"><script>" + script + "</script>",
		"svg":  `<svg xmlns="http://www.w3.org/2000/svg" onload="` + script + `"><circle r="9"/><script>` + script + `</script></svg>`,
	} {
		link, err := url.Parse(s.output(t, "/test-"+tool+"-api", document))
		if err != nil {
			t.Fatal(err)
		}
		wantHarmless(t, link.String(), map[string]string{"html": "text/html", "svg": "image/svg+xml"}[tool])
		addresses := []string{link.String()}
		for _, prefix := range []string{"/inline", "/open"} {
			page.mux.Handle("GET "+prefix+"/downloads/"+strings.TrimPrefix(link.Path, "/downloads/"), weaken(t, s.URL, prefix))
			addresses = append(addresses, page.URL+prefix+link.RequestURI())
		}
		testneeds.Browse(t, page.with(t, addresses))
		ran := page.ranIn(t, s, link, 5) // in a frame, by the proxy twice, as the page itself, and by us
		if want := []string{"/open"}; !slices.Equal(ran, want) {
			t.Errorf("%s: scripts ran in %q, want %q: only where nothing of what the server says was left", tool, ran, want)
		}
	}
}

// ranIn waits until an output was asked for so often and returns where its
// script ran.
func (s *site) ranIn(t *testing.T, of *service, link *url.URL, downloads int) (ran []string) {
	t.Helper()
	serverproc.Until(t, patience, func() (bool, string) {
		n := strings.Count(of.Log(), `"path":"`+link.Path+`"`)
		return n >= downloads, fmt.Sprintf("%d downloads of %d", n, downloads)
	})
	for late := time.After(time.Second); ; {
		select {
		case said := <-s.posted:
			if what, body, _ := strings.Cut(said, " "); what == "/ran" {
				ran = append(ran, strings.TrimSuffix(body, link.Path))
			}
			continue
		case <-late:
		}
		slices.Sort(ran)
		return slices.Compact(ran)
	}
}
