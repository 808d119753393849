package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/client/webhook"
	"claimcheck/internal/auth"
)

func (f *fixture) group(name string, headers ...string) (g api.Group, a answer) {
	f.t.Helper()
	if a = f.call("GET", "/groups/"+name, "", headers...); a.status == http.StatusOK {
		a.decode(f.t, &g)
	}
	return g, a
}

func TestAGroupCountsItsJobs(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	in := []string{"x-group", "night.run-1"}
	if a := f.call("POST", "/json-formatter-api", `{}`, in...); a.status != http.StatusAccepted {
		t.Fatalf("a call in a group is a job at once: got %d %s", a.status, a.body)
	}
	for range 3 {
		f.submit("json-formatter", `{}`, in...)
	}
	bad := f.submit("json-formatter", `{`, in...)
	g, a := f.group("night.run-1", "Prefer", "wait=20")
	for a.status == http.StatusOK && !g.Done {
		g, a = f.group("night.run-1", "Prefer", "wait=20")
	}
	if want := (api.GroupJobs{Success: 4, Failed: 1}); g.Jobs != want || g.Total != 5 || g.Closed || !g.Done || g.RetryAfter == 0 || *g.EstimatedSeconds != 0 {
		t.Fatalf("the group is %s, want %+v", a.body, want)
	}
	if e := g.FirstError; e == nil || e.JobID != bad || e.Code != "INVALID_JSON" || e.Message == "" || e.Details["line"] == nil {
		t.Errorf("the first error is %s", a.body)
	}
	if is := f.full(bad); is.Group != "night.run-1" {
		t.Errorf("the job's full view says that its group is %q", is.Group)
	}
	if _, a := f.group("night.run-1", "x-api-key", bob); a.status != http.StatusNotFound || !strings.Contains(string(a.body), "GROUP_NOT_FOUND") {
		t.Errorf("bob is told %d %s", a.status, a.body)
	}
	retried := f.call("POST", "/jobs/"+bad+"/retry", "")
	if g, _ = f.group("night.run-1"); retried.status != http.StatusAccepted || g.Total != 6 {
		t.Errorf("after a retry (%d): %+v", retried.status, g)
	}
	if got := f.jobsListed("group=night.run-1"); len(got) != 6 {
		t.Errorf("%d jobs are listed by group, want 6", len(got))
	}
	if n := count(f, "/bulk", `{"action":"delete","filter":{"group":"night.run-1","status":["success"]},"dry_run":true}`); n != 4 {
		t.Errorf("a bulk's filter matches %d, want 4", n)
	}
}

func TestAClosedGroupTakesNoMore(t *testing.T) {
	t.Parallel()
	f := serve(t, waits+"max_group_jobs: 3\n")
	in := []string{"x-group", "g"}
	ids := []string{f.submit("json-formatter", `{}`, in...), f.submit("json-formatter", `{}`, in...)}
	if a := f.call("POST", "/groups/none/close", ""); a.status != http.StatusNotFound {
		t.Errorf("closing none: %d %s", a.status, a.body)
	}
	f.submit("json-formatter", `{}`, in...)
	if a := f.call("POST", "/json-formatter-api", `{}`, append(in, "Prefer", "respond-async")...); a.status != http.StatusConflict || !strings.Contains(string(a.body), `"GROUP_FULL"`) || !strings.Contains(string(a.body), `"limit":3`) {
		t.Errorf("the fourth of three: %d %s", a.status, a.body)
	}
	for range 2 {
		var g api.Group
		a := f.call("POST", "/groups/g/close", "")
		if a.decode(t, &g); a.status != http.StatusOK || !g.Closed || g.Done || g.RetryAfter == 0 {
			t.Fatalf("closed: %d %s", a.status, a.body)
		}
	}
	f.call("POST", "/jobs/"+ids[0]+"/cancel", "")
	for what, path := range map[string]string{"a job": "/json-formatter-api", "a retry": "/jobs/" + ids[0] + "/retry"} {
		if a := f.call("POST", path, `{}`, append(in, "Prefer", "respond-async")...); a.status != http.StatusConflict || !strings.Contains(string(a.body), `"GROUP_CLOSED"`) {
			t.Errorf("%s in a closed group: %d %s", what, a.status, a.body)
		}
	}
	if a := f.call("DELETE", "/jobs/"+ids[1], ""); a.status != http.StatusNoContent {
		t.Fatal(a.status)
	}
	if g, a := f.group("g"); g.Total != 2 || g.Jobs != (api.GroupJobs{Queued: 1, Failed: 1}) {
		t.Errorf("what was deleted before its end does not count: %s", a.body)
	}
	f.call("DELETE", "/jobs/"+ids[0], "")
	if g, a := f.group("g"); g.Total != 2 || g.FirstError == nil {
		t.Errorf("what was deleted after its end counts: %s", a.body)
	}
}

func TestAGroupIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	id := f.submit("json-formatter", `{}`, "x-group", "g")
	_, a := f.group("g")
	tag := a.header.Get("ETag")
	if _, a := f.group("g", "If-None-Match", tag); a.status != http.StatusNotModified || a.header.Get("Retry-After") == "" {
		t.Errorf("unchanged: %d %v", a.status, a.header)
	}
	var all sync.WaitGroup
	for _, headers := range [][]string{{"If-None-Match", tag}, {}, {"If-None-Match", tag}} {
		all.Go(func() {
			g, a := f.group("g", append(headers, "Prefer", "wait=20")...)
			if a.status != http.StatusOK || g.Jobs.Failed != 1 || a.header.Get("Preference-Applied") != "wait=20" {
				t.Errorf("waited with %v: %d %s", headers, a.status, a.body)
			}
		})
	}
	if a := f.call("POST", "/jobs/"+id+"/cancel", ""); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	all.Wait()
}

func TestTheEndOfAGroupIsToldOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	var heads []http.Header
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b := make([]byte, 1<<16)
		n, _ := r.Body.Read(b)
		mu.Lock()
		defer mu.Unlock()
		bodies, heads = append(bodies, string(b[:n])), append(heads, r.Header)
	}))
	defer receiver.Close()
	port := receiver.URL[strings.LastIndex(receiver.URL, ":")+1:]
	f := serve(t, waits+"fetch:\n  allow_networks: [127.0.0.0/8]\n  allow_ports: ["+port+"]\n")
	a := f.call("POST", "/webhooks", `{"url":"`+receiver.URL+`/","events":["group.finished"],"signature":"v1a"}`)
	if a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.body)
	}
	var hook api.Webhook
	a.decode(t, &hook)
	var public api.WebhookKeys
	f.call("GET", "/.well-known/webhook-keys", "").decode(t, &public)
	id := f.submit("json-formatter", `{}`, "x-group", "g")
	f.call("POST", "/groups/g/close", "")
	f.call("DELETE", "/jobs/"+id, "") // with it goes the group
	f.until("the receiver is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(bodies) > 0
	})
	if _, a := f.group("g"); a.status != http.StatusNotFound {
		t.Errorf("the group is there: %d", a.status)
	}
	second := f.submit("json-formatter", `{}`, "x-group", "h")
	f.call("POST", "/jobs/"+second+"/cancel", "")
	f.call("POST", "/groups/h/close", "")
	f.call("POST", "/groups/h/close", "")
	f.until("the receiver is told of the second", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(bodies) > 1
	})
	mu.Lock()
	defer mu.Unlock()
	for i, want := range []string{
		`"data":{"sequence":1,"group":{"group":"g","jobs":{"queued":0,"processing":0,"success":0,"failed":0},"total":0,"closed":true,"done":true,`,
		`"data":{"sequence":2,"group":{"group":"h","jobs":{"queued":0,"processing":0,"success":0,"failed":1},"total":1,"closed":true,"done":true,"first_error":{"job_id":"` + second,
	} {
		if !strings.Contains(bodies[i], `{"type":"group.finished",`) || !strings.Contains(bodies[i], want) {
			t.Errorf("event %d is %s, want %s", i+1, bodies[i], want)
		}
		if err := webhook.VerifyKeys([]string{public.Keys[0].Key}, hook.ID, heads[i], []byte(bodies[i]), time.Now()); err != nil {
			t.Errorf("event %d, %s of %s: %v", i+1, heads[i].Get("Webhook-Id"), hook.ID, err)
		}
	}
}

func TestGroupsAreListedInPages(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	var want []string
	for i := range 5 {
		name := fmt.Sprint("g", i)
		f.submit("json-formatter", `{}`, "x-group", name)
		want = append([]string{name}, want...)
	}
	var got []string
	for path := "/groups?limit=2"; path != ""; {
		a := f.call("GET", path, "")
		var page api.GroupList
		if a.decode(t, &page); a.status != http.StatusOK || len(page.Groups) > 2 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		for _, g := range page.Groups {
			got = append(got, g.Group)
		}
		link := a.header.Get("Link")
		if path = ""; page.NextCursor != nil {
			path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"+f.url), ">")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, query := range []string{"limit=0", "limit=201", "limit=1&limit=2", "cursor=x", "status=queued"} {
		if a := f.call("GET", "/groups?"+query, ""); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), `"parameter":`) {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	for _, name := range []string{"a b", "é", "a/b", strings.Repeat("x", 65)} {
		if a := f.call("POST", "/json-formatter-api", `{}`, "x-group", name); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), `"option":"x-group"`) {
			t.Errorf("x-group %q: %d %s", name, a.status, a.body)
		}
	}
}
