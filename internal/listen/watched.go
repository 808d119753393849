package listen

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"sync"
	"time"
)

// Watched has told what becomes of certificates that an authority gives for some names:
// the one that ends first counts, and a failure is told at most once a minute. Of other
// names, which anybody may ask for, nothing is told.
func Watched(names []string, get func(*tls.ClientHelloInfo) (*tls.Certificate, error), now func() time.Time, told Told) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	w := watch{now: now, told: told, ends: map[string]time.Time{}}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c, err := get(hello)
		if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == "acme-tls/1" { // the authority itself
			return c, err
		}
		switch {
		case !slices.Contains(names, strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))):
		case err != nil:
			w.failed(err)
		default:
			w.shows(hello.ServerName, c)
		}
		return c, err
	}
}

// quiet is how long failures are not told after one was.
const quiet = time.Minute

type watch struct {
	now  func() time.Time
	told Told

	mu   sync.Mutex // guards the fields below
	ends map[string]time.Time
	last time.Time // that a failure was told
}

func (w *watch) failed(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := w.now(); now.Sub(w.last) >= quiet || now.Before(w.last) {
		w.last = now
		w.told.Failed(err)
	}
}

// shows notes a certificate; the names are those that the authority is asked for.
func (w *watch) shows(name string, c *tls.Certificate) {
	leaf := c.Leaf
	if leaf == nil {
		var err error
		if leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return // it would not have been shown
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ends[name].Equal(leaf.NotAfter) {
		return
	}
	w.ends[name] = leaf.NotAfter
	first := leaf.NotAfter
	for _, ends := range w.ends {
		if ends.Before(first) {
			first = ends
		}
	}
	w.told.Shown(first)
}
