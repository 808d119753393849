package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/httpapi"
)

// nobody is a client that takes nothing.
type nobody struct{ h http.Header }

func (n nobody) Header() http.Header         { return n.h }
func (n nobody) Write(b []byte) (int, error) { return len(b), nil }
func (n nobody) WriteHeader(int)             {}

// TestAPollAllocatesLittle keeps the short way of a poll short: the call, its
// request id, the text of the rate limit. In another dialect it is as cheap.
func TestAPollAllocatesLittle(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{StatusPerMinute: 1 << 40}, dialects: []httpapi.Mount{postOffice()}})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	f.do("GET", "/post/letters/"+id, "") // another rendering beside the plain one
	const most = 3
	for _, path := range []string{"/jobs/", "/post/letters/"} {
		r := httptest.NewRequest(http.MethodGet, path+id, nil)
		r.Header.Set("X-Api-Key", f.key)
		w := nobody{http.Header{}}
		if n := testing.AllocsPerRun(2000, func() {
			clear(w.h)
			f.server.ServeHTTP(w, r)
		}); n > most {
			t.Errorf("a poll of %s allocates %.1f times, at most %d", path, n, most)
		}
	}
}
