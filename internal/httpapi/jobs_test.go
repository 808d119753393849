package httpapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/job"
)

func TestCancelDeleteRetry(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	running := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	waiting := f.do("POST", "/gate-api", "y", async).text(t, "job_id")
	f.wantError(f.do("POST", "/jobs/"+waiting+"/retry", ""), 409, "JOB_UNFINISHED", "")

	a := f.do("POST", "/jobs/"+waiting+"/cancel", "")
	if a.StatusCode != 200 || !strings.Contains(string(a.body), `"status":"failed"`) || !strings.Contains(string(a.body), `"code":"CANCELED"`) {
		t.Errorf("cancel of a waiting job: %d %s", a.StatusCode, a.body)
	}
	f.wantError(f.do("POST", "/jobs/"+waiting+"/cancel", ""), 409, "JOB_FINISHED", "")
	f.wantError(f.do("GET", "/jobs/"+waiting+"/result", ""), 409, "CANCELED", "")

	if b := f.do("POST", "/jobs/"+running+"/cancel", ""); b.StatusCode != 202 && b.StatusCode != 200 {
		t.Errorf("cancel of a running job: %d %s", b.StatusCode, b.body)
	}
	if s := f.finished(running); !strings.Contains(string(s.body), `"code":"CANCELED"`) {
		t.Errorf("got %s", s.body)
	}

	f.gate.openAll()
	again := f.do("POST", "/jobs/"+running+"/retry", "")
	if again.StatusCode != 202 || again.Header.Get("Location") == "" || again.text(t, "job_id") == running {
		t.Fatalf("retry: %d %s", again.StatusCode, again.body)
	}
	if s := f.finished(again.text(t, "job_id")); s.text(t, "status") != "success" || !strings.Contains(string(s.body), `"preview":"x"`) {
		t.Errorf("retried: %s", s.body)
	}

	if d := f.do("DELETE", "/jobs/"+running, ""); d.StatusCode != 204 || len(d.body) != 0 {
		t.Errorf("delete: %d %s", d.StatusCode, d.body)
	}
	f.wantError(f.do("GET", "/jobs/"+running, ""), 404, "JOB_NOT_FOUND", "Job not found")
	f.wantError(f.do("DELETE", "/jobs/"+running, ""), 404, "JOB_NOT_FOUND", "Job not found")
	bob := "x-api-key: " + f.newKey(auth.NewKey{Owner: "bob"})
	for _, c := range [][2]string{{"POST", "/cancel"}, {"POST", "/retry"}, {"POST", "/token"}, {"DELETE", ""}, {"GET", "/events"}} {
		f.wantError(f.do(c[0], "/jobs/"+waiting+c[1], "", bob), 403, "FORBIDDEN", "Access denied")
		f.wantError(f.do(c[0], "/jobs/123"+c[1], ""), 400, "INVALID_JOB_ID", "")
	}
}

func TestRetryOfALargeInputHasACopyOfItsOwn(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	in := `"` + strings.Repeat("x", 100_000) + `"`
	old := f.do("POST", "/json-minify-api", in, async).text(t, "job_id")
	f.finished(old)
	again := f.do("POST", "/jobs/"+old+"/retry", "").text(t, "job_id")
	f.do("DELETE", "/jobs/"+old, "")
	if s := f.finished(again); s.text(t, "status") != "success" {
		t.Errorf("got %s", s.body)
	}
}

