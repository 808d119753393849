package fetch

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// targetIdle is how long a connection to a target is kept for another call. It
// is shorter than any server's own patience, so that no call finds a connection
// that is just being closed: such a call would be a failed attempt.
const targetIdle = time.Second

// Targets returns the transport for addresses that the operator configured, and
// nobody else: they may be private ones. Like the guarded client it follows no
// redirects, uses no proxy, keeps no cookies and asks for no compression.
func Targets() *http.Transport {
	dialer := &net.Dialer{Timeout: connectTime}
	return &http.Transport{
		Proxy:                  nil, // not from the environment either
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    handshakeTime,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // the answer is kept byte for byte
		MaxResponseHeaderBytes: maxHeadBytes,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        targetIdle,
	}
}
