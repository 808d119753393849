package dialects_test

import (
	"net/http"

	"claimcheck/api"
)

// azure is the dialect of Azure's operations.
type azure struct{}

// azureMonitor is a status monitor or a refusal.
type azureMonitor = api.AzureOperation

var azureStates = map[string]string{"NotStarted": "queued", "Running": "processing", "Succeeded": "success", "Failed": "failed", "Canceled": "failed"}

func azurely(status int, is azureMonitor) answer {
	a := answer{id: is.ID, state: azureStates[is.Status], result: is.Result}
	if is.Error != nil {
		a.code = is.Error.Code
		if len(is.Error.AdditionalInfo) > 0 {
			info := is.Error.AdditionalInfo[0].Info
			a.line = lineOf(info["line"], info["column"])
		}
	}
	if status >= http.StatusBadRequest {
		return answer{code: a.code}
	}
	return a
}

func (azure) submit(c caller, w work) answer {
	headers, body := w.headers()
	var is azureMonitor
	status, header := c.ask(c.t, &is, c.key, "POST", "/azure/"+w.tool+"-api", body, headers...)
	if status < http.StatusBadRequest && (status != http.StatusAccepted || header.Get("Operation-Location") != c.url+"/azure/operations/"+is.ID) {
		c.t.Errorf("%+v was answered %d %v", w, status, header)
	}
	return azurely(status, is)
}

func (azure) look(c caller, id string) answer {
	var is azureMonitor
	status, _ := c.ask(c.t, &is, c.key, "GET", "/azure/operations/"+id, "")
	return azurely(status, is)
}

func (azure) cancel(c caller, id string) answer {
	var is azureMonitor
	status, _ := c.ask(c.t, &is, c.key, "POST", "/azure/operations/"+id+":cancel", "")
	return azurely(status, is)
}
