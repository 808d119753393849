package dialects_test

import (
	"encoding/json"
	"net/http"
	"strings"
)

// google is the dialect of google.longrunning.
type google struct{}

// googleOperation is an Operation or a refusal.
type googleOperation struct {
	Name     string
	Done     bool
	Metadata struct{ Value struct{ Status string } }
	Response *struct{ Value json.RawMessage }
	Error    *struct {
		Code    int
		Details []struct {
			Reason   string
			Metadata map[string]string
		}
	}
}

func googly(status int, is googleOperation) (a answer) {
	if is.Error != nil && len(is.Error.Details) > 0 {
		d := is.Error.Details[0]
		a.code = d.Reason
		if d.Metadata["line"] != "" {
			a.line = lineOf(d.Metadata["line"], d.Metadata["column"])
		}
	}
	if status >= http.StatusBadRequest {
		return a
	}
	a.id, a.state = strings.TrimPrefix(is.Name, "operations/"), is.Metadata.Value.Status
	if is.Done != (a.state == "success" || a.state == "failed") || is.Done != (is.Response != nil || is.Error != nil) {
		a.state = "done and not"
	}
	if is.Response != nil {
		a.result = unwrapped(is.Response.Value)
	}
	return a
}

// unwrapped is a JSON value that may stand as the member value of an object because
// it is none.
func unwrapped(object json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) == nil && len(members) == 1 && members["value"] != nil {
		return members["value"]
	}
	return object
}

func (google) submit(c caller, w work) answer {
	body, options := w.members(c.t, func(name string) string { return name })
	body["options"] = options
	headers := []string{"Content-Type", "application/json"}
	if w.again != "" {
		headers = append(headers, "Idempotency-Key", w.again)
	}
	var is googleOperation
	status, _ := c.ask(c.t, &is, c.key, "POST", "/v1/tools/"+w.tool+":run", encode(c.t, body), headers...)
	return googly(status, is)
}

func (google) look(c caller, id string) answer {
	var is googleOperation
	status, _ := c.ask(c.t, &is, c.key, "GET", "/v1/operations/"+id, "")
	return googly(status, is)
}

func (g google) cancel(c caller, id string) answer {
	var is googleOperation
	if status, _ := c.ask(c.t, &is, c.key, "POST", "/v1/operations/"+id+":cancel", ""); status >= http.StatusBadRequest {
		return googly(status, is)
	}
	return g.look(c, id)
}
