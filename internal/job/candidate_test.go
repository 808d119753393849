package job_test

import (
	"math"
	"testing"

	"claimcheck/internal/job"
)

func TestAnInputMarkIsReadFromItsName(t *testing.T) {
	for _, m := range []job.InputMark{
		{Owner: "ann", Tool: "json-formatter", Sum: 7}, {Owner: "a/b/", Tool: "x", Sum: math.MinInt64}, {},
	} {
		if got, ok := job.ParseInputMark(m.Name()); !ok || got != m {
			t.Errorf("%q is read as %+v, %t; want %+v", m.Name(), got, ok, m)
		}
	}
	for _, name := range []string{"", "x", "x/7", "x//ann", "x/y/ann", "x/9223372036854775808/ann"} {
		if got, ok := job.ParseInputMark(name); ok {
			t.Errorf("%q is read as %+v", name, got)
		}
	}
}
