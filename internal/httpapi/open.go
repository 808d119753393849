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

// openapi answers the description of this API.
func (s *Server) openapi(c *Call) error {
	c.w.Header()["Cache-Control"] = []string{"public, max-age=300"}
	c.sendJSON(http.StatusOK, s.OpenAPI())
	return nil
}

const docsPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>claimcheck</title>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:3em auto;padding:0 1em">
<h1>claimcheck</h1>
<p>Hand in work, get a ticket, come back for the result.</p>
<ol>
<li><code>POST /json-formatter-api</code> with <code>x-api-key</code> and <code>Prefer: respond-async</code> answers 202 with a <code>job_id</code>.</li>
<li><code>GET /jobs/{job_id}</code> answers <code>queued</code>, <code>processing</code>, <code>success</code> or <code>failed</code>; wait <code>retry_after</code> seconds between two questions.</li>
<li><code>result.file</code> of a successful job is a link to the output.</li>
</ol>
<p>The whole API: <a href="/openapi.json">openapi.json</a>.</p>
`

// docs answers a short page for people.
func (s *Server) docs(c *Call) error {
	h := c.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	c.send(http.StatusOK, []byte(docsPage))
	return nil
}
