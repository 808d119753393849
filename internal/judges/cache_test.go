package judges_test

import (
	"net/http"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// judged is what cache.mjs prints for each answer.
type judged struct {
	Status                int
	Stored, StoredByProxy bool
	UsedUnasked           bool    // without asking the server again
	Life                  float64 // seconds
	Left                  float64 // of a link, seconds
	AtExpiry              bool    // used a second after the link has expired: lives are whole seconds
	Again                 *refreshed
}

// refreshed is what became of a stored answer after asking again.
type refreshed struct {
	Status            int
	Modified, Matches bool
	UsedUnasked       bool
	RetryAfter        string
}

func TestCachesAskAgainForStatus(t *testing.T) {
	t.Parallel()
	s := start(t, "status_per_minute: 0", "--workers=1")
	done, failed := s.submit(t, sleepTool, "0s"), s.submit(t, failTool, "invalid")
	s.finished(t, done)
	s.finished(t, failed)
	link := s.output(t, sleepTool, "0s some text")
	running := s.submit(t, sleepTool, "10m")
	serverproc.Until(t, patience, func() (bool, string) {
		is := decode[api.Status](t, s.call(t, http.StatusOK, http.MethodGet, "/jobs/"+running, "")).Status
		return is == "processing", is
	})
	waiting := s.submit(t, sleepTool, "10m")
	jobs := s.URL + "/jobs/"
	got := node[map[string]judged](t, "cache.mjs", "http-cache-semantics", map[string]any{
		"jobs": map[string]string{
			"success": jobs + done, "failed": jobs + failed, "processing": jobs + running, "queued": jobs + waiting,
			"gone": jobs + "00000000-0000-7000-8000-000000000000", "list": s.URL + "/jobs",
		},
		"link": link, "key": s.key,
	})
	for _, name := range []string{"success", "failed", "processing", "queued"} {
		g := got[name]
		if g.Status != http.StatusOK || !g.Stored || g.StoredByProxy || g.UsedUnasked {
			t.Errorf("%s: got %+v, want it stored privately and not used without asking", name, g)
			continue
		}
		if a := g.Again; a.Status != http.StatusNotModified || a.Modified || !a.Matches || a.UsedUnasked {
			t.Errorf("%s: asking again got %+v, want a 304 that renews what is stored", name, a)
		}
		if unfinished := name == "processing" || name == "queued"; (g.Again.RetryAfter != "") != unfinished {
			t.Errorf("%s: Retry-After %q after a 304, want one (%t)", name, g.Again.RetryAfter, unfinished)
		}
	}
	if g := got["gone"]; g.Status != http.StatusNotFound || g.Stored || g.StoredByProxy {
		t.Errorf("gone: got %+v, want 404 and that it is not stored", g)
	}
	if g := got["list"]; g.Status != http.StatusOK || g.StoredByProxy || g.UsedUnasked {
		t.Errorf("list: got %+v, want that it is not used without asking", g)
	}
	if g := got["download"]; g.Status != http.StatusOK || !g.Stored || g.StoredByProxy || !g.UsedUnasked || g.AtExpiry ||
		g.Life < g.Left-2 || g.Life > g.Left+1 {
		t.Errorf("download: got %+v, want it stored privately for as long as its link lasts", g)
	}
}