// listed returns the ids of a list's jobs and its cursor.
func listed(t *testing.T, a answer) (ids []string, cursor string) {
	t.Helper()
	var l struct {
		Jobs []struct {
			JobID string `json:"job_id"`
		}
		NextCursor *string `json:"next_cursor"`
	}
	if err := json.Unmarshal(a.body, &l); err != nil || a.StatusCode != 200 {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	for _, j := range l.Jobs {
		ids = append(ids, j.JobID)
	}
	if l.NextCursor != nil {
		cursor = *l.NextCursor
	}
	return ids, cursor
}

func TestListPagesStayStableWhileJobsArrive(t *testing.T) {
	f := newFixture(t, options{})
	var want []string
	for range 25 {
		want = append([]string{f.do("POST", "/gate-api", "x", async).text(t, "job_id")}, want...)
	}
	var got []string
	cursor := ""
	for page := 0; page == 0 || cursor != ""; page++ {
		path := "/jobs?limit=10"
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		a := f.do("GET", path, "")
		var ids []string
		ids, cursor = listed(t, a)
		got = append(got, ids...)
		if link := a.Header.Get("Link"); (cursor != "") != strings.Contains(link, `rel="next"`) {
			t.Errorf("Link %q with cursor %q", link, cursor)
		}
		f.do("POST", "/gate-api", "new", async)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %d jobs, want the %d of the beginning, newest first", len(got), len(want))
	}
}

func TestAListLeavesOutWhatHasExpired(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	gone := f.do("POST", "/json-minify-api", "{}", async).text(t, "job_id")
	f.finished(gone)
	if ids, _ := listed(t, f.do("GET", "/jobs", "")); fmt.Sprint(ids) != fmt.Sprint([]string{gone}) {
		t.Fatalf("listed %v, want %s", ids, gone)
	}
	f.advance(1000 * time.Hour)
	f.wantError(f.do("GET", "/jobs/"+gone, ""), 404, "JOB_NOT_FOUND", "")
	if ids, cursor := listed(t, f.do("GET", "/jobs", "")); len(ids) != 0 || cursor != "" {
		t.Errorf("listed %v and then %q, but it has expired", ids, cursor)
	}
	if ids, _ := listed(t, f.do("GET", "/jobs?ids="+gone, "")); len(ids) != 1 || ids[0] != "" { // in its stead it is said that there is no such job
		t.Errorf("among ids: %v", ids)
	}
}

func TestCursorsOfReleasesBeforeGoOn(t *testing.T) {
	f := newFixture(t, options{})
	first := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	second := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	id, err := job.ParseID(second)
	f.must(err)
	if ids, _ := listed(t, f.do("GET", "/jobs?cursor="+base64.RawURLEncoding.EncodeToString(id[:]), "")); fmt.Sprint(ids) != fmt.Sprint([]string{first}) {
		t.Errorf("listed %v, want %s", ids, first)
	}
	for _, bad := range []string{"x", "AAAA", second, base64.RawURLEncoding.EncodeToString(make([]byte, 25))} {
		f.wantError(f.do("GET", "/jobs?cursor="+bad, ""), 400, "INVALID_REQUEST", "")
	}
}

func TestListFilters(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	done := f.do("POST", "/json-minify-api", "{}", async, `x-metadata: {"customer":"42","note":"é"}`).text(t, "job_id")
	f.finished(done)
	f.advance(time.Hour)
	open := f.do("POST", "/gate-api", "x", async, `x-metadata: {"customer":"43"}`).text(t, "job_id")
	middle := f.now().Add(-30 * time.Minute).Unix()
	for _, c := range []struct {
		query string
		want  string
	}{
		{"", open + " " + done},
		{"?status=success", done},
		{"?status=failed", ""},
		{"?status=success&status=failed", done},
		{"?status=success&status=queued&status=processing", open + " " + done},
		{"?tool=gate", open},
		{"?tool=gate&tool=json-minify", open + " " + done},
		{"?error=TIMEOUT", ""},
		{"?tool=json-minify-api", done},
		{fmt.Sprintf("?created_after=%d", middle), open},
		{fmt.Sprintf("?created_before=%d", middle), done},
		{fmt.Sprintf("?finished_before=%d", middle), done},
		{fmt.Sprintf("?finished_after=%d", middle), ""},
		{"?metadata.customer=42", done},
		{"?metadata.customer=42&metadata.note=%C3%A9", done},
		{"?metadata.customer=44", ""},
	} {
		if ids, _ := listed(t, f.do("GET", "/jobs"+c.query, "")); strings.Join(ids, " ") != c.want {
			t.Errorf("%s: got %v, want %s", c.query, ids, c.want)
		}
	}
	for _, q := range []string{"?status=done", "?limit=0", "?limit=201", "?cursor=x", "?created_after=-1", "?colour=red", "?limit=1&limit=2", "?group=a%20b", "?groups=g"} {
		f.wantError(f.do("GET", "/jobs"+q, ""), 400, "INVALID_REQUEST", "")
	}
}

func TestAListTellsWhatIsKnownOfEachJob(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	done := f.do("POST", "/json-minify-api", "{}", async, `x-metadata: {"customer":"42"}`).text(t, "job_id")
	f.finished(done)
	open := f.do("POST", "/gate-api", "x", async, "x-run-at: "+fmt.Sprint(f.now().Add(time.Hour).Unix())).text(t, "job_id")
	var list struct{ Jobs []map[string]any }
	f.must(json.Unmarshal(f.do("GET", "/jobs?view=full&limit=2", "").body, &list))
	for i, want := range []map[string]any{
		{"job_id": open, "status": "queued", "tool": "gate", "attempt": 0.0},
		{"job_id": done, "status": "success", "tool": "json-minify", "attempt": 1.0, "metadata": map[string]any{"customer": "42"}},
	} {
		for name, value := range want {
			if got := list.Jobs[i][name]; !reflect.DeepEqual(got, value) {
				t.Errorf("job %d: %s is %v, want %v", i, name, got, value)
			}
		}
	}
	if link := f.do("GET", "/jobs?view=full&limit=1", "").Header.Get("Link"); !strings.Contains(link, "view=full") {
		t.Errorf("the next page is another view: %s", link)
	}
	var plain struct{ Jobs []map[string]any }
	f.must(json.Unmarshal(f.do("GET", "/jobs", "").body, &plain))
	if _, more := plain.Jobs[0]["tool"]; more {
		t.Errorf("the plain list has %v", plain.Jobs[0])
	}
	f.wantError(f.do("GET", "/jobs?view=all", ""), 400, "INVALID_REQUEST", "")
}

// TestAListNeverShowsAnotherOwnersJob: each owner sees what was just handed in if
// it is its own, and nobody else's.
func TestAListNeverShowsAnotherOwnersJob(t *testing.T) {
	f := newFixture(t, options{})
	keys := map[string]string{}
	for _, o := range []string{"a", "b", "c"} {
		keys[o] = "x-api-key: " + f.newKey(auth.NewKey{Owner: o})
	}
	owner := map[string]string{}
	rapid.Check(t, func(r *rapid.T) {
		o := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "owner")
		id := f.do("POST", "/gate-api", "x", async, keys[o], `x-metadata: {"k":"v"}`).text(t, "job_id")
		owner[id] = o
		who := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "who")
		query := rapid.SampledFrom([]string{"", "?status=queued", "?tool=gate", "?metadata.k=v", "?limit=3", "?ids=" + id}).Draw(r, "query")
		a := f.do("GET", "/jobs"+query, "", keys[who])
		ids, _ := listed(t, a)
		if slices.Contains(ids, id) != (who == o) {
			r.Fatalf("%s lists %v with %s just after %s of %s", who, ids, query, id, o)
		}
		for _, id := range ids {
			if id != "" && owner[id] != who {
				r.Fatalf("%s sees a job of %s with %s", who, owner[id], query)
			}
		}
	})
}

