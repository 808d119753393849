package groups_test

import (
	"testing"
	"time"

	"claimcheck/internal/groups"
	"claimcheck/internal/job"
)

func TestAGroupIsWordedAsItIs(t *testing.T) {
	g := job.Group{
		GroupName: job.GroupName{Owner: "ann", Name: "g"}, Kept: job.Tally{job.Success: 2}, Gone: job.Tally{job.Success: 3, job.Failed: 1}, Closed: true,
		FirstJob: job.ID{1}, FirstError: []byte(`{"code":"TIMEOUT","message":"It took too long.","details":{}}`), Created: time.Unix(7, 0), Updated: time.Unix(9, 0),
	}
	want := `{"group":"g","jobs":{"queued":0,"processing":0,"success":5,"failed":1},"total":6,"closed":true,"done":true,` +
		`"first_error":{"job_id":"01000000-0000-0000-0000-000000000000","code":"TIMEOUT","message":"It took too long.","details":{}},"estimated_seconds":0,"created_at":7,"updated_at":9}`
	if got := string(groups.Body(&g)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
