package s3blob

import (
	"context"
	"net"
	"net/http"
	"time"
)

const (
	connectTime = 10 * time.Second
	idleTime    = 30 * time.Second
	maxIdle     = 32

	defaultSilence = time.Minute
)

// newTransport is http.Transport with an end to silence: a storage that stops
// in the middle of a transfer is as good as gone.
func newTransport(silence time.Duration) http.RoundTripper {
	d := &net.Dialer{Timeout: connectTime}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, // as S3 tools do
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := d.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &strictConn{c, silence}, nil
		},
		TLSHandshakeTimeout:   connectTime,
		ResponseHeaderTimeout: silence,
		IdleConnTimeout:       idleTime,
		MaxIdleConns:          maxIdle,
		MaxIdleConnsPerHost:   maxIdle,
		DisableCompression:    true,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
	}
}

// A strictConn fails a read or write that waits longer than silence.
type strictConn struct {
	net.Conn
	silence time.Duration
}

// Read fails with a timeout if nothing comes within silence.
func (c *strictConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write fails with a timeout if it is not taken within silence.
func (c *strictConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
