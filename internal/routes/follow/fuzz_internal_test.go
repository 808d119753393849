package follow

import (
	"net/http"
	"testing"
)

// FuzzPlace: whatever clients send for a place is refused, or is one that is told again
// in the same words.
func FuzzPlace(f *testing.F) {
	for _, s := range []string{"", "0", "7", "7.1000000000003", "7.", ".7", "-1", "1.-1", "1.2.3", "9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := placeOf(http.Header{"Last-Event-Id": {s}})
		if err != nil {
			return
		}
		again, err := placeOf(http.Header{"Last-Event-Id": {p.String()}})
		if p.version < 0 || p.heard < 0 || err != nil || again != p {
			t.Errorf("%q is taken as %+v, which is told as %q: %+v, %v", s, p, p, again, err)
		}
	})
}
