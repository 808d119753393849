// Package reach says how a server is called: over what, and whose certificates are
// believed there. It makes no call.
package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"claimcheck/client"
)

const (
	unixPrefix = "unix:"

	// Socket is what a server behind a socket with a path is called; nobody looks it up.
	Socket = "localhost.socket"

	// answerTime is how long a server may take to begin an answer: more than any call
	// is held.
	answerTime = 2 * time.Minute
)

// To says how a server is called: by which address, of http or https, and over
// what. That is [http.DefaultTransport] unless the address is unix: and the path of a
// socket, or a file names an authority.
func To(address, ca string) (base string, transport http.RoundTripper, err error) {
	path, isUnix := strings.CutPrefix(address, unixPrefix)
	usual, ok := http.DefaultTransport.(*http.Transport)
	if !isUnix && ca == "" || !ok {
		return address, http.DefaultTransport, nil
	}
	own := usual.Clone()
	own.ResponseHeaderTimeout = answerTime
	if isUnix {
		if path = strings.TrimRight(path, "/"); !filepath.IsAbs(path) {
			return "", nil, errors.New("a server's socket is named by its whole path: unix:/run/claimcheck/api.sock")
		}
		own.Proxy = nil
		own.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		return "http://" + Socket, own, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	text, err := os.ReadFile(ca) //nolint:gosec // the caller names it
	if err != nil {
		return "", nil, fmt.Errorf("--ca: %w", err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return "", nil, fmt.Errorf("--ca: %s has no certificate in PEM", strconv.Quote(ca))
	}
	own.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	own.ForceAttemptHTTP2 = true
	return address, own, nil
}

// Over is the option of a client that calls over what To returned; none where that is
// as usual.
func Over(transport http.RoundTripper) []client.Option {
	if transport == http.DefaultTransport {
		return nil
	}
	return []client.Option{client.WithHTTPClient(&http.Client{Transport: transport})}
}
