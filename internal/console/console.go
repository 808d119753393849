// Package console is what people look at with a browser: one page below
// /console/, with the scripts and styles that it loads. It calls the API as any
// client does, with the key that the visitor has; what is served here is the
// same for everybody and needs no key. The sources are in web, from which
// build.mjs makes what dist has; that is committed, and embedded here.
package console

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/etag"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
)

const (
	prefix = "/console"
	home   = prefix + "/"

	// assets is what the path of a file that the page loads begins with; all other
	// paths below home are the page's own.
	assets = home + "assets/"
)

// What browsers and proxies may keep: a file whose name changes with what is in
// it for ever, the others if they ask whether they are still right.
const (
	forEver    = "public, max-age=31536000, immutable"
	revalidate = "no-cache"
)

//go:embed all:dist
var dist embed.FS

// Options are what an operator decides.
type Options struct {
	Off bool // nothing is shown

	// Base is the path that clients find the server below, without a final slash.
	Base string

	// Storage is the origin to which clients post their uploads, if that is not this
	// server: the page may call it, and nothing else.
	Storage string
}

// A site is the console as it is served.
type site struct {
	bundle *bundle
	policy string // the Content-Security-Policy
	home   string // where browsers are led to
}

// Mount is where the console is.
func Mount(o Options) httpapi.Mount {
	m := httpapi.Mount{Name: "console", Prefix: prefix, Words: plain.Words{}}
	if o.Off {
		return m
	}
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded
	}
	s := &site{bundle: newBundle(files, o.Base), policy: policy(o.Storage), home: o.Base + home}
	m.Routes = []httpapi.Route{
		{Path: "/", Access: httpapi.Later, Handler: s.root}, // every method, so that all but a browser's are answered as elsewhere
		{Method: http.MethodGet, Path: prefix, Access: httpapi.Open, Handler: s.goHome},
		{Method: http.MethodGet, Path: assets + "{name}", Access: httpapi.Open, Handler: s.asset},
		{Method: http.MethodGet, Path: home + "{page...}", Access: httpapi.Open, Handler: s.page},
	}
	return m
}

// root leads a browser to the console; for all others there is nothing at the
// server's address, as at any unknown path.
func (s *site) root(c *httpapi.Call) error {
	r := c.Request()
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if reading {
		c.Header().Add("Vary", "Accept")
		if wantsPage(r.Header.Values("Accept")) {
			return s.goHome(c)
		}
	}
	if err := c.Admit(reading); err != nil {
		return err
	}
	return nothing()
}

func (s *site) goHome(c *httpapi.Call) error {
	c.Header().Set("Location", s.home)
	c.Answer(http.StatusSeeOther, nil)
	return nil
}

func nothing() error {
	return fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this path.")
}

// page answers every path that is not an asset's with the page, whose script
// reads the path: so an address that somebody was sent works.
func (s *site) page(c *httpapi.Call) error {
	path := c.Request().PathValue("page")
	if strings.HasPrefix(home+path, assets) {
		return nothing()
	}
	f, ok := s.bundle.page(strings.Count(path, "/"))
	if !ok {
		return nothing()
	}
	h := c.Header()
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", permissions)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	send(c, f, revalidate)
	return nil
}

func (s *site) asset(c *httpapi.Call) error {
	name := c.Request().PathValue("name")
	f, ok := s.bundle.files["assets/"+name]
	if !ok {
		return nothing()
	}
	if hashed.MatchString(name) {
		send(c, f, forEver)
	} else {
		send(c, f, revalidate)
	}
	return nil
}

// send answers with a file in the best coding that the client takes, or says
// that the client has it.
func send(c *httpapi.Call, f *file, keep string) {
	h := c.Header()
	h.Set("Cache-Control", keep)
	h.Add("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	r := c.Request()
	tag := f.tag
	body, coding := f.text.For(r.Header.Values("Accept-Encoding"))
	if coding != "" {
		tag = strings.TrimSuffix(tag, `"`) + "-" + coding + `"`
		h.Set("Content-Encoding", coding)
	}
	h.Set("ETag", tag)
	h.Set("Content-Type", f.contentType)
	if etag.Match(r.Header.Values("If-None-Match"), f.tag) {
		h.Del("Content-Encoding") // they describe a body, and there is none
		h.Del("Content-Type")
		c.Answer(http.StatusNotModified, nil)
		return
	}
	c.Answer(http.StatusOK, body)
}
