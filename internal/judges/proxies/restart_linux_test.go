package proxies_test

import (
	"net/http"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// soon is shorter than proxies wait that wait for a server.
const soon = 5 * time.Second

// restart stops the server, and kills it the second time, while a poll waits; it
// comes back at the same address. A poll is answered by the server that stops, and
// broken off by one that dies; whoever asks meanwhile waits, or is told in the
// server's own words to come back; who asks again has the job's end.
func restart(t *testing.T, w *world) {
	t.Helper()
	narrow := *w
	narrow.key = w.server.Key("rita", "--plan=narrow")
	for _, end := range []string{"stopped", "killed"} {
		id := narrow.waiting(t, end)
		held := narrow.holdAlone(t, id)
		if end == "stopped" {
			w.server.Stop()
		} else {
			w.server.Kill()
		}
		began := time.Now()
		meanwhile := narrow.holdSoon(t, id) // a proxy may ask again for the poll that was broken off, which then waits alone
		var asked poll
		if !w.kind.waits {
			asked = <-meanwhile
		}
		w.server = serverproc.Start(t, serverproc.Options{Data: w.server.Data, Args: w.args})
		back := time.Since(began)
		close(w.gates.door(end))
		if w.kind.waits {
			asked = <-meanwhile
		}
		first := <-held
		t.Logf("%s: the poll was answered %d %.80s; one that came meanwhile %d", end, first.answer.Status, first.answer.Body, asked.answer.Status)
		if answered := narrow.answeredOr503(t, first); end == "stopped" && !answered {
			t.Error("the server that was stopped did not answer the poll")
		}
		if answered := narrow.answeredOr503(t, asked); w.kind.waits && back < soon && !answered {
			t.Errorf("the server was back after %s, and was not waited for", back)
		}
		narrow.ends(t, id)
	}
}

// ends asks until the job has ended well.
func (w *world) ends(t *testing.T, id string) {
	t.Helper()
	serverproc.Until(t, patience, func() (bool, string) {
		a := w.ask(t, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=25")
		if !w.answeredOr503(t, poll{answer: a}) {
			return false, a.String()
		}
		is := decode[api.Status](t, a.Body)
		if is.Status == "failed" {
			t.Fatalf("the job failed: %+v", is.Error)
		}
		return is.Status == "success", is.Status
	})
}

// answeredOr503 reports whether the server has answered; else it wants the proxy to
// say in the server's words that it is not there.
func (w *world) answeredOr503(t *testing.T, p poll) bool {
	t.Helper()
	if p.err != nil {
		t.Fatal(p.err)
	}
	a := p.answer
	if a.Status == http.StatusOK {
		return true
	}
	is := decode[api.Error](t, a.Body)
	if a.Status != http.StatusServiceUnavailable && a.Status != http.StatusBadGateway || is.Error != "UNAVAILABLE" || is.RetryAfter < 1 || len(a.Header.Values("Retry-After")) != 1 {
		t.Errorf("while the server is away: %s with Retry-After %q", a, a.Header.Values("Retry-After"))
	}
	if kind := a.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("while the server is away: the answer's type is %q", kind)
	}
	return false
}
