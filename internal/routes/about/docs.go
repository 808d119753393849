package about

import (
	"net/http"

	"claimcheck/internal/httpapi"
)

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
func (c Config) docs(call *httpapi.Call) error {
	h := call.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	call.Answer(http.StatusOK, []byte(docsPage))
	return nil
}
