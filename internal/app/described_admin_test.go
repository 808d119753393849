package app_test

import (
	"testing"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

// by are questions asked with another key.
func by(key string, all ...question) []question {
	for i := range all {
		all[i].headers = append(all[i].headers, "x-api-key", key)
	}
	return all
}

func TestAnswersOfBulksAreAsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, pauseConfig)
	d := f.description()
	waits, failed := f.submit("far", "in"), f.submit("json-minify", "[1")
	f.finished(failed)
	const none = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"
	ops := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	for _, way := range []struct{ path, key string }{{"/bulk", f.key}, {"/admin/bulk", ops}} {
		began := f.call("POST", way.path, `{"action":"cancel","filter":{"ids":["`+waits+`","`+none+`"]}}`, "x-api-key", way.key)
		d.check(t, "POST", way.path, began)
		var is api.BulkBegun
		began.decode(t, &is)
		one := way.path + "/{id}"
		f.compare(d, by(way.key, []question{
			{method: "POST", path: way.path, body: `{"action":"retry","filter":{"status":["failed"]},"dry_run":true}`, want: 200},
			{method: "POST", path: way.path, body: `{"action":"cancel","filter":{}}`, want: 400},
			{method: "POST", path: way.path, body: `{"action":"mend","filter":{"tool":["far"]}}`, want: 400},
			{method: "GET", path: one, id: is.BulkID, want: 200, headers: []string{"Prefer", "wait=20"}},
			{method: "GET", path: one, id: is.BulkID, want: 200},
			{method: "GET", path: one, id: is.BulkID, want: 304, headers: []string{"If-None-Match", "*"}},
			{method: "GET", path: one, id: none, want: 404},
			{method: "DELETE", path: one, id: is.BulkID, want: 200},
			{method: "DELETE", path: one, id: none, want: 404},
		}...))
	}
	f.compare(d, by(ops, []question{
		{method: "GET", path: "/admin/jobs", want: 200},
		{method: "GET", path: "/admin/jobs?limit=1&owner=ann", want: 200},
		{method: "GET", path: "/admin/jobs?trouble=failing", want: 200},
		{method: "GET", path: "/admin/jobs?id=" + failed, want: 200},
		{method: "GET", path: "/admin/jobs?trouble=none", want: 400},
		{method: "GET", path: "/admin/jobs?none=1", want: 400},
		{method: "GET", path: "/admin/jobs/{job_id}", id: failed, want: 200},
		{method: "GET", path: "/admin/jobs/{job_id}", id: waits, want: 200},
		{method: "GET", path: "/admin/jobs/{job_id}", id: none, want: 404},
		{method: "GET", path: "/admin/jobs/{job_id}", id: "7", want: 400},
	}...))
}

func TestAnswersToOperatorsAreAsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, pauseConfig)
	d := f.description()
	f.submit("far", "in")
	f.finished(f.submit("json-minify", "[1"))
	ops := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	var made api.MadeKey
	created := f.call("POST", "/admin/keys", `{"owner":"bob","expires_in":60}`, "x-api-key", ops)
	created.decode(t, &made)
	d.check(t, "POST", "/admin/keys", created)
	f.compare(d, by(ops, []question{
		{method: "GET", path: "/admin/keys", want: 200},
		{method: "GET", path: "/admin/keys?none=1", want: 400},
		{method: "POST", path: "/admin/keys", body: `{"owner":"bob","scopes":["admin"]}`, want: 403},
		{method: "POST", path: "/admin/keys", body: `{"owner":"Bob"}`, want: 400},
		{method: "POST", path: "/admin/keys", body: `[]`, want: 400},
		{method: "POST", path: "/admin/keys/{id}/rotate", id: made.ID, body: `{"overlap":60}`, want: 201},
		{method: "POST", path: "/admin/keys/{id}/rotate", id: "key_0", body: `{}`, want: 404},
		{method: "DELETE", path: "/admin/keys/{id}", id: made.ID, want: 204},
		{method: "DELETE", path: "/admin/keys/{id}", id: "key_0", want: 404},
		{method: "GET", path: "/admin/plans", want: 200},
		{method: "GET", path: "/admin/audit", want: 200},
		{method: "GET", path: "/admin/audit?limit=1", want: 200},
		{method: "GET", path: "/admin/audit?limit=0", want: 400},
		{method: "POST", path: "/admin/tools/{name}/pause", id: "far", want: 200},
		{method: "POST", path: "/admin/tools/{name}/pause", id: "none", want: 404},
		{method: "POST", path: "/admin/owners/{name}/pause", id: "ann", want: 200},
		{method: "POST", path: "/admin/owners/{name}/pause", id: "Ann", want: 400},
		{method: "GET", path: "/admin/pauses", want: 200},
		{method: "GET", path: "/admin/stats", want: 200}, // something is paused, waits and has failed
		{method: "GET", path: "/admin/stats?step=60", want: 200},
		{method: "GET", path: "/admin/stats?step=61", want: 400},
		{method: "GET", path: "/admin/stats?none=1", want: 400},
		{method: "POST", path: "/admin/tools/{name}/purge", id: "far", body: `{"dry_run":true}`, want: 200},
		{method: "POST", path: "/admin/tools/{name}/purge", id: "far", body: `{"owner":"Ann"}`, want: 400},
		{method: "POST", path: "/admin/tools/{name}/purge", id: "far", body: `{}`, want: 200},
		{method: "POST", path: "/admin/tools/{name}/purge", id: "none", body: `{}`, want: 404},
		{method: "POST", path: "/admin/tools/{name}/resume", id: "far", want: 200},
		{method: "POST", path: "/admin/owners/{name}/resume", id: "ann", want: 200},
		{method: "GET", path: "/usage", want: 403},
		{method: "GET", path: "/tools", want: 403},
		{method: "POST", path: "/json-minify-api", body: "[1]", want: 403},
	}...))
	f.compare(d, []question{ // with an owner's own key, and with none
		{method: "GET", path: "/admin/keys", want: 403},
		{method: "POST", path: "/admin/tools/{name}/pause", id: "far", want: 403},
		{method: "GET", path: "/admin/audit", want: 401, headers: []string{"x-api-key", "none"}},
	})
}
