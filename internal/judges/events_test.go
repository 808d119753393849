package judges_test

import (
	"bufio"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// followed is what events.mjs prints.
type followed struct {
	Seen []struct {
		ID     int64
		Status api.Status
	}
	Errors []struct {
		Code    int
		Message string
	}
}

// A story is a job that runs only when the test says so: a sleeper keeps the
// only worker until then.
type story struct {
	*service
	sleeper, job string
}

func newStory(t *testing.T, args ...string) *story {
	t.Helper()
	s := start(t, "", append(args, "--workers=1")...)
	sleeper := s.submit(t, sleepTool, "10m")
	return &story{s, sleeper, s.submit(t, sleepTool, "1s")}
}

// run lets the job run, whether the sleeper has been claimed yet or not.
func (s *story) run(t *testing.T) {
	t.Helper()
	s.call(t, http.StatusNoContent, http.MethodDelete, "/jobs/"+s.sleeper, "")
}

// TestEventSourceFollowsJobThroughCut cuts the connection after the event that
// says that the job runs; the job ends before the client comes back.
func TestEventSourceFollowsJobThroughCut(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	c := newCutter(t, s.URL, `"status":"processing"`)
	end := beginNode[followed](t, "events.mjs", "eventsource", map[string]any{"url": c.URL + "/jobs/" + s.job + "/events", "key": s.key})
	serverproc.Until(t, patience, func() (bool, string) { return c.heard(`"status":"queued"`), "no event says queued" })
	s.run(t)
	f := end()
	var statuses []string
	ids := []string{""}
	for i, e := range f.Seen {
		statuses = append(statuses, e.Status.Status)
		ids = append(ids, strconv.FormatInt(e.ID, 10))
		if e.Status.JobID != s.job || i > 0 && e.ID <= f.Seen[i-1].ID {
			t.Errorf("event %d is %d of job %s, after %d", i, e.ID, e.Status.JobID, f.Seen[max(i-1, 0)].ID)
		}
	}
	if want := []string{"queued", "processing", "success"}; !slices.Equal(statuses, want) {
		t.Fatalf("seen: got %v, want %v", statuses, want)
	}
	if got, want := lastEventIDs(t, c), []string{ids[0], ids[2], ids[3]}; !slices.Equal(got, want) {
		t.Errorf("Last-Event-ID: got %q, want %q: the first time, after the cut, after the end", got, want)
	}
	if n := len(f.Errors); n != 3 || f.Errors[n-1].Code != http.StatusNoContent {
		t.Errorf("errors: got %+v, want the cut, the end of the stream and 204", f.Errors)
	}
}

// lastEventIDs returns the field of each request that passed.
func lastEventIDs(t *testing.T, c *cutter) (ids []string) {
	t.Helper()
	for r := bufio.NewReader(c.requests()); ; {
		if _, err := r.Peek(1); err != nil {
			return ids
		}
		req, err := http.ReadRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, req.Header.Get("Last-Event-ID"))
	}
}
