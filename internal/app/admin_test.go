package app_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

// ruled is a server with an operator's key, which calls are made with.
func ruled(t *testing.T, yaml string) *fixture {
	t.Helper()
	f := serve(t, yaml)
	f.key = f.newKey(auth.NewKey{Owner: "ops", Plan: "unlimited", Scopes: []string{"admin"}})
	return f
}

// done are the actions and targets of the audit, oldest first, from the nth on.
func (f *fixture) done(from int) (list []string) {
	f.t.Helper()
	rows, err := f.server.Operator().Audit(f.t.Context(), time.Time{}, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	slices.Reverse(rows)
	for _, r := range rows[min(from, len(rows)):] {
		list = append(list, r.Action+" "+r.Target)
	}
	return list
}

func (f *fixture) make(body string) (made api.MadeKey) {
	f.t.Helper()
	a := f.call("POST", "/admin/keys", body)
	if a.status != http.StatusCreated || a.header.Get("Cache-Control") != "no-store" {
		f.t.Fatalf("%s: %d %v %s", body, a.status, a.header, a.body)
	}
	a.decode(f.t, &made)
	return made
}

func (f *fixture) listed(id string) api.Key {
	f.t.Helper()
	var all []api.Key
	a := f.call("GET", "/admin/keys", "")
	a.decode(f.t, &all)
	for _, k := range all {
		if k.ID == id {
			return k
		}
	}
	f.t.Fatalf("no key %s in %s", id, a.body)
	return api.Key{}
}

// usage is what a key's usage is answered with.
func (f *fixture) usage(key string) int {
	f.t.Helper()
	return f.call("GET", "/usage", "", "x-api-key", key).status
}

func TestAnOperatorMakesRotatesAndRevokesKeys(t *testing.T) {
	t.Parallel()
	f := ruled(t, "plans: {big: {jobs_per_month: 7}}\n")
	before := len(f.done(0))
	made := f.make(`{"owner":"acme","plan":"big","name":"production","scopes":["read","submit"],"expires_in":3600}`)
	if made.Owner != "acme" || made.Plan != "big" || made.Name != "production" || !slices.Equal(made.Scopes, []string{"submit", "read"}) || made.Tools == nil ||
		made.RevokedAt != nil || made.ExpiresAt == nil || *made.ExpiresAt-made.CreatedAt != 3600 || len(made.Key) != 52 {
		t.Errorf("got %+v", made)
	}
	is := f.listed(made.ID)
	if is.Owner != "acme" || is.Plan != "big" || is.ExpiresAt == nil || *is.ExpiresAt != *made.ExpiresAt {
		t.Errorf("listed %+v", is)
	}
	a := f.call("GET", "/usage", "", "x-api-key", made.Key)
	if a.status != 200 || !strings.Contains(string(a.body), `"owner":"acme","plan":"big"`) {
		t.Errorf("usage: %d %s", a.status, a.body)
	}
	keeps := f.make(`{"owner":"acme","scopes":["read"]}`)
	if keeps.Plan != "big" || keeps.ExpiresAt != nil {
		t.Errorf("without a plan: %+v", keeps)
	}
	worker := f.make(`{"owner":"acme","scopes":["work"],"tools":["b","a"],"from":[],"expires_in":null}`)
	if !slices.Equal(worker.Tools, []string{"a", "b"}) || !slices.Equal(f.listed(worker.ID).Tools, []string{"a", "b"}) {
		t.Errorf("a worker's: %+v", worker)
	}

	var fresh api.MadeKey
	a = f.call("POST", "/admin/keys/"+made.ID+"/rotate", `{"overlap":600}`)
	a.decode(t, &fresh)
	if a.status != 201 || fresh.ID == made.ID || fresh.Owner != "acme" || fresh.Name != "production" || fresh.Plan != "big" || *fresh.ExpiresAt != *made.ExpiresAt {
		t.Errorf("rotated: %d %+v", a.status, fresh)
	}
	if old := f.listed(made.ID); old.RevokedAt == nil || *old.RevokedAt-fresh.CreatedAt != 600 {
		t.Errorf("the old one: %+v, made at %d", old, fresh.CreatedAt)
	}
	if f.usage(made.Key) != 200 || f.usage(fresh.Key) != 200 {
		t.Error("within the overlap both are valid")
	}
	if a := f.call("DELETE", "/admin/keys/"+made.ID, ""); a.status != 204 || len(a.body) > 0 || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("revoked: %d %v %s", a.status, a.header, a.body)
	}
	if f.usage(made.Key) != 401 || f.usage(fresh.Key) != 200 {
		t.Error("the old one is valid, or the new one is not")
	}
	again := f.listed(made.ID)
	if a := f.call("DELETE", "/admin/keys/"+made.ID, ""); a.status != 204 || *f.listed(made.ID).RevokedAt != *again.RevokedAt {
		t.Errorf("revoked twice: %d", a.status)
	}
	a = f.call("POST", "/admin/keys/"+fresh.ID+"/rotate", "")
	var last api.MadeKey
	a.decode(t, &last)
	if old := f.listed(fresh.ID); a.status != 201 || old.RevokedAt == nil || *old.RevokedAt-last.CreatedAt != 86400 {
		t.Errorf("rotated without a body: %d %+v", a.status, old)
	}
	a = f.call("POST", "/admin/keys/"+last.ID+"/rotate", `{"overlap":0}`)
	var end api.MadeKey
	a.decode(t, &end)
	if f.usage(last.Key) != 401 || f.usage(end.Key) != 200 {
		t.Error("without an overlap the old key is void at once")
	}
	want := []string{
		"keys.create " + made.ID, "owners.plan acme big", "keys.create " + keeps.ID, "keys.create " + worker.ID,
		"keys.rotate " + made.ID, "keys.create " + fresh.ID, "keys.revoke " + made.ID,
		"keys.rotate " + fresh.ID, "keys.create " + last.ID, "keys.rotate " + last.ID, "keys.create " + end.ID,
	}
	if got := f.done(before); !slices.Equal(got, want) {
		t.Errorf("the audit has\n%q, want\n%q", got, want)
	}
	for _, secret := range []string{f.key, made.Key, fresh.Key, last.Key, end.Key} {
		if strings.Contains(f.log.String(), secret[3:30]) || strings.Contains(string(f.call("GET", "/admin/keys", "").body)+string(f.call("GET", "/admin/audit", "").body), secret[3:30]) {
			t.Error("a key's text is shown twice, or in the log")
		}
	}
}

