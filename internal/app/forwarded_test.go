package app_test

import (
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

const believing = "public_url: https://jobs.example.org\ntrusted_proxies: 127.0.0.1\nauth:\n  forwarded: {owner_header: x-forwarded-user, plan_header: x-forwarded-plan, scopes_header: x-forwarded-scopes}\nplans:\n  small: {jobs_per_month: 3}\n"

func TestATrustedProxySaysWhoCalls(t *testing.T) {
	t.Parallel()
	f := serve(t, believing)
	ann := []string{"X-Forwarded-User", "Ann@Example.org", "X-Forwarded-Plan", "small", "X-Forwarded-Scopes", "read, submit"}
	said := func(method, path, body string, headers ...string) answer {
		return f.with("", method, path, body, headers...)
	}

	var usage api.Usage
	said("GET", "/usage", "", ann...).decode(t, &usage)
	if usage.Subject != "Ann@Example.org" || !strings.HasPrefix(usage.Owner, "fwd-") || usage.Plan != "small" || usage.Jobs.Limit != 3 {
		t.Errorf("got %+v", usage)
	}
	var accepted api.Accepted
	said("POST", "/json-formatter-api", "[1]", append(ann, "Prefer", "respond-async")...).decode(t, &accepted)
	path := "/jobs/" + accepted.JobID
	var token struct {
		Token string `json:"token"`
	}
	said("POST", path+"/token", "", ann...).decode(t, &token)
	key := f.newKey(auth.NewKey{Owner: usage.Owner})
	for _, c := range []struct {
		what, method, path string
		status             int
		headers            []string
	}{
		{"its owner", "GET", path, 200, ann},
		{"somebody else", "GET", path, 403, []string{"X-Forwarded-User", "bob", "X-Forwarded-Scopes", "read"}},
		{"a key of the same owner", "GET", path, 200, []string{"X-Api-Key", key}},
		{"a key, whatever the proxy says", "GET", path, 200, []string{"X-Api-Key", key, "X-Forwarded-User", "bob"}},
		{"another's key, whatever the proxy says", "GET", path, 403, append([]string{"X-Api-Key", f.key}, ann...)},
		{"a wrong key, whatever the proxy says", "GET", path, 401, append([]string{"X-Api-Key", "ck_wrong"}, ann...)},
		{"a bearer's token that the proxy knows better", "GET", path, 200, append([]string{"Authorization", "Bearer e30.e30.x"}, ann...)},
		{"a job's token", "GET", path + "?access_token=" + token.Token, 200, nil},
		{"nobody", "GET", path, 401, nil},
		{"an empty name", "GET", path, 401, []string{"X-Forwarded-User", " "}},
		{"a name without leave", "DELETE", path, 403, []string{"X-Forwarded-User", "Ann@Example.org", "X-Forwarded-Scopes", "read"}},
		{"a name that may do nothing", "GET", path, 403, []string{"X-Forwarded-User", "Ann@Example.org"}},
		{"one who says to be an operator", "GET", "/admin/stats", 403, []string{"X-Forwarded-User", "Ann@Example.org", "X-Forwarded-Scopes", "admin read"}},
		{"one who says to be a worker", "POST", "/work/claim", 403, []string{"X-Forwarded-User", "Ann@Example.org", "X-Forwarded-Scopes", "work submit"}},
		{"a page of somebody else's", "POST", path + "/cancel", 403, append([]string{"Origin", "https://evil.example"}, ann...)},
		{"a page of nobody's", "POST", path + "/cancel", 403, append([]string{"Origin", "null"}, ann...)},
		{"our own page", "POST", path + "/token", 200, append([]string{"Origin", "https://jobs.example.org"}, ann...)},
	} {
		if a := said(c.method, c.path, "", c.headers...); a.status != c.status {
			t.Errorf("%s: %d %s, want %d", c.what, a.status, a.body, c.status)
		}
	}
}

// TestWhatIsSaidTwiceIsSaidOfNobody: one of the two names may be the client's own,
// which the proxy let through.
func TestWhatIsSaidTwiceIsSaidOfNobody(t *testing.T) {
	t.Parallel()
	f := serve(t, believing)
	req, err := http.NewRequestWithContext(t.Context(), "GET", f.url+"/usage", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["X-Forwarded-User"] = []string{"ann", "bob"}
	if a := f.do(req); a.status != http.StatusUnauthorized {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestNobodyElseSaysWhoCalls(t *testing.T) {
	t.Parallel()
	f := serve(t, strings.ReplaceAll(believing, "127.0.0.1", "192.0.2.0/24"))
	for _, headers := range [][]string{{}, {"X-Forwarded-User", "ann"}, {"X-Forwarded-User", "ann", "X-Forwarded-For", "192.0.2.1"}} {
		if a := f.with("", "GET", "/usage", "", headers...); a.status != http.StatusUnauthorized || !strings.Contains(string(a.body), "Missing authorizer context") {
			t.Errorf("%q: %d %s", headers, a.status, a.body)
		}
	}
	if a := f.call("GET", "/usage", "", "X-Forwarded-User", "bob"); !strings.Contains(string(a.body), `"owner":"ann"`) {
		t.Errorf("a key, with a name that nobody believes: %s", a.body)
	}
}

// TestNamesFromOutsideAreNobodyElses: no name that is made here can be said.
func TestNamesFromOutsideAreNobodyElses(t *testing.T) {
	t.Parallel()
	f := serve(t, believing)
	owner := func(name string) string {
		var u api.Usage
		f.with("", "GET", "/usage", "", "X-Forwarded-User", name, "X-Forwarded-Scopes", "read").decode(t, &u)
		return u.Owner
	}
	odd := owner("Ann@Example.org")
	seen := map[string]string{}
	for _, name := range []string{"ann", "Ann", "Ann@Example.org", odd, "jwt-" + odd[4:], "fwd-", strings.Repeat("a", 64), "a b"} {
		is := owner(name)
		if before, ok := seen[is]; ok {
			t.Errorf("%q and %q are both %s", name, before, is)
		}
		seen[is] = name
	}
	if owner("ann") != "ann" || owner("Ann@Example.org") != odd {
		t.Error("names do not stay")
	}
}

func TestAKeyThatIsForSomeTools(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	key := f.newKey(auth.NewKey{Owner: "ann", Tools: []string{"json-formatter"}})
	var other api.Accepted
	f.call("POST", "/json-minify-api", "[1]", "Prefer", "respond-async").decode(t, &other)
	f.call("GET", "/jobs/"+other.JobID, "", "Prefer", "wait=20")
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/json-formatter-api", "[1]", 200, ""},
		{"POST", "/json-minify-api", "[1]", 403, "Key is not for the tool json-minify"},
		{"POST", "/v1/tools/json-minify:run", `{"content":[1]}`, 403, "Key is not for the tool json-minify"},
		{"POST", "/azure/json-minify-api", "[1]", 403, "Key is not for the tool json-minify"},
		{"GET", "/tools/json-minify", "", 403, "Key is not for the tool json-minify"},
		{"GET", "/tools/none", "", 404, "There is no such tool"},
		{"GET", "/jobs/" + other.JobID, "", 200, ""}, // jobs are their owner's
		{"POST", "/jobs/" + other.JobID + "/retry", "", 403, "Key is not for the tool json-minify"},
		{"POST", "/bulk", `{"action":"retry","filter":{"tool":["json-minify"]},"dry_run":true}`, 403, "Key is not for the tool json-minify"},
		{"POST", "/bulk", `{"action":"retry","all":true,"dry_run":true}`, 200, `"matched":0`},
		{"POST", "/bulk", `{"action":"delete","all":true,"dry_run":true}`, 200, `"matched":1`},
	} {
		if a := f.call(c.method, c.path, c.body, "X-Api-Key", key); a.status != c.status || !strings.Contains(string(a.body), c.says) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, a.status, a.body, c.status, c.says)
		}
	}
	var list api.Tools
	f.call("GET", "/tools", "", "X-Api-Key", key).decode(t, &list)
	if len(list.Tools) != 1 || list.Tools[0].Name != "json-formatter" {
		t.Errorf("listed are %+v", list.Tools)
	}
}

func TestAKeyThatIsForSomeNetworks(t *testing.T) {
	t.Parallel()
	f := serve(t, "trusted_proxies: 127.0.0.1\n")
	far := f.newKey(auth.NewKey{Owner: "ann", From: []string{"192.0.2.0/24", "2001:db8::7"}})
	near := f.newKey(auth.NewKey{Owner: "ann", From: []string{"127.0.0.0/8"}})
	for _, c := range []struct {
		key, from string
		status    int
	}{
		{near, "", 200},
		{near, "192.0.2.9", 401},
		{far, "", 401},
		{far, "192.0.2.9", 200},
		{far, "::ffff:192.0.2.9", 200}, // the same address
		{far, "192.0.3.9", 401},
		{far, "192.0.2.9, 192.0.3.9", 401}, // the first is what the client says
		{far, "2001:db8::7", 200},
		{far, "2001:db8::8", 401},
	} {
		headers := []string{"X-Api-Key", c.key}
		if c.from != "" {
			headers = append(headers, "X-Forwarded-For", c.from)
		}
		a := f.call("GET", "/usage", "", headers...)
		if a.status != c.status || a.status == 401 && !strings.Contains(string(a.body), "Missing authorizer context") {
			t.Errorf("from %q: %d %s, want %d", c.from, a.status, a.body, c.status)
		}
	}
	var accepted api.Accepted
	f.call("POST", "/json-formatter-api", "[1]", "Prefer", "respond-async", "X-Api-Key", near).decode(t, &accepted)
	var token struct {
		Token string `json:"token"`
	}
	f.call("POST", "/jobs/"+accepted.JobID+"/token", "", "X-Api-Key", near).decode(t, &token)
	if a := f.with("", "GET", "/jobs/"+accepted.JobID+"?access_token="+token.Token, "", "X-Forwarded-For", "198.51.100.1"); a.status != http.StatusOK {
		t.Errorf("a job's token is lent to whom it may concern: %d %s", a.status, a.body)
	}
}