func TestBatchAnswersEachIDInItsPlaceAndCountsEach(t *testing.T) {
	f := newFixture(t, options{workers: 1, plan: account.Plan{StatusPerMinute: 100}})
	mine := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	bobs := f.do("POST", "/gate-api", "x", async, "x-api-key: "+f.newKey(auth.NewKey{Owner: "bob"})).text(t, "job_id")
	const none = "01890000-0000-7000-8000-000000000000"
	a := f.do("GET", "/jobs?ids="+strings.Join([]string{none, mine, bobs, "x"}, ","), "")
	var got struct {
		Jobs []struct{ Status, Error string }
	}
	f.must(json.Unmarshal(a.body, &got))
	want := "[{error JOB_NOT_FOUND} {processing } {error FORBIDDEN} {error INVALID_JOB_ID}]"
	if s := strings.Replace(fmt.Sprint(got.Jobs), "queued", "processing", 1); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if left := a.Header.Get("X-RateLimit-Remaining"); left != "96" {
		t.Errorf("%s requests are left, want 96: each id counts", left)
	}
	f.wantError(f.do("GET", "/jobs?ids="+strings.Repeat(mine+",", 100)+mine, ""), 400, "INVALID_REQUEST", "")
}

// TestAFullViewIsHeldLikeThePlainStatus, and answered by progress too.
func TestAFullViewIsHeldLikeThePlainStatus(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	path := "/jobs/" + id + "?view=full"
	const unread = `W/"f2-1-0"` // version, attempt and progress before the worker said that all was read
	a := f.do("GET", path, "", "Prefer: wait=20", "If-None-Match: "+unread)
	if a.StatusCode != 200 || a.member(t, "progress") != 100.0 || a.text(t, "status") != "processing" || a.Header.Get("Preference-Applied") != "wait=20" {
		t.Errorf("after progress: %d %s, applied %q", a.StatusCode, a.body, a.Header.Get("Preference-Applied"))
	}
	tag := a.Header.Get("ETag")
	for _, known := range []string{tag, strings.TrimSuffix(tag, `"`) + `-gzip"`} { // as it is, and through a proxy that compresses
		began := time.Now()
		if a := f.do("GET", path, "", "Prefer: wait=1", "If-None-Match: "+known); a.StatusCode != 304 || time.Since(began) < time.Second {
			t.Errorf("nothing changed since %s: %d after %s", known, a.StatusCode, time.Since(began))
		}
	}
	polls := make(chan answer, 2)
	for _, headers := range [][]string{{"Prefer: wait=20"}, {"Prefer: wait=20", "If-None-Match: " + tag}} {
		go func() { polls <- f.do("GET", path, "", headers...) }()
	}
	f.gate.openAll()
	for range 2 {
		if a := <-polls; a.StatusCode != 200 || a.text(t, "status") != "success" {
			t.Errorf("after the end: %d %s", a.StatusCode, a.body)
		}
	}
}

