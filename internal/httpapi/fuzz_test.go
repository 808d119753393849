package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/etag"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// FuzzHeaders gives what clients write to every parser of it: none panics, and
// what is let through is within its limits.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		"respond-async, wait=10", `wait="5"; x=y, wait=99999999999`, `W/"1", "2", *`, `"key"`, `{"a":"b"}`, "1800000000", "-10", "bearer x",
		"0123456789abcdef0123456789abcdef",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := http.Header{}
		for _, name := range []string{"Prefer", "Authorization", "Accept", "X-Request-Id"} {
			h.Set(name, s)
		}
		if p := parsePrefer(h); p.Wait < 0 || p.Wait > intake.MaxWait {
			t.Errorf("Prefer %q waits %s", s, p.Wait)
		}
		if id := requestID(h); len(id) != 36 && (len(id) != 32 || id != s || strings.Trim(id, "0123456789abcdefABCDEF") != "") {
			t.Errorf("X-Request-Id %q is taken as %q", s, id)
		}
		apiKey(h)
		plain.Words{}.Failed(dialect.Failure{Error: fault.New(fault.Invalid, "X", "x"), Asked: h}, http.Header{})
		etag.Match([]string{s}, `W/"1"`)
	})
}
