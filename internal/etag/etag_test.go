package etag_test

import (
	"testing"

	"claimcheck/internal/etag"
)

func TestTagsAreComparedWeakly(t *testing.T) {
	for _, c := range []struct {
		line string
		want bool
	}{
		{`W/"7"`, true},
		{`"7"`, true},
		{`*`, true},
		{`"1", W/"7" , "9"`, true},
		{`W/"7-gzip"`, true},
		{`"7;br-gzip"`, true},
		{`"7-zstd", x`, true},
		{``, false},
		{`"8"`, false},
		{`7`, false},
		{`"7-tar"`, false},
		{`"77"`, false},
	} {
		if got := etag.Match([]string{`"no"`, c.line}, `W/"7"`); got != c.want {
			t.Errorf("%s: got %t", c.line, got)
		}
	}
}
