package job_test

import (
	"testing"

	"claimcheck/internal/job"
)

func TestErrorCodeReadsWhateverOrderTheMembersHave(t *testing.T) {
	for object, want := range map[string]string{
		``: "", `null`: "", `[]`: "", `{"code":`: "",
		`{"code":"TIMEOUT","message":"m"}`:               "TIMEOUT",
		`{"message":"\"code\":\"NO\"","code":"YES"}`:     "YES",
		`{ "code": "SPACED" }`:                           "SPACED",
		`{"code":"A\u0042C","details":{"code":"OTHER"}}`: "ABC",
	} {
		if got := job.ErrorCode([]byte(object)); got != want {
			t.Errorf("ErrorCode(%s) = %q, want %q", object, got, want)
		}
	}
}
