package listen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// lookTime is how often the files of a certificate are looked at, at most.
const lookTime = time.Second

// Told is called with what becomes of a certificate; it must not block.
type Told struct {
	// Shown is called when another certificate is shown: when it ends.
	Shown func(ends time.Time)
	// Failed is called when a new one cannot be used, and the old one goes on.
	Failed func(err error)
}

// A Pair is a certificate and its key in files (PEM), which are read again when they
// have changed. It is safe for concurrent use.
type Pair struct {
	cert, key string
	now       func() time.Time
	told      Told

	mu     sync.Mutex // guards the fields below
	shown  *tls.Certificate
	looked time.Time
	seen   [2]os.FileInfo // of the files as they were read last, well or not
}

// OpenPair reads a certificate with its chain and its key. One that has expired is
// shown all the same; see [Told].
func OpenPair(cert, key string, now func() time.Time, told Told) (*Pair, error) {
	p := &Pair{cert: cert, key: key, now: now, told: told}
	seen, err := p.stat()
	if err != nil {
		return nil, err
	}
	shown, err := p.read()
	if err != nil {
		return nil, err
	}
	p.shown, p.seen, p.looked = shown, seen, now()
	told.Shown(shown.Leaf.NotAfter)
	return p, nil
}

// Get returns the certificate, as [tls.Config.GetCertificate] wants it; the files are
// looked at first if that was not done within a second.
func (p *Pair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); now.Sub(p.looked) >= lookTime || now.Before(p.looked) {
		p.looked = now
		p.look(false)
	}
	return p.shown, nil
}

// Look reads the files again if they have changed, or if asked to in any case.
func (p *Pair) Look(anyway bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.look(anyway)
}

func (p *Pair) look(anyway bool) {
	seen, err := p.stat()
	if err == nil && !anyway && same(seen, p.seen) {
		return
	}
	if err != nil && !anyway && p.seen == seen { // still away: it was told
		return
	}
	p.seen = seen
	var fresh *tls.Certificate
	if err == nil {
		fresh, err = p.read()
	}
	if err == nil && p.now().After(fresh.Leaf.NotAfter) && p.now().Before(p.shown.Leaf.NotAfter) {
		err = fmt.Errorf("tls_cert: the new certificate has ended on %s, before the old one does", fresh.Leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	if err != nil {
		p.told.Failed(err)
		return
	}
	p.shown = fresh
	p.told.Shown(fresh.Leaf.NotAfter)
}

// stat looks at the files; with an error it returns nothing of them.
func (p *Pair) stat() (seen [2]os.FileInfo, err error) {
	cert, err := os.Stat(p.cert)
	if err != nil {
		return seen, fmt.Errorf("tls_cert: %w", err)
	}
	key, err := os.Stat(p.key)
	if err != nil {
		return seen, fmt.Errorf("tls_key: %w", err)
	}
	return [2]os.FileInfo{cert, key}, nil
}

// same reports whether files are those that were seen, and unchanged.
func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		if a[i] == nil || b[i] == nil || !os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()) {
			return false
		}
	}
	return true
}

func (p *Pair) read() (*tls.Certificate, error) {
	cert, err := os.ReadFile(p.cert)
	if err != nil {
		return nil, fmt.Errorf("tls_cert: %w", err)
	}
	key, err := os.ReadFile(p.key)
	if err != nil {
		return nil, fmt.Errorf("tls_key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("tls_cert and tls_key, %s and %s: %w", p.cert, p.key, err)
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, errors.New("tls_cert: there is no certificate")
		}
	}
	return &pair, nil
}
