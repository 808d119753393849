package dialects_test

import (
	"encoding/json"
	"net/http"

	"claimcheck/api"
)

// plain is this server's own dialect.
type plain struct{}

// headers is what header fields say of work, and body what is sent.
func (w work) headers() (headers []string, body string) {
	for name, value := range w.options {
		headers = append(headers, name, value)
	}
	if w.again != "" {
		headers = append(headers, "Idempotency-Key", w.again)
	}
	if w.source == "content" {
		return headers, w.input
	}
	text, _ := json.Marshal(map[string]string{w.source: w.input}) // strings
	return append(headers, "x-source-type", w.source), string(text)
}

func (plain) submit(c caller, w work) answer {
	headers, body := w.headers()
	var is struct {
		api.Accepted
		Error string `json:"error"`
	}
	status, _ := c.ask(c.t, &is, c.key, "POST", "/"+w.tool+"-api", body, append(headers, "Prefer", "respond-async")...)
	if status != http.StatusAccepted {
		return answer{code: is.Error}
	}
	return answer{id: is.JobID, state: "queued"}
}

func (plain) look(c caller, id string) answer {
	var is struct {
		api.Status
		Error json.RawMessage `json:"error"`
	}
	status, _ := c.ask(c.t, &is, c.key, "GET", "/jobs/"+id, "")
	return plainly(status, is.Status, is.Error)
}

func (plain) cancel(c caller, id string) answer {
	var is struct {
		api.Status
		Error json.RawMessage `json:"error"`
	}
	status, _ := c.ask(c.t, &is, c.key, "POST", "/jobs/"+id+"/cancel", "")
	if a := plainly(status, is.Status, is.Error); a.code != "JOB_FINISHED" {
		return a
	}
	return plain{}.look(c, id)
}

func plainly(status int, is api.Status, failure json.RawMessage) answer {
	if status >= http.StatusBadRequest {
		a := answer{}
		_ = json.Unmarshal(failure, &a.code) // a status has an object there
		return a
	}
	a := answer{id: is.JobID, state: is.Status, result: is.Result}
	if is.Status == "failed" {
		var e api.JobError
		_ = json.Unmarshal(failure, &e) // then it has no code
		a.code, a.line = e.Code, lineOf(e.Details["line"], e.Details["column"])
	}
	return a
}
