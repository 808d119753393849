package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
)

const page = "https://page.example" // that may call the API

// adminRoutes are routes for operators: one that reads, and one that changes what
// its path names, as changed is told.
func adminRoutes(changed func(target string)) []httpapi.Route {
	read := func(c *httpapi.Call) error {
		c.Header().Set("Cache-Control", "private, max-age=60")
		return c.AnswerJSON(http.StatusOK, map[string]string{"for": c.Owner()})
	}
	change := func(c *httpapi.Call) error {
		target := c.Request().PathValue("name")
		if err := c.Audit("things.change", target); err != nil {
			return err
		}
		changed(target)
		c.NoContent()
		return nil
	}
	return []httpapi.Route{
		{Method: "GET", Path: "/admin/things", Access: httpapi.Admin, Handler: read},
		{Method: "POST", Path: "/admin/things/{name}", Access: httpapi.Admin, Handler: change},
	}
}

// forOperators is a fixture whose key is an operator's.
func forOperators(t *testing.T, o options, changed func(string)) *fixture {
	t.Helper()
	o.routes = adminRoutes(changed)
	f := newFixture(t, o)
	f.key = f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	return f
}

func (f *fixture) audit() []account.AuditRow {
	f.t.Helper()
	rows, err := f.store.AuditRows(f.t.Context(), 0, time.Time{}, 1000)
	f.must(err)
	return rows
}

func TestAnOperatorsKeyCallsNothingElse(t *testing.T) {
	f := forOperators(t, options{cors: []string{page}, dialects: []httpapi.Mount{postOffice()}}, func(string) {})
	for _, path := range []string{"/post/ask", "/post/letters/1"} { // in a dialect, and where the handler decides
		if a := f.do("POST", path, "read"); a.StatusCode != 403 || !strings.Contains(string(a.body), "FORBIDDEN") {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
	if a := f.do("GET", "/admin/things", ""); a.StatusCode != 200 || string(a.body) != `{"for":"ops"}` || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %q %v", a.StatusCode, a.body, a.Header)
	}
	const id = "0197a2c4-7e1b-7c3d-8a4e-5f6071829304"
	for _, c := range []struct{ method, path, scope string }{
		{"GET", "/jobs/" + id, "read"},
		{"HEAD", "/jobs/" + id, "read"},
		{"GET", "/status-api/" + id, "read"},
		{"GET", "/jobs/" + id + "?view=full", "read"},
		{"GET", "/jobs", "read"},
		{"GET", "/jobs/" + id + "/events", "read"},
		{"POST", "/jobs/" + id + "/token", "submit"},
		{"POST", "/jobs/" + id + "/cancel", "submit"},
		{"DELETE", "/jobs/" + id, "submit"},
		{"GET", "/usage", "read"},
		{"POST", "/upload-api", "submit"},
		{"DELETE", "/uploads/upl_1", "submit"},
		{"GET", "/webhooks", "read"},
		{"POST", "/json-formatter-api", "submit"},
		{"POST", "/work/claim", "work"},
		{"GET", "/nothing", "read"},
		{"PATCH", "/usage", "submit"},
		{"GET", "/administration", "read"},
	} {
		body := ""
		if c.method == "POST" {
			body = "{}"
		}
		a := f.do(c.method, c.path, body)
		if c.method == "HEAD" {
			if a.StatusCode != 403 {
				t.Errorf("%s %s: got %d, want 403", c.method, c.path, a.StatusCode)
			}
			continue
		}
		f.wantError(a, 403, "FORBIDDEN", "Key lacks scope "+c.scope)
	}
	f.wantError(f.do("GET", "/admin/nothing", ""), 404, "NOT_FOUND", "")
	f.wantError(f.do("GET", "/admin", ""), 404, "NOT_FOUND", "")
	if a := f.do("PUT", "/admin/things", "{}"); a.StatusCode != 405 || a.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("got %d %q", a.StatusCode, a.Header.Get("Allow"))
	}
	if rows := f.audit(); len(rows) != 0 {
		t.Errorf("nothing was changed, and the audit has %+v", rows)
	}
}

