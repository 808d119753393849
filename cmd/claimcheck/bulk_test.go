package main_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// bulkCaller makes calls about bulks to a server that may be killed meanwhile.
type bulkCaller struct {
	t   *testing.T
	url string
	key string
}

func (c *bulkCaller) call(method, path, body string, into any) {
	c.t.Helper()
	call := serverproc.Call{Base: c.url, Method: method, Path: path, Key: c.key, Body: []byte(body)}
	a, err := call.Do(c.t.Context(), http.DefaultClient)
	if err != nil || a.Status >= http.StatusBadRequest {
		c.t.Fatalf("%s %s: %s, %v", method, path, a, err)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		c.t.Fatal(err)
	}
}

// over kills the server after each of some pieces of a bulk, and lets it be finished.
func (c *bulkCaller) over(start func() *serverproc.Server, id string, kills int) (b api.Bulk) {
	c.t.Helper()
	for round := range kills + 1 {
		s := start()
		c.url = s.URL
		seen := int64(-1)
		serverproc.Until(c.t, time.Minute, func() (bool, string) {
			c.call("GET", "/bulk/"+id, "", &b)
			if seen < 0 {
				seen = b.Done
			}
			return b.Status == "done" || round < kills && b.Done > seen, b.Status
		})
		if round < kills {
			s.Kill()
		}
	}
	return b
}

// TestABulkOutlivesKills: the server is killed in the middle, again and again; in the
// end each job was dealt with, and each once.
func TestABulkOutlivesKills(t *testing.T) {
	t.Parallel()
	const jobs, kills = 1500, 2
	data := serverproc.Folder(t)
	c := &bulkCaller{t: t, key: serverproc.Key(t, data, "ann", "--plan=unlimited")}
	start := func() *serverproc.Server {
		return serverproc.Start(t, serverproc.Options{Data: data, Args: []string{"--workers=0"}})
	}
	s := start()
	c.url = s.URL
	for range jobs {
		var accepted api.Accepted
		call := serverproc.Call{Base: c.url, Method: "POST", Path: "/json-minify-api", Key: c.key, Body: []byte("{}"), Headers: []string{"Prefer", "respond-async"}}
		a, err := call.Do(t.Context(), http.DefaultClient)
		if err != nil || json.Unmarshal(a.Body, &accepted) != nil || accepted.JobID == "" {
			t.Fatalf("submit: %s, %v", a, err)
		}
	}
	for _, step := range []struct {
		order  string
		queued int64 // afterwards
	}{
		{`{"action":"cancel","filter":{"status":["queued"]}}`, 0},
		{`{"action":"retry","filter":{"error":["CANCELED"]}}`, jobs},
		{`{"action":"delete","filter":{"status":["failed"]}}`, jobs},
	} {
		var begun api.BulkBegun
		c.call("POST", "/bulk", step.order, &begun)
		s.Kill()
		is := c.over(func() *serverproc.Server { s = start(); return s }, begun.BulkID, kills)
		if begun.Matched != jobs || is.Done != jobs || is.SkippedCount != 0 {
			t.Errorf("%s: begun %+v, in the end %+v", step.order, begun, is)
		}
		var u api.Usage
		c.call("GET", "/usage", "", &u)
		if u.Queued != step.queued {
			t.Errorf("%s: %d wait, want %d", step.order, u.Queued, step.queued)
		}
	}
	var left api.BulkCount
	c.call("POST", "/bulk", `{"action":"delete","filter":{},"all":true,"dry_run":true}`, &left)
	if left.Matched != jobs {
		t.Errorf("%d jobs are left, want %d", left.Matched, jobs)
	}
}
