package job_test

import (
	"encoding/json"
	"strings"
	"testing"

	"claimcheck/internal/job"
)

func TestNamesOfGroups(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "A-z_0.9": true, strings.Repeat("x", 64): true, ".": true,
		"": false, strings.Repeat("x", 65): false, "a b": false, "a/b": false, "ä": false, "a\x00": false, "a\n": false, "a%": false,
	} {
		if got := job.IsGroupName(name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}

// TestALongErrorIsShortened: what is kept of it is JSON, and its code is there.
func TestALongErrorIsShortened(t *testing.T) {
	for what, text := range map[string]string{
		"short":           `{"code":"X","message":"m","details":{"line":1}}`,
		"long details":    `{"code":"X","message":"m","details":{"body":"` + strings.Repeat("é", 4<<10) + `"}}`,
		"a long message":  `{"code":"X","message":"` + strings.Repeat("m", 5<<10) + `","details":{}}`,
		"what is no JSON": strings.Repeat("x", 5<<10),
	} {
		var g job.Group
		g.Count(nil, &job.Job{Status: job.Queued})
		g.Count(&job.Job{Status: job.Queued}, &job.Job{ID: job.ID{1}, Status: job.Failed, Error: []byte(text)})
		var e struct{ Code, Message string }
		err := json.Unmarshal(g.FirstError, &e)
		switch what {
		case "what is no JSON":
			if len(g.FirstError) != 0 {
				t.Errorf("%s: %s", what, g.FirstError)
			}
		default:
			if err != nil || e.Code != "X" || len(g.FirstError) > 4<<10 || (e.Message == "") != (what == "a long message") {
				t.Errorf("%s: %s, %v", what, g.FirstError, err)
			}
		}
		if g.FirstJob != (job.ID{1}) {
			t.Errorf("%s: the job is %s", what, g.FirstJob)
		}
	}
}
