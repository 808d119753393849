package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/listing"
)

const waits = "workers: 0\n" // nothing begins

func (f *fixture) begin(path, body string, headers ...string) api.BulkBegun {
	f.t.Helper()
	a := f.call("POST", path, body, headers...)
	var b api.BulkBegun
	if a.decode(f.t, &b); a.status != http.StatusAccepted || a.header.Get("Location") != f.url+path+"/"+b.BulkID {
		f.t.Fatalf("%d %s, Location %q", a.status, a.body, a.header.Get("Location"))
	}
	return b
}

// bulk waits for the end of a bulk.
func (f *fixture) bulk(path, id string, headers ...string) (b api.Bulk) {
	f.t.Helper()
	f.until("the bulk is over", func() bool {
		a := f.call("GET", path+"/"+id, "", append(headers, "Prefer", "wait=20")...)
		if a.decode(f.t, &b); a.status != http.StatusOK || (b.RetryAfter > 0) != (b.Status == "processing") || a.header.Get("Preference-Applied") != "wait=20" {
			f.t.Fatalf("%d %v %s", a.status, a.header, a.body)
		}
		return b.Status != "processing"
	})
	return b
}

func (f *fixture) jobsListed(query string, headers ...string) (ids []string) {
	f.t.Helper()
	path := "/jobs?limit=200&" + query
	if len(headers) > 0 {
		path = "/admin" + path
	}
	a := f.call("GET", path, "", headers...)
	var page api.JobList
	a.decode(f.t, &page)
	for _, raw := range page.Jobs {
		var s api.Status
		if err := json.Unmarshal(raw, &s); err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, s.JobID)
	}
	slices.Reverse(ids)
	return ids
}

func count(f *fixture, path, body string, headers ...string) int64 {
	f.t.Helper()
	a := f.call("POST", path, body, headers...)
	var n api.BulkCount
	if a.decode(f.t, &n); a.status != http.StatusOK {
		f.t.Fatalf("%d %s", a.status, a.body)
	}
	return n.Matched
}

func TestABulkDoesWhatTheSingleCallsDo(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	var ids []string
	for range 300 {
		ids = append(ids, f.submit("json-minify", `{"a":1}`))
	}
	other := f.submit("json-formatter", `{}`)
	bobs := f.submit("json-minify", `{}`, "x-api-key", bob)

	cancel := `{"action":"cancel","filter":{"status":["queued","processing"],"tool":["json-minify-api"]}`
	if n := count(f, "/bulk", cancel+`,"dry_run":true}`); n != 300 || len(f.jobsListed("status=failed")) != 0 {
		t.Errorf("a dry run counts %d, want 300, and %d are canceled", n, len(f.jobsListed("status=failed")))
	}
	begun := f.begin("/bulk", cancel+"}")
	if is := f.bulk("/bulk", begun.BulkID); begun.Matched != 300 || begun.Status != "processing" || is.Status != "done" || is.Done != 300 || is.SkippedCount != 0 || is.Action != "cancel" {
		t.Errorf("canceled: %+v, %+v", begun, is)
	}
	if got := f.jobsListed("error=CANCELED"); len(got) != 200 {
		t.Errorf("a page of what was canceled has %d", len(got))
	}
	if got := f.jobsListed("status=queued"); !slices.Equal(got, []string{other}) {
		t.Errorf("waiting: %v, want %s", got, other)
	}

	retried := f.begin("/bulk", `{"action":"retry","filter":{"error":["CANCELED"],"finished_after":1}}`)
	if is := f.bulk("/bulk", retried.BulkID); is.Done != 300 || is.Matched != 300 {
		t.Errorf("retried: %+v", is)
	}
	if n := count(f, "/bulk", `{"action":"cancel","filter":{"status":["queued"]},"dry_run":true}`); n != 301 {
		t.Errorf("after the retries %d wait, want 301", n)
	}

	named := `{"action":"delete","filter":{"ids":["` + strings.Join([]string{ids[7], other, bobs, ids[3], ids[7], "01890000-0000-7000-8000-000000000000"}, `","`) + `"]}}`
	is := f.bulk("/bulk", f.begin("/bulk", named).BulkID)
	if want := []api.BulkSkip{{JobID: bobs, Code: "FORBIDDEN"}, {JobID: "01890000-0000-7000-8000-000000000000", Code: "JOB_NOT_FOUND"}}; is.Matched != 5 || is.Done != 3 || !slices.Equal(is.Skipped, want) {
		t.Errorf("deleted: %+v, want %v skipped", is, want)
	}
	for _, id := range []string{ids[7], other, ids[3]} {
		if a := f.call("GET", "/jobs/"+id, ""); a.status != http.StatusNotFound {
			t.Errorf("deleted, and then %d %s", a.status, a.body)
		}
	}
	if a := f.call("GET", "/jobs/"+bobs, "", "x-api-key", bob); a.status != http.StatusOK {
		t.Errorf("bob's job: %d %s", a.status, a.body)
	}

	again := f.bulk("/bulk", f.begin("/bulk", `{"action":"cancel","filter":{"ids":["`+ids[0]+`"]}}`).BulkID)
	if want := []api.BulkSkip{{JobID: ids[0], Code: "JOB_FINISHED"}}; !slices.Equal(again.Skipped, want) || again.SkippedCount != 1 || again.Done != 0 {
		t.Errorf("canceled again: %+v", again)
	}
	if b := f.begin("/bulk", `{"action":"delete","filter":{"tool":["none"]}}`); b.Status != "done" || b.Matched != 0 {
		t.Errorf("nothing matched: %+v", b)
	}
	rest := f.bulk("/bulk", f.begin("/bulk", `{"action":"delete","filter":{},"all":true}`).BulkID)
	if left := f.jobsListed(""); rest.Done != 598 || len(left) != 0 {
		t.Errorf("all deleted: %+v, left %v", rest, left)
	}
}

