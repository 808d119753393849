package listen

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// CodeHTTPSRequired is the code of a call over plain HTTP that is not led elsewhere.
const CodeHTTPSRequired = "HTTPS_REQUIRED"

// Plain answers what comes over plain HTTP where TLS is spoken: GET and HEAD without
// a key are led to https (308), all else is refused and never led anywhere, so that
// no client goes on sending its key or its input in the clear without noticing.
type Plain struct {
	To   string // what links begin with, if that is https; else the host that was asked for, with Port
	Port string // of TLS; empty or 443: the usual one
}

// ServeHTTP answers a request; its body is not read.
func (p Plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Connection", "close")
	h.Set("Cache-Control", "no-store")
	base, ok := p.base(r.Host)
	switch {
	case secret(r):
		refuse(w, "This address takes no keys: whoever is on the way can read them. Call "+base+", and have this key replaced.")
	case r.Method != http.MethodGet && r.Method != http.MethodHead || !ok:
		refuse(w, "This address only leads to https. Call "+base+".")
	default:
		h.Set("Location", base+r.URL.EscapedPath()+query(r.URL))
		w.WriteHeader(http.StatusPermanentRedirect)
	}
}

// secret reports whether a request has what nobody else may read.
func secret(r *http.Request) bool {
	return len(r.Header["X-Api-Key"]) > 0 || len(r.Header["Authorization"]) > 0 || strings.Contains(r.URL.RawQuery, "access_token=")
}

func query(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	return "?" + u.RawQuery
}

// base is where TLS is spoken, without a final slash and without a path; with ok
// false that is not known, because the request names no host.
func (p Plain) base(asked string) (base string, ok bool) {
	if u, err := url.Parse(p.To); err == nil && u.Scheme == "https" {
		return "https://" + u.Host, true
	}
	u, err := url.Parse("http://" + asked)
	if err != nil || u.Hostname() == "" || u.Host != asked || strings.ContainsAny(asked, " \"'<>\\") {
		return "the same address with https", false
	}
	host := u.Hostname()
	if p.Port != "" && p.Port != "443" {
		return "https://" + net.JoinHostPort(host, p.Port), true
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return "https://" + host, true
}

// refuse answers in the server's own form.
func refuse(w http.ResponseWriter, message string) {
	body, err := json.Marshal(map[string]any{"status": "error", "error": CodeHTTPSRequired, "details": map[string]string{"message": message}})
	if err != nil {
		panic("listen: " + err.Error()) // texts
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