func TestWhatNoKeyIsMadeOfIsSaid(t *testing.T) {
	t.Parallel()
	f := ruled(t, "")
	before := f.done(0)
	for _, c := range []struct {
		body   string
		status int
		code   string
		member string
		says   string
	}{
		{`{"owner":"acme","scopes":["admin"]}`, 403, "FORBIDDEN", "scopes", "Keys with scope admin are made by the command claimcheck keys alone."},
		{`{"owner":"acme","scopes":["read","admin"]}`, 403, "FORBIDDEN", "scopes", "Keys with scope admin are made by the command claimcheck keys alone."},
		{`{"owner":"acme","from":["10.0.0.0/8","home"]}`, 400, "INVALID_NETWORKS", "from", `"home" is not a network such as 10.0.0.0/8 or 2001:db8::/32.`},
		{`{"owner":"acme","expires_in":0}`, 400, "INVALID_REQUEST", "expires_in", "expires_in must be a whole number of seconds from 1 to 315360000."},
		{`{"owner":"acme","expires_in":315360001}`, 400, "INVALID_REQUEST", "expires_in", "expires_in must be a whole number of seconds from 1 to 315360000."},
		{`{"owner":"acme","expires_in":-1}`, 400, "INVALID_REQUEST", "expires_in", ""},
		{`{"owner":"acme","expires_in":"1h"}`, 400, "INVALID_REQUEST", "expires_in", "expires_in must be a whole number."},
		{`{"owner":"acme","expires":"1h"}`, 400, "INVALID_REQUEST", "expires", `The body has a member "expires", which is not described.`},
		{`{"owner":"acme","plan":"huge"}`, 400, "INVALID_PLAN", "plan", `There is no plan "huge"; the plans are default, unlimited.`},
		{`{}`, 400, "INVALID_OWNER", "owner", "Owner must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit."},
		{`{"owner":"Acme"}`, 400, "INVALID_OWNER", "owner", ""},
		{`{"owner":"acme","name":"a\nb"}`, 400, "INVALID_NAME", "name", "Name must be at most 200 characters, without line breaks and other control characters."},
		{`{"owner":"acme","name":"a\u0007b"}`, 400, "INVALID_NAME", "name", "Name must be at most 200 characters, without line breaks and other control characters."},
		{`{"owner":"acme","scopes":[]}`, 400, "INVALID_SCOPE", "scopes", "A key has at least one scope; where scopes is left out they are submit and read."},
		{`{"owner":"acme","scopes":["root"]}`, 400, "INVALID_SCOPE", "scopes", `Scope "root" is none of submit, read, work and admin.`},
		{`{"owner":"acme","scopes":["work","read"],"tools":["a"]}`, 400, "INVALID_SCOPE", "scopes", "Scope work cannot be combined with others."},
		{`{"owner":"acme","scopes":["work"]}`, 400, "INVALID_TOOLS", "tools", "A key with scope work needs the tools that it may claim."},
		{`{"owner":"acme","tools":["A"]}`, 400, "INVALID_TOOLS", "tools", `"A" cannot be the name of a tool.`},
		{`{"owner":"acme"`, 400, "INVALID_REQUEST", "", "The body is not the JSON object that is described."},
		{``, 400, "INVALID_REQUEST", "", ""},
		{`{"owner":"acme","name":"` + strings.Repeat("x", 16<<10) + `"}`, 413, "PAYLOAD_TOO_LARGE", "", ""},
	} {
		a := f.call("POST", "/admin/keys", c.body)
		f.want(c.body[:min(len(c.body), 60)], a, c.status, c.code)
		var e api.Error
		a.decode(t, &e)
		if c.says != "" && e.Details.Message != c.says || e.Details.Member != c.member {
			t.Errorf("%s: %s", c.body, a.body)
		}
	}
	admin, old := f.listedOf("ops").ID, f.make(`{"owner":"acme"}`)
	f.call("DELETE", "/admin/keys/"+old.ID, "")
	after := f.done(0)
	for _, c := range []struct {
		id, body string
		status   int
		code     string
	}{
		{"key_0123456789abcdef", "", 404, "KEY_NOT_FOUND"},
		{f.key, "", 404, "KEY_NOT_FOUND"}, // somebody took its text for its id
		{old.ID, "", 400, "KEY_NOT_VALID"},
		{admin, "", 403, "FORBIDDEN"},
		{admin, `{"overlap":-1}`, 400, "INVALID_REQUEST"},
		{old.ID, `{"overlap":315360001}`, 400, "INVALID_REQUEST"},
		{old.ID, `{"overlap":"1h"}`, 400, "INVALID_REQUEST"},
		{old.ID, `{"over":1}`, 400, "INVALID_REQUEST"},
	} {
		f.want("rotate "+c.id+c.body, f.call("POST", "/admin/keys/"+c.id+"/rotate", c.body), c.status, c.code)
	}
	for _, id := range []string{"key_0123456789abcdef", "key_0123456789ABCDEF", "x", f.key} {
		f.want("revoke "+id, f.call("DELETE", "/admin/keys/"+id, ""), 404, "KEY_NOT_FOUND")
	}
	for _, path := range []string{"/admin/keys?owner=a", "/admin/plans?x", "/admin/audit?limit=0", "/admin/audit?limit=201", "/admin/audit?limit=1&limit=2", "/admin/audit?since=-1", "/admin/audit?cursor=", "/admin/audit?cursor=-1", "/admin/audit?cursor=!", "/admin/audit?until=1"} {
		f.want(path, f.call("GET", path, ""), 400, "INVALID_REQUEST")
	}
	want := append(slices.Clone(before), "keys.create "+old.ID, "keys.revoke "+old.ID)
	if got := f.done(0); !slices.Equal(after, want) || !slices.Equal(got, want) {
		t.Errorf("what is refused is in the audit: %q, want %q", got, want)
	}
	if strings.Contains(f.log.String(), f.key[3:30]) {
		t.Error("a key is in the log")
	}
}