// TestABulkTellsOfAHundredSkippedJobs: the first of them, and how many there were.
func TestABulkTellsOfAHundredSkippedJobs(t *testing.T) {
	t.Parallel()
	f := serve(t, waits+"plans:\n  small: {max_queued_jobs: 150, submit_per_minute: 0, status_per_minute: 0}\n")
	key := []string{"x-api-key", f.newKey(auth.NewKey{Owner: "small", Plan: "small"})}
	for range 150 {
		f.submit("json-minify", `{}`, key...)
	}
	f.bulk("/bulk", f.begin("/bulk", `{"action":"cancel","filter":{"status":["queued"]}}`, key...).BulkID, key...)
	for range 147 {
		f.submit("json-minify", `{}`, key...)
	}
	is := f.bulk("/bulk", f.begin("/bulk", `{"action":"retry","filter":{"status":["failed"]}}`, key...).BulkID, key...)
	if is.Done != 3 || is.SkippedCount != 147 || len(is.Skipped) != 100 || is.Skipped[0].Code != "TOO_MANY_JOBS" {
		t.Errorf("retried: %+v", is)
	}
}

func TestBadBulksHaveSentencesOfTheirOwn(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	said := map[string]string{}
	ids := strings.Repeat(`"01890000-0000-7000-8000-000000000000",`, 10_001)
	for _, body := range []string{
		``, `[]`, `null`, `{"action":"cancel","action":"retry"}`, `{}`, `{"action":"stop","filter":{"status":["queued"]}}`, `{"action":1}`,
		`{"action":"cancel"}`, `{"action":"cancel","filter":[]}`, `{"action":"cancel","filter":{"group":"a b"}}`, `{"action":"cancel","filter":{"groups":"g"}}`, `{"action":"cancel","filter":{"owner":"ann"}}`,
		`{"action":"cancel","filter":{"status":"queued"}}`, `{"action":"cancel","filter":{"status":["done"]}}`, `{"action":"cancel","filter":{"tool":[""]}}`,
		`{"action":"cancel","filter":{"error":[]}}`, `{"action":"cancel","filter":{"created_after":"1"}}`, `{"action":"cancel","filter":{"created_before":1.5}}`,
		`{"action":"cancel","filter":{"metadata":{"a":1}}}`, `{"action":"cancel","filter":{"metadata":{"a":null}}}`, `{"action":"cancel","filter":{"metadata":{"":"a"}}}`,
		`{"action":"delete","filter":{"tool":["-api"]}}`, `{"action":"cancel","filter":{"metadata":{` + manyMembers(listing.MaxMetadata+1) + `}}}`, `{"action":"cancel","filter":{"ids":[]}}`, `{"action":"cancel","filter":{"ids":["x"]}}`,
		`{"action":"cancel","filter":{"ids":[` + strings.TrimSuffix(ids, ",") + `]}}`, `{"action":"cancel","filter":{"status":["queued"]},"dry_run":1}`,
		`{"action":"cancel","filter":{"status":["queued"]},"all":"yes"}`, `{"action":"cancel","filter":{"status":["queued"]},"limit":1}`,
	} {
		a := f.call("POST", "/bulk", body)
		var e api.Error
		if a.decode(t, &e); a.status != http.StatusBadRequest || e.Error != "INVALID_REQUEST" {
			t.Errorf("%.80s: %d %s", body, a.status, a.body)
		}
		if other, ok := said[e.Details.Message]; ok && !strings.Contains(e.Details.Message, "JSON object") && !strings.Contains(e.Details.Message, "action must") && !strings.Contains(e.Details.Message, "whose members are strings") {
			t.Errorf("%.80s and %.80s are told the same: %s", body, other, e.Details.Message)
		}
		said[e.Details.Message] = body
	}
	if a := f.call("POST", "/bulk", strings.Repeat(" ", 600<<10)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body that is too long: %d %s", a.status, a.body)
	}
	if a := f.call("POST", "/bulk?dry_run=true", `{"action":"delete","all":true}`); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), `"parameter":"dry_run"`) {
		t.Errorf("a wish in the query: %d %s", a.status, a.body)
	}
	for _, path := range []string{"/bulk/x", "/bulk/0"} {
		if a := f.call("GET", path, ""); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":"v"`, i)
	}
	return b.String()[1:]
}

func TestABulkIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	f.submit("json-minify", `{}`)
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	reads := f.newKey(auth.NewKey{Owner: "ann", Plan: "unlimited", Scopes: []string{account.ScopeRead}})
	b := f.begin("/bulk", `{"action":"cancel","filter":{"status":["queued"]}}`)
	done := f.bulk("/bulk", b.BulkID)
	for _, method := range []string{"GET", "DELETE"} {
		a := f.call(method, "/bulk/"+b.BulkID, "", "x-api-key", bob)
		var e api.Error
		if a.decode(t, &e); a.status != http.StatusNotFound || e.Error != "BULK_NOT_FOUND" {
			t.Errorf("bob's %s: %d %s", method, a.status, a.body)
		}
	}
	if a := f.call("GET", "/bulk/"+b.BulkID, "", "x-api-key", reads); a.status != http.StatusOK {
		t.Errorf("a key that reads: %d %s", a.status, a.body)
	}
	if a := f.call("POST", "/bulk", `{"action":"cancel","filter":{},"all":true}`, "x-api-key", reads); a.status != http.StatusForbidden {
		t.Errorf("a key that reads begins one: %d %s", a.status, a.body)
	}
	if a := f.call("GET", "/bulk/"+b.BulkID, "", "Prefer", "wait=20"); a.header.Get("Preference-Applied") != "wait=20" { // as a job's status says it
		t.Errorf("one that is over: %v", a.header)
	}
	tag := f.call("GET", "/bulk/"+b.BulkID, "").header.Get("ETag")
	if a := f.call("GET", "/bulk/"+b.BulkID, "", "If-None-Match", tag, "Prefer", "wait=20"); a.status != http.StatusNotModified { // at once: it changes no more
		t.Errorf("with its tag %s: %d", tag, a.status)
	}
	var ended api.Bulk
	if f.call("DELETE", "/bulk/"+b.BulkID, "").decode(t, &ended); ended.Status != "done" || ended.UpdatedAt != done.UpdatedAt {
		t.Errorf("ended after its end: %+v", ended)
	}
}

