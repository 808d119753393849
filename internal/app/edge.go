package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"claimcheck/internal/listen"
)

// Limits of connections in HTTP/2 that no setting changes: one that is dead, or
// whose client reads nothing, is ended.
const (
	pingAfter = 30 * time.Second // without a frame of the client's
	pingTime  = 15 * time.Second // for its answer
	writeTime = 30 * time.Second // without a byte of ours that goes out
)

// acmeName is the folder of certificates that an authority has given, in the data folder.
const acmeName = "acme"

// A secured is how TLS is spoken.
type secured struct {
	config *tls.Config
	pair   *listen.Pair      // nil: certificates come from an authority
	acme   *autocert.Manager // nil: they come from files
}

// A sidedoor answers plain HTTP beside TLS.
type sidedoor struct {
	listener net.Listener
	http     *http.Server
	ended    chan struct{}
}

// listen opens where the server listens, and gets ready to speak TLS there.
func (s *Server) listen(ctx context.Context) (err error) {
	open := listen.Opener{Mode: s.cfg.ListenMode}
	if s.tls, err = s.secure(); err != nil {
		return err
	}
	if s.listener, err = open.Open(ctx, s.cfg.Listen); err != nil || s.cfg.TLS.Plain == "" {
		return err
	}
	l, err := open.Open(ctx, s.cfg.TLS.Plain)
	if err != nil {
		return err
	}
	s.plain = &sidedoor{listener: l}
	return nil
}

// secure makes what TLS needs; nil where none is spoken.
func (s *Server) secure() (*secured, error) {
	c := &s.cfg.TLS
	if !c.On() {
		return nil, nil //nolint:nilnil // there is none
	}
	told := listen.Told{Shown: s.shown, Failed: func(err error) {
		s.metrics.CertificateFailed()
		s.log.Error("the new certificate cannot be used, the old one goes on", "err", err)
	}}
	if c.Cert != "" {
		pair, err := listen.OpenPair(c.Cert, c.Key, time.Now, told)
		if err != nil {
			return nil, err
		}
		return &secured{pair: pair, config: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Get}}, nil
	}
	m := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(s.cfg.Data, acmeName)), HostPolicy: autocert.HostWhitelist(c.ACME...),
		Email: c.Email, Client: &acme.Client{DirectoryURL: c.Directory, UserAgent: "claimcheck/" + s.version},
	}
	config := m.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	config.GetCertificate = listen.Watched(c.ACME, m.GetCertificate, time.Now, told)
	return &secured{acme: m, config: config}, nil
}

// shown is called when another certificate is shown, with its end.
func (s *Server) shown(ends time.Time) {
	s.metrics.CertificateShown(ends)
	if time.Now().After(ends) {
		s.log.Warn("the certificate has ended, and clients refuse it: have it renewed; the files are read again by themselves", "ended", ends)
	}
}

// door is a server of HTTP as this one is met.
func (s *Server) door(h http.Handler) *http.Server {
	d := &http.Server{
		Handler: h, ReadHeaderTimeout: headTime, IdleTimeout: idleTime, MaxHeaderBytes: int(s.cfg.MaxHeaderBytes),
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if s.tls != nil {
		d.TLSConfig = s.tls.config
		d.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTime, WriteByteTimeout: writeTime}
	}
	return d
}

// serve answers requests until the server of HTTP is shut down.
func (s *Server) serve() error {
	l := patientListener{s.listener}
	if s.tls == nil {
		return s.http.Serve(l)
	}
	s.leadToTLS()
	return s.http.ServeTLS(l, "", "")
}

// handOver is how long connections that were taken from a socket which stays have to
// say what they want.
const handOver = 250 * time.Millisecond

// leaveSocket takes no more connections from a socket that stays when this server ends,
// and hears out those that it has: net/http drops a request whose head it reads after
// its Shutdown has begun, although the next server would have answered it.
func (s *Server) leaveSocket(ctx context.Context) {
	if !strings.HasPrefix(s.cfg.Listen, listen.Systemd) {
		return
	}
	_ = s.listener.Close() // it is closed again by Shutdown
	select {
	case <-time.After(handOver): // who is connected and says nothing cannot be told from who is about to
	case <-ctx.Done():
	}
}

// leadToTLS answers plain HTTP, until the sidedoor is closed.
func (s *Server) leadToTLS() {
	if s.plain == nil {
		return
	}
	to := listen.Plain{To: s.cfg.PublicURL}
	if _, port, err := net.SplitHostPort(s.listener.Addr().String()); err == nil {
		to.Port = port
	}
	var h http.Handler = to
	if s.tls.acme != nil {
		h = s.tls.acme.HTTPHandler(to)
	}
	p := s.plain
	p.http = &http.Server{
		Handler: h, ReadHeaderTimeout: headTime, ReadTimeout: headTime, WriteTimeout: headTime, MaxHeaderBytes: int(s.cfg.MaxHeaderBytes),
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	p.ended = make(chan struct{})
	go func() {
		defer close(p.ended)
		if err := p.http.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("plain HTTP is not led to https any more", "err", err)
		}
	}()
}

// addresses are its own; see ownAddresses.
func (p *sidedoor) addresses() func() []netip.AddrPort {
	if p == nil {
		return func() []netip.AddrPort { return nil }
	}
	return ownAddresses(p.listener)
}

// close ends it.
func (p *sidedoor) close() {
	if p == nil {
		return
	}
	if p.http != nil {
		_ = p.http.Close()
		<-p.ended
	}
	_ = p.listener.Close()
}

// lookForCertificate has a certificate in files read again, as SIGHUP wants it.
func (s *Server) lookForCertificate() {
	if s.tls != nil && s.tls.pair != nil {
		s.tls.pair.Look(true)
	}
}

// URL is where the server listens; unix:/path for a socket with one.
func (s *Server) URL() string {
	at := s.listener.Addr()
	switch {
	case at.Network() == "unix":
		if path, ok := listen.IsUnix(s.cfg.Listen); ok {
			return listen.UnixPrefix + path
		}
		return listen.UnixPrefix + at.String()
	case s.tls != nil:
		return "https://" + at.String()
	}
	return "http://" + at.String()
}

// PlainURL is where plain HTTP is led to https; empty: nowhere.
func (s *Server) PlainURL() string {
	if s.plain == nil {
		return ""
	}
	return "http://" + s.plain.listener.Addr().String()
}

// warnOfPorts says what authorities need, because nobody else will.
func (s *Server) warnOfPorts(ctx context.Context) {
	if len(s.cfg.TLS.ACME) == 0 {
		return
	}
	for address, port := range map[string]string{s.cfg.Listen: "443", s.cfg.TLS.Plain: "80"} {
		if _, is, err := net.SplitHostPort(address); err == nil && is == port {
			return
		}
	}
	s.log.WarnContext(ctx, "acme: an authority calls port 443 of each name, or port 80 where listen_http is: see that one of them leads here", "names", s.cfg.TLS.ACME)
}