func TestFullView(t *testing.T) {
	f := newFixture(t, options{workers: 1, plan: account.Plan{MaxRunningJobs: 1}})
	running := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	waiting := f.do("POST", "/gate-api", "y", async, `x-metadata: {"a":"b"}`).text(t, "job_id")
	start := f.now().Add(time.Hour).Unix()
	later := f.do("POST", "/gate-api", "z", fmt.Sprintf("x-run-at: %d", start)).text(t, "job_id")
	plain := f.do("GET", "/jobs/"+waiting, "")
	a := f.do("GET", "/jobs/"+waiting+"?view=full", "")
	if !strings.HasPrefix(string(a.body), strings.TrimSuffix(string(plain.body), "}")+`,"tool":"gate"`) {
		t.Errorf("got %s\nwant it to begin like %s", a.body, plain.body)
	}
	if a.text(t, "waiting_reason") != "owner_limit" || a.member(t, "run_at") != nil || a.member(t, "attempt") != 0.0 || a.member(t, "max_attempts") != 2.0 {
		t.Errorf("waiting: %s", a.body)
	}
	if m, ok := a.member(t, "metadata").(map[string]any); !ok || m["a"] != "b" {
		t.Errorf("metadata in %s", a.body)
	}
	if b := f.do("GET", "/jobs/"+later+"?view=full", ""); b.text(t, "waiting_reason") != "scheduled" || b.member(t, "run_at") != float64(start) ||
		b.member(t, "retry_after") != 60.0 || b.Header.Get("Retry-After") != "60" || b.member(t, "estimated_seconds").(float64) < 3590 { //nolint:errcheck // a panic fails as well
		t.Errorf("scheduled: %s", b.body)
	}
	r := f.do("GET", "/jobs/"+running+"?view=full", "")
	if r.member(t, "waiting_reason") != nil || r.member(t, "started_at") == nil || r.member(t, "attempt") != 1.0 {
		t.Errorf("running: %s", r.body)
	}
	if c := f.do("GET", "/jobs/"+running+"?view=full", "", "If-None-Match: "+r.Header.Get("ETag")); c.StatusCode != 304 {
		t.Errorf("conditional: %d", c.StatusCode)
	}
	f.gate.openAll()
	f.finished(running)
	d := f.do("GET", "/jobs/"+running+"?view=full", "")
	if d.member(t, "finished_at") == nil || d.member(t, "expires_at") == nil || !strings.Contains(string(d.body), `"attempts":[{"attempt":1,"started_at":`) {
		t.Errorf("finished: %s", d.body)
	}
	f.wantError(f.do("GET", "/jobs/"+running+"?view=half", ""), 400, "INVALID_REQUEST", "")
}

func TestAttributesThatAreRefused(t *testing.T) {
	f := newFixture(t, options{})
	for _, h := range []string{
		"x-priority: 11", "x-priority: high", "x-run-at: tomorrow", fmt.Sprintf("x-run-at: %d", f.now().Add(31*24*time.Hour).Unix()),
		"x-metadata: []", `x-metadata: {"a":1}`, `x-metadata: {"a":"` + strings.Repeat("x", 257) + `"}`, `x-metadata: {"":"x"}`, "x-metadata: null",
	} {
		f.wantError(f.do("POST", "/gate-api", "x", async, h), 400, "INVALID_OPTION", "")
	}
	f.wantError(f.do("POST", "/gate-api", "x", async, "x-metadata: {\"a\":\"\xe9\"}"), 400, "INVALID_OPTION",
		`x-metadata must be in UTF-8; write other characters as \u escapes.`)
}
