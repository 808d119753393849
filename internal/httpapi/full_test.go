package httpapi_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/dialect"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/pause"
)

// registered is the post whose letters tell the full view.
type registered struct{ post }

func (p registered) Status(v dialect.View) []byte {
	return fmt.Appendf(p.post.Status(v), "at %d%% of %s\n", v.Progress, v.Full)
}

func (p registered) Accepted(a dialect.Accepted, h http.Header) (status int, body []byte) {
	status, body = p.post.Accepted(a, h)
	return status, fmt.Appendf(body, "of %s\n", a.Full)
}

// TestAFullDialectTellsTheFullView: of each job what GET /jobs/{id}?view=full adds,
// in a list and when it is accepted what its row tells, and no other dialect asks.
func TestAFullDialectTellsTheFullView(t *testing.T) {
	m := postOffice()
	m.Words, m.Full = registered{}, true
	f := newFixture(t, options{workers: 1, plan: account.Plan{MaxRunningJobs: 1}, dialects: []httpapi.Mount{m}})
	send := func() (id string) {
		t.Helper()
		a := f.do("POST", "/post/gate:send", "text=x")
		if !strings.Contains(string(a.body), `of {"tool":"gate","attempt":0,"max_attempts":2`) {
			t.Errorf("accepted: %s", a.body)
		}
		id, _, _ = strings.Cut(strings.TrimPrefix(string(a.body), "letter "), "\n")
		return id
	}
	running := send()
	<-f.gate.runs
	waiting := send()
	w := f.do("GET", "/post/letters/"+waiting, "")
	if !strings.Contains(string(w.body), `"waiting_reason":"owner_limit"`) {
		t.Errorf("waiting: %s", w.body)
	}
	if r := f.do("GET", "/post/letters/"+running, ""); !strings.Contains(string(r.body), `"attempt":1`) || r.Header.Get("ETag") == w.Header.Get("ETag") {
		t.Errorf("running: %v %s", r.Header, r.body)
	}
	if l := f.do("GET", "/post/letters", ""); strings.Contains(string(l.body), "waiting_reason") || strings.Count(string(l.body), `"tool":"gate"`) != 2 {
		t.Errorf("list: %s", l.body)
	}
	f.gate.openAll()
	f.finished(running)
	if d := f.do("GET", "/post/letters/"+running, ""); !strings.Contains(string(d.body), `"attempts":[{"attempt":1,"started_at":`) || !strings.Contains(string(d.body), "is delivered") {
		t.Errorf("finished: %s", d.body)
	}
}

// TestAFullDialectIsToldAnew, as soon as it is worth asking again: why a job waits
// changes without a new version of it. Until then nothing is read of it.
func TestAFullDialectIsToldAnew(t *testing.T) {
	m := postOffice()
	m.Words, m.Full = registered{}, true
	f := newFixture(t, options{dialects: []httpapi.Mount{m}})
	a := f.do("POST", "/post/gate:send", "text=x")
	id, _, _ := strings.Cut(strings.TrimPrefix(string(a.body), "letter "), "\n")
	a = f.do("GET", "/post/letters/"+id, "")
	hint, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || !strings.Contains(string(a.body), `"waiting_reason":"queue"`) {
		t.Fatalf("got %v %s", a.Header, a.body)
	}
	_, err = f.queue.Pauses().Pause(t.Context(), pause.Tool, "gate", "tests")
	f.must(err)
	f.advance(time.Duration(hint) * time.Second)
	if a := f.do("GET", "/post/letters/"+id, ""); !strings.Contains(string(a.body), `"waiting_reason":"tool_paused"`) {
		t.Errorf("after the pause: %s", a.body)
	}
}
