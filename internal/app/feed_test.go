package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
)

// fed asks for a page of the feed.
func (f *fixture) fed(cursor, query string, headers ...string) (ids []string, next string) {
	f.t.Helper()
	if cursor != "" {
		query += "&cursor=" + url.QueryEscape(cursor)
	}
	a := f.call("GET", "/jobs?feed=1"+query, "", headers...)
	var page api.JobList
	if a.decode(f.t, &page); a.status != http.StatusOK || page.NextCursor == nil {
		f.t.Fatalf("%d %s", a.status, a.body)
	}
	for _, raw := range page.Jobs {
		var s api.Status
		if err := json.Unmarshal(raw, &s); err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, s.JobID)
	}
	return ids, *page.NextCursor
}

func TestAFeedTellsOfEndsInTheirOrder(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	early := f.submit("json-formatter", `{}`)
	f.call("POST", "/jobs/"+early+"/cancel", "")
	ids, begun := f.fed("", "")
	if len(ids) != 0 {
		t.Fatalf("a feed begins with %v", ids)
	}
	a, b, c := f.submit("json-formatter", `{}`), f.submit("json-minify", `{}`), f.submit("json-formatter", `{}`, "x-group", "g")
	for _, id := range []string{c, a, b} {
		f.call("POST", "/jobs/"+id+"/cancel", "")
	}
	ids, next := f.fed(begun, "")
	if want := []string{c, a, b}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	if ids, _ := f.fed(begun, "&tool=json-minify"); !slices.Equal(ids, []string{b}) {
		t.Errorf("of a tool: %v", ids)
	}
	if ids, _ := f.fed(begun, "&group=g&status=failed"); !slices.Equal(ids, []string{c}) {
		t.Errorf("of a group: %v", ids)
	}
	ids, part := f.fed(begun, "&limit=2")
	rest, end := f.fed(part, "")
	if !slices.Equal(append(ids, rest...), []string{c, a, b}) || end != next {
		t.Errorf("in two pages: %v, %v", ids, rest)
	}
	if ids, same := f.fed(next, ""); len(ids) != 0 || same != next {
		t.Errorf("after its end: %v, %s", ids, same)
	}
	for query, parameter := range map[string]string{
		"feed=2": "feed", "feed=1&cursor=x": "cursor", "feed=1&created_after=1": "created_after", "feed=1&ids=" + a: "ids", "feed=1&cursor=AAAAAAAAAAA": "cursor",
		"feed=1&cursor=AAAAAAAD6AA": "cursor", "feed=1&view=no": "view", "feed=1&sort=x": "sort",
	} {
		if a := f.call("GET", "/jobs?"+query, ""); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), `"parameter":"`+parameter+`"`) {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
}

func TestAFeedIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := serve(t, waits)
	_, begun := f.fed("", "")
	other, id := f.submit("json-minify", `{}`), f.submit("json-formatter", `{}`)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if ids, _ := f.fed(begun, "&tool=json-formatter&view=full", "Prefer", "wait=20"); !slices.Equal(ids, []string{id}) {
				t.Errorf("got %v, want %s", ids, id)
			}
		})
	}
	f.call("POST", "/jobs/"+other+"/cancel", "")
	f.call("POST", "/jobs/"+id+"/cancel", "")
	all.Wait()
}