// TestOperatorsLookAtAllJobs: whoever's they are, with whose they are, and each
// change leaves a row in the audit.
func TestOperatorsLookAtAllJobs(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	ops := []string{"x-api-key", f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})}
	first := f.submit("json-minify", `{}`)
	second := f.submit("json-formatter", `{}`, "x-api-key", bob, "x-metadata", `{"k":"v"}`)
	for query, want := range map[string][]string{
		"": {first, second}, "owner=bob": {second}, "owner=carl": nil, "tool=json-minify": {first}, "id=" + second: {second}, "id=" + second + "&owner=ann": nil,
		"status=queued&metadata.k=v": {second}, "trouble=failing": nil, "trouble=poisoned": nil, "trouble=stuck": nil, "error=TIMEOUT": nil,
		"id=01890000-0000-7000-8000-000000000000": nil,
	} {
		if got := f.jobsListed(query, ops...); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	for _, query := range []string{"owner=A", "owner=a&owner=b", "trouble=all", "id=x", "id=" + first + "&id=" + second, "group=", "feed=1", "ids=" + first} {
		if a := f.call("GET", "/admin/jobs?"+query, "", ops...); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	if a := f.call("GET", "/admin/jobs?groups=g", "", ops...); !strings.Contains(string(a.body), "there are owner, trouble, id, status,") || strings.Contains(string(a.body), "ids") {
		t.Errorf("an operator is told of %s", a.body)
	}
	a := f.call("GET", "/admin/jobs/"+second, "", ops...)
	var view struct {
		api.Status
		api.FullJob
		api.OperatorView
	}
	if a.decode(t, &view); a.status != http.StatusOK || view.Owner != "bob" || view.Tool != "json-formatter" || view.Status.Status != "queued" || view.RequestID == "" || view.WaitingReason == "" || string(view.Metadata) != `{"k":"v"}` {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := f.call("GET", "/admin/jobs/01890000-0000-7000-8000-000000000000", "", ops...); a.status != http.StatusNotFound {
		t.Errorf("no such job: %d %s", a.status, a.body)
	}
	var page struct {
		Jobs []api.OperatorJob `json:"jobs"`
		Next *string           `json:"next_cursor"`
	}
	a = f.call("GET", "/admin/jobs?limit=1", "", ops...)
	if a.decode(t, &page); page.Next == nil || len(page.Jobs) != 1 || page.Jobs[0].Owner != "bob" || page.Jobs[0].MaxAttempts != 4 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a = f.call("GET", "/admin/jobs?limit=1&cursor="+*page.Next, "", ops...); !strings.Contains(string(a.body), first) {
		t.Errorf("the next page: %s", a.body)
	}

	if n := count(f, "/admin/bulk", `{"action":"cancel","filter":{"owner":"bob"},"dry_run":true}`, ops...); n != 1 {
		t.Errorf("bob has %d", n)
	}
	b := f.begin("/admin/bulk", `{"action":"cancel","filter":{"status":["queued"]}}`, ops...)
	if is := f.bulk("/admin/bulk", b.BulkID, ops...); is.Done != 2 || is.SkippedCount != 0 {
		t.Errorf("canceled: %+v", is)
	}
	retry := f.bulk("/admin/bulk", f.begin("/admin/bulk", `{"action":"retry","filter":{"ids":["`+second+`"]}}`, ops...).BulkID, ops...)
	if got := f.jobsListed("status=queued", ops...); retry.Done != 1 || len(got) != 1 || !slices.Equal(got, f.jobsListed("status=queued&owner=bob", ops...)) {
		t.Errorf("retried: %+v, waiting %v", retry, got)
	}
	if a := f.call("GET", "/bulk/"+b.BulkID, ""); a.status != http.StatusNotFound {
		t.Errorf("an owner sees an operator's bulk: %d %s", a.status, a.body)
	}
	own := f.begin("/bulk", `{"action":"delete","filter":{"ids":["`+first+`"]}}`)
	f.bulk("/admin/bulk", own.BulkID, ops...)
	f.call("DELETE", "/admin/bulk/"+own.BulkID, "", ops...)
	var actions []string
	rows, err := f.server.Operator().Audit(t.Context(), time.Time{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !strings.HasPrefix(row.Action, "bulks.") {
			continue
		}
		actions = append(actions, row.Action)
		if !strings.Contains(row.Target, "-7") {
			t.Errorf("the audit's target is %q", row.Target)
		}
	}
	if want := []string{"bulks.cancel", "bulks.end", "bulks.retry"}; !slices.Equal(slices.Sorted(slices.Values(actions)), want) {
		t.Errorf("the audit has %v, want %v", actions, want)
	}
	if a := f.call("GET", "/admin/jobs", ""); a.status != http.StatusForbidden {
		t.Errorf("an owner's key: %d", a.status)
	}
}
