package httpapi

import (
	"net/http"

	"claimcheck/internal/fault"
)

// healthz answers whether the process is alive.
func (s *Server) healthz(c *Call) error {
	c.sendJSON(http.StatusOK, []byte(`{"status":"ok"}`))
	return nil
}

// readyz answers whether work would be accepted and done now.
func (s *Server) readyz(c *Call) error {
	if s.Stopping.Err() != nil {
		return fault.New(fault.Unavailable, "UNAVAILABLE", "The server is stopping.")
	}
	if err := s.ready.Get(c.r.Context()); err != nil {
		return fault.New(fault.Unavailable, "UNAVAILABLE", "The server is not ready to take work.").Because(err)
	}
	c.sendJSON(http.StatusOK, []byte(`{"status":"ready"}`))
	return nil
}

// metrics answers GET /metrics in the Prometheus text format.
func (s *Server) metrics(c *Call) error {
	c.status = http.StatusOK
	s.Metrics.ServeHTTP(c.w, c.r)
	return nil
}