func TestNobodyElseCallsOperatorsRoutes(t *testing.T) {
	f := forOperators(t, options{}, func(target string) { t.Errorf("%s was changed", target) })
	for _, k := range []auth.NewKey{
		{Owner: "ann"},
		{Owner: "ops"}, // the same owner's other key
		{Owner: "ann", Scopes: []string{account.ScopeWork}, Tools: []string{"gate"}},
	} {
		key := "x-api-key: " + f.newKey(k)
		for _, path := range []string{"/admin/things", "/admin/nothing", "/admin", "/admin/"} {
			f.wantError(f.do("GET", path, "", key), 403, "FORBIDDEN", "Key lacks scope admin")
		}
		f.wantError(f.do("POST", "/admin/things/x", "", key), 403, "FORBIDDEN", "Key lacks scope admin")
		f.wantError(f.do("PUT", "/admin/things", "", key), 403, "FORBIDDEN", "Key lacks scope admin")
	}
	for _, key := range []string{"x-api-key: ", "x-api-key: " + f.key[:len(f.key)-1] + "!", "x-api-key: ck_x"} {
		for _, path := range []string{"/admin/things", "/admin/nothing"} {
			f.wantError(f.do("GET", path, "", key), 401, "UNAUTHORIZED", "Missing authorizer context")
		}
	}
	f.wantError(f.do("GET", "/admin/things?access_token=a~b", "", "x-api-key: "), 401, "UNAUTHORIZED", "Missing authorizer context")
}

func TestAnOperatorsKeyIsNotTakenFromOtherOrigins(t *testing.T) {
	var changed []string
	f := forOperators(t, options{cors: []string{page, "*"}}, func(target string) { changed = append(changed, target) })
	for _, origin := range []string{page, "null", "https://evil.example", strings.Replace(f.url, "http:", "https:", 1), f.url + "0", "http://localhost"} {
		for _, path := range []string{"/admin/things", "/admin/nothing"} {
			a := f.do("GET", path, "", "Origin: "+origin)
			f.wantError(a, 403, "FORBIDDEN", "A key with scope admin is taken from pages of "+f.url+" only; public_url says where that is.")
		}
		f.wantError(f.do("POST", "/admin/things/"+"x", "", "Origin: "+origin), 403, "FORBIDDEN", "")
	}
	if len(changed) > 0 || len(f.audit()) > 0 {
		t.Errorf("changed %q, audit %+v", changed, f.audit())
	}
	if a := f.do("GET", "/admin/things", "", "Origin: "+f.url); a.StatusCode != 200 {
		t.Errorf("our own page: got %d %s", a.StatusCode, a.body)
	}
	if a := f.do("POST", "/admin/things/x", "", "Origin: "+f.url); a.StatusCode != 204 || len(changed) != 1 {
		t.Errorf("our own page: got %d %s, changed %q", a.StatusCode, a.body, changed)
	}
}

// named are the header fields by which pages of other origins are let in.
func named(h http.Header) (names []string) {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			names = append(names, name)
		}
	}
	return names
}

func TestNoPageOfAnotherOriginIsToldOfOperators(t *testing.T) {
	f := forOperators(t, options{cors: []string{page, "*"}, plan: account.Plan{StatusPerMinute: 12}}, func(string) {})
	ann := "x-api-key: " + f.newKey(auth.NewKey{Owner: "ann", Plan: "unlimited"})
	preflight := func(path string) answer {
		return f.do("OPTIONS", path, "", "x-api-key: ", "Origin: "+page, "Access-Control-Request-Method: GET")
	}
	if a := preflight("/usage"); a.Header.Get("Access-Control-Allow-Origin") != page {
		t.Fatalf("pages are not let in at all: %v", a.Header)
	}
	for _, path := range []string{"/admin", "/admin/things", "/admin/nothing", "/admin/things/x"} {
		if a := preflight(path); a.StatusCode != 204 || len(named(a.Header)) > 0 {
			t.Errorf("preflight of %s: %d %v", path, a.StatusCode, a.Header)
		}
		for _, key := range []string{ann, "x-api-key: ", "x-api-key: " + f.key} {
			if a := f.do("GET", path, "", key, "Origin: "+page); len(named(a.Header)) > 0 {
				t.Errorf("GET %s: %d %v", path, a.StatusCode, a.Header)
			}
		}
	}
	// The key calls elsewhere: refused, at last by its limit, and not for the page.
	var seen []int
	for range 12 {
		a := f.do("GET", "/usage", "", "Origin: "+page)
		if seen = append(seen, a.StatusCode); len(named(a.Header)) > 0 || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET /usage with an operator's key: %d %v", a.StatusCode, a.Header)
		}
	}
	if slices.Sort(seen); seen[0] != 403 || seen[11] != 429 {
		t.Errorf("got %v, want 403 and, in the end, 429", seen)
	}
	if a := f.do("GET", "/usage", "", ann, "Origin: "+page); a.Header.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("an owner's answer: %v", a.Header)
	}
}

