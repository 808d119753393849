package cluster_test

import (
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// TestABulkOutlivesItsServer: the server that deals with it is killed in the middle;
// another one that shares the database goes on, and in the end each job was dealt
// with once.
func TestABulkOutlivesItsServer(t *testing.T) {
	t.Parallel()
	const jobs = 1200
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	first, second := w.start("api"), w.start("api")
	c, other := newCaller(t, first, key), newCaller(t, second, key)
	for range jobs {
		c.submit(formatter, "{}")
	}
	cancel := decode[api.BulkBegun](t, c.want(202, "POST", "/bulk", `{"action":"cancel","filter":{"status":["queued"]}}`))
	if is := w.bulkOver(other, cancel.BulkID, nil); cancel.Matched != jobs || is.Done != jobs || is.SkippedCount != 0 {
		t.Fatalf("canceled: %+v", is)
	}
	retry := decode[api.BulkBegun](t, c.want(202, "POST", "/bulk", `{"action":"retry","filter":{"error":["CANCELED"]}}`))
	is := w.bulkOver(other, retry.BulkID, first)
	if retry.Matched != jobs || is.Done != jobs || is.SkippedCount != 0 {
		t.Errorf("retried: %+v", is)
	}
	if u := decode[api.Usage](t, other.get("/usage")); u.Queued != jobs {
		t.Errorf("%d wait, want %d", u.Queued, jobs)
	}
}

// bulkOver waits for the end of a bulk, and kills a server as soon as it was seen to
// go on.
func (w *town) bulkOver(c *caller, id string, kill *serverproc.Server) (b api.Bulk) {
	w.t.Helper()
	serverproc.Until(w.t, patience, func() (bool, string) {
		b = decode[api.Bulk](w.t, c.get("/bulk/"+id))
		if kill != nil && (b.Done > 0 || b.Status == "done") {
			kill.Kill()
			kill = nil
		}
		return b.Status == "done", b.Status
	})
	return b
}
