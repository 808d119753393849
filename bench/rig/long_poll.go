package rig

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"claimcheck/api"
)

// Over says whether a status is final.
func Over(is api.Status) bool { return is.Status == "success" || is.Status == "failed" }

// End sees the end of a job by long polls, within a millisecond or so.
func (s *Server) End(ctx context.Context, path string) (time.Time, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
		if err != nil {
			return time.Time{}, fmt.Errorf("make request: %w", err)
		}
		req.Header.Set("X-Api-Key", s.Key)
		req.Header.Set("Prefer", "wait=25")
		a, err := Do(s.Client, req)
		if err != nil {
			return time.Time{}, err
		}
		var is api.Status
		if err := json.Unmarshal(a.Body, &is); err != nil || Over(is) {
			return time.Now(), err
		}
	}
}

// A LongPoll is a status request that waits on a connection of its own.
type LongPoll struct {
	Answered time.Time
	Code     int // 0: it was not answered

	conn net.Conn
}

// LongPolls sends one long poll for each job.
func (s *Server) LongPolls(ctx context.Context, ids []string) ([]*LongPoll, error) {
	polls := make([]*LongPoll, len(ids))
	var dialer net.Dialer
	address := strings.TrimPrefix(s.URL, "http://")
	for i, id := range ids {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("open connection %d: %w", i, err)
		}
		polls[i] = &LongPoll{conn: conn}
		if _, err := fmt.Fprintf(conn, "GET /jobs/%s HTTP/1.1\r\nHost: bench\r\nx-api-key: %s\r\nPrefer: wait=25\r\n\r\n", id, s.Key); err != nil {
			return nil, fmt.Errorf("send long poll %d: %w", i, err)
		}
	}
	return polls, nil
}

// Read waits for the answer.
func (p *LongPoll) Read() {
	defer p.Close()
	res, err := http.ReadResponse(bufio.NewReaderSize(p.conn, 1024), nil)
	if err != nil {
		return
	}
	defer res.Body.Close()
	p.Answered, p.Code = time.Now(), res.StatusCode
	_, _ = io.Copy(io.Discard, res.Body) // the code is what counts
}

// Close gives the poll up.
func (p *LongPoll) Close() { _ = p.conn.Close() } // it was only read
