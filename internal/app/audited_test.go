package app_test

import (
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/app"
)

// changes are how the routes by which operators change something are called.
func (f *fixture) changes() map[string]func() (path, body string) {
	key := func() string { return f.make(`{"owner":"acme"}`).ID }
	bulk := func() string {
		var begun struct {
			BulkID string `json:"bulk_id"`
		}
		f.call("POST", "/admin/bulk", `{"action":"cancel","filter":{"tool":["far"]}}`).decode(f.t, &begun)
		return begun.BulkID
	}
	return map[string]func() (path, body string){
		"POST /admin/keys":                 func() (string, string) { return "/admin/keys", `{"owner":"acme"}` },
		"POST /admin/keys/{id}/rotate":     func() (string, string) { return "/admin/keys/" + key() + "/rotate", "" },
		"DELETE /admin/keys/{id}":          func() (string, string) { return "/admin/keys/" + key(), "" },
		"POST /admin/tools/{name}/pause":   func() (string, string) { return "/admin/tools/far/pause", "" },
		"POST /admin/tools/{name}/resume":  func() (string, string) { return "/admin/tools/far/resume", "" },
		"POST /admin/tools/{name}/purge":   func() (string, string) { return "/admin/tools/far/purge", "{}" },
		"POST /admin/owners/{name}/pause":  func() (string, string) { return "/admin/owners/ann/pause", "" },
		"POST /admin/owners/{name}/resume": func() (string, string) { return "/admin/owners/ann/resume", "" },
		"POST /admin/bulk":                 func() (string, string) { return "/admin/bulk", `{"action":"cancel","filter":{"tool":["far"]}}` },
		"DELETE /admin/bulk/{id}":          func() (string, string) { return "/admin/bulk/" + bulk(), "" },
	}
}

// TestEveryChangeOfAnOperatorIsWrittenDown: whoever adds a route for operators says
// here how it is called, and forgets no row of the audit.
func TestEveryChangeOfAnOperatorIsWrittenDown(t *testing.T) {
	t.Parallel()
	f := ruled(t, pauseConfig)
	calls := f.changes()
	for _, route := range app.AdminChanges() {
		call, ok := calls[route]
		if !ok {
			t.Errorf("%s: say above how it is called", route)
			continue
		}
		method, _, _ := strings.Cut(route, " ")
		path, body := call()
		before := len(f.done(0))
		if a := f.call(method, path, body); a.status >= 300 {
			t.Errorf("%s: %d %s", route, a.status, a.body)
			continue
		}
		rows := f.done(before)
		if len(rows) == 0 {
			t.Errorf("%s: nothing was written down", route)
		}
		var last api.Audit
		f.call("GET", "/admin/audit?limit=1", "").decode(t, &last)
		if r := last.Audit[0]; r.Owner != "ops" || r.RequestID == "" || r.Action == "" || r.Target == "" {
			t.Errorf("%s: the row is %+v", route, r)
		}
	}
}