// listedOf is an owner's first key.
func (f *fixture) listedOf(owner string) api.Key {
	f.t.Helper()
	var all []api.Key
	f.call("GET", "/admin/keys", "").decode(f.t, &all)
	for _, k := range all {
		if k.Owner == owner {
			return k
		}
	}
	f.t.Fatalf("%s has no key", owner)
	return api.Key{}
}

// TestAnOperatorsKeyEndsLikeOthers: also by its own hand.
func TestAnOperatorsKeyEndsLikeOthers(t *testing.T) {
	t.Parallel()
	f := ruled(t, "")
	if a := f.call("DELETE", "/admin/keys/"+f.listedOf("ops").ID, ""); a.status != 204 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	f.want("afterwards", f.call("GET", "/admin/keys", ""), 401, "UNAUTHORIZED")
}

func TestPlansAreListedWithWhoHasThem(t *testing.T) {
	t.Parallel()
	f := ruled(t, "plans: {big: {jobs_per_month: 7, retention: 36h, weight: 3}}\n")
	f.make(`{"owner":"acme","plan":"big"}`)
	gone := f.make(`{"owner":"acme"}`)
	f.make(`{"owner":"bob","plan":"big"}`)
	f.make(`{"owner":"cy"}`)
	f.call("DELETE", "/admin/keys/"+gone.ID, "")
	var all api.Plans
	f.call("GET", "/admin/plans", "").decode(t, &all)
	var names []string
	for _, p := range all.Plans {
		names = append(names, fmt.Sprint(p.Name, " ", p.Owners, " ", p.Keys))
	}
	if want := []string{"big 2 2", "default 1 1", "unlimited 2 2"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	big := all.Plans[0]
	if big.JobsPerMonth != 7 || big.RetentionSeconds != 36*3600 || big.Weight != 3 || big.StatusPerMinute != all.Plans[1].StatusPerMinute || big.MaxInputBytes == 0 {
		t.Errorf("got %+v", big)
	}
	f.reload("plans: {small: {jobs_per_month: 1}}\n", reloaded)
	f.call("GET", "/admin/plans", "").decode(t, &all)
	if !slices.ContainsFunc(all.Plans, func(p api.Plan) bool { return p.Name == "small" && p.JobsPerMonth == 1 }) {
		t.Errorf("after a reload: %+v", all)
	}
}

func TestTheAuditIsReadInPages(t *testing.T) {
	t.Parallel()
	f := ruled(t, "")
	began := time.Now().Unix()
	const request = "0197a2c4-7e1b-4c3d-8a4e-5f6071829304"
	var ids []string
	for range 7 {
		var made api.MadeKey
		f.call("POST", "/admin/keys", `{"owner":"acme"}`, "X-Request-Id", request).decode(t, &made)
		ids = append(ids, made.ID)
	}
	var got []api.AuditRow
	for cursor := ""; ; {
		var page api.Audit
		f.call("GET", "/admin/audit?limit=3"+cursor, "").decode(t, &page)
		if got = append(got, page.Audit...); page.NextCursor == "" {
			break
		}
		if len(page.Audit) != 3 {
			t.Errorf("a page of %d rows", len(page.Audit))
		}
		cursor = "&cursor=" + page.NextCursor
	}
	admin := f.listedOf("ops").ID
	for i, r := range got[:7] {
		want := api.AuditRow{At: r.At, KeyID: admin, Owner: "ops", Action: "keys.create", Target: ids[6-i], RequestID: request}
		if r != want || r.At < began || r.At > time.Now().Unix() {
			t.Errorf("row %d is %+v, want %+v", i, r, want)
		}
	}
	if first := got[len(got)-1]; first.KeyID != "command" || first.Owner != "" || first.RequestID != "" || first.Action != "keys.create" {
		t.Errorf("the first row is %+v", first)
	}
	var none api.Audit
	f.call("GET", fmt.Sprint("/admin/audit?since=", time.Now().Unix()+60), "").decode(t, &none)
	var all api.Audit
	f.call("GET", fmt.Sprint("/admin/audit?limit=200&since=", began-60), "").decode(t, &all)
	if none.Audit == nil || len(none.Audit) != 0 || len(all.Audit) != len(got) || !slices.IsSortedFunc(all.Audit, func(a, b api.AuditRow) int { return cmp.Compare(b.At, a.At) }) {
		t.Errorf("since: %+v and %+v", none, all)
	}
}