func TestAnOperatorAndAnOwnerOfOneNameLeaveEachOtherAlone(t *testing.T) {
	f := forOperators(t, options{plan: account.Plan{StatusPerMinute: 3, SubmitPerMinute: 2}}, func(string) {})
	own := "x-api-key: " + f.newKey(auth.NewKey{Owner: "ops"})
	for range 3 {
		if a := f.do("GET", "/usage", "", own); a.StatusCode != 200 {
			t.Fatalf("got %d %s", a.StatusCode, a.body)
		}
	}
	f.wantError(f.do("GET", "/usage", "", own), 429, "RATE_LIMITED", "")
	for i := range 3 {
		if a := f.do("GET", "/admin/things", ""); a.StatusCode != 200 || a.Header.Get("X-RateLimit-Remaining") != string(rune('2'-i)) {
			t.Errorf("got %d, %s left", a.StatusCode, a.Header.Get("X-RateLimit-Remaining"))
		}
	}
	f.wantError(f.do("GET", "/admin/things", ""), 429, "RATE_LIMITED", "")
	for range 2 { // changes have an allowance of their own
		if a := f.do("POST", "/admin/things/x", ""); a.StatusCode != 204 {
			t.Errorf("got %d %s", a.StatusCode, a.body)
		}
	}
	f.wantError(f.do("POST", "/admin/things/x", ""), 429, "RATE_LIMITED", "")
}

func TestAChangeIsWrittenDownBeforeItIsMade(t *testing.T) {
	var f *fixture
	var before [][]account.AuditRow
	f = forOperators(t, options{}, func(string) { before = append(before, f.audit()) })
	const request = "0197a2c4-7e1b-4c3d-8a4e-5f6071829304"
	long := strings.Repeat("é", account.MaxAuditTarget+1)
	for _, target := range []string{"x", long} {
		if a := f.do("POST", "/admin/things/"+target, "", "X-Request-Id: "+request); a.StatusCode != 204 {
			t.Fatalf("got %d %s", a.StatusCode, a.body)
		}
	}
	if len(before) != 2 || len(before[0]) != 1 || len(before[1]) != 2 {
		t.Fatalf("when the changes were made the audit had %+v", before)
	}
	keys, err := f.keys.List(t.Context())
	f.must(err)
	got, cut := before[0][0], before[1][0]
	if at := time.Since(got.At); got.Key != keys[len(keys)-1].ID || got.Owner != "ops" || got.Action != "things.change" || got.Target != "x" ||
		got.RequestID != request || at < 0 || at > time.Minute {
		t.Errorf("got %+v", got)
	}
	if n := len([]rune(cut.Target)); n != account.MaxAuditTarget || !strings.HasSuffix(cut.Target, "é…") {
		t.Errorf("a long target has %d characters: %q", n, cut.Target)
	}
}

// away is an audit that cannot be written.
type away struct{}

func (away) AddAudit(context.Context, account.AuditRow) error {
	return fault.New(fault.Unavailable, "UNAVAILABLE", "the store is away").Because(errors.New("disk"))
}

func TestNothingIsChangedThatCannotBeWrittenDown(t *testing.T) {
	f := forOperators(t, options{audit: away{}}, func(target string) { t.Errorf("%s was changed", target) })
	f.wantError(f.do("POST", "/admin/things/x", ""), 503, "UNAVAILABLE", "")
}

func TestAKeyInAPathIsNotLogged(t *testing.T) {
	f := forOperators(t, options{}, func(string) {})
	f.wantError(f.do("GET", "/admin/"+f.key+"/x", ""), 404, "NOT_FOUND", "")
	f.wantError(f.do("GET", "/jobs/"+f.key, ""), 403, "FORBIDDEN", "")
	if log := f.logged.String(); strings.Contains(log, f.key[:40]) || !strings.Contains(log, `"path":"/admin/ck_.../x"`) {
		t.Errorf("the log is %s", log)
	}
}
