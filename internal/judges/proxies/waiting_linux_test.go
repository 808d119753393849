package proxies_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// poll is a long poll that lasts until the job's end.
type poll struct {
	answer serverproc.Answer
	err    error
}

// hold begins a long poll.
func (w *world) hold(t *testing.T, id string, headers ...string) <-chan poll {
	t.Helper()
	over := make(chan poll, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		a, err := w.call(http.MethodGet, "/jobs/"+id, "", append(headers, "Prefer", "wait=25")...).Do(ctx, w.http)
		over <- poll{a, err}
	}()
	return over
}

// holdSoon begins a long poll of an owner who may have few, again and again until
// there is room for it.
func (w *world) holdSoon(t *testing.T, id string) <-chan poll {
	t.Helper()
	over := make(chan poll, 1)
	go func() {
		for {
			p := <-w.hold(t, id)
			if p.err != nil || p.answer.Status != http.StatusTooManyRequests {
				over <- p
				return
			}
		}
	}()
	return over
}

// holdAlone begins a long poll of an owner who may have one only, and returns when
// the server holds it.
func (w *world) holdAlone(t *testing.T, id string) <-chan poll {
	t.Helper()
	over := w.holdSoon(t, id)
	w.wantHeld(t, id, true)
	return over
}

// wantHeld waits until another request of an owner is held, or is not any more.
func (w *world) wantHeld(t *testing.T, id string, held bool) {
	t.Helper()
	serverproc.Until(t, patience, func() (bool, string) {
		a := w.ask(t, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=1")
		return (a.Status == http.StatusTooManyRequests) == held, a.String()
	})
}

// wantOneHeld waits until one poll of an owner is held who may have two: of two more
// one is refused.
func (w *world) wantOneHeld(t *testing.T, id string) {
	t.Helper()
	serverproc.Until(t, patience, func() (bool, string) {
		res, leave := w.open(t, http.MethodGet, "/jobs/"+id+"/events", "")
		defer func() {
			leave()
			res.Body.Close()
		}()
		if res.StatusCode != http.StatusOK {
			return false, res.Status
		}
		a := w.ask(t, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=1")
		return a.Status == http.StatusTooManyRequests, a.String()
	})
}

// longPolls are answered when their jobs end, with what they ended with.
func longPolls(t *testing.T, w *world) {
	t.Helper()
	id := w.waiting(t, "poll")
	tag := w.want(t, http.StatusOK, http.MethodGet, "/jobs/"+id, "").Header.Get("ETag")
	if tag == "" {
		t.Fatal("a status has no tag behind the proxy")
	}
	polls := []<-chan poll{w.hold(t, id), w.hold(t, id, "If-None-Match", tag), w.hold(t, id, "Accept-Encoding", "gzip", "If-None-Match", tag)}
	if a := w.want(t, http.StatusNotModified, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=1", "If-None-Match", tag); len(a.Body) > 0 {
		t.Errorf("a 304 has a body: %s", a)
	}
	select {
	case p := <-polls[1]:
		t.Fatalf("a conditional poll was answered before anything had changed: %s, %v", p.answer, p.err)
	default:
	}
	close(w.gates.door("poll"))
	for i, over := range polls {
		p := <-over
		if p.err != nil || p.answer.Status != http.StatusOK {
			t.Fatalf("poll %d: %s, %v", i, p.answer, p.err)
		}
		if p.answer.Header.Get("Content-Encoding") != "" {
			continue
		}
		if is := decode[api.Status](t, p.answer.Body); is.Status != "success" {
			t.Errorf("poll %d: the job is %s, want success", i, is.Status)
		}
	}
}

// events come while the job runs, to clients that take compressed answers too, and
// the stream ends with the job.
func events(t *testing.T, w *world) {
	t.Helper()
	for _, coding := range []string{"identity", "gzip, br"} {
		door := "events " + coding
		id := w.waiting(t, door)
		res, _ := w.open(t, http.MethodGet, "/jobs/"+id+"/events", "", "Accept", "text/event-stream", "Accept-Encoding", coding)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "" {
			t.Fatalf("%s: got %d, coded %q", coding, res.StatusCode, res.Header.Get("Content-Encoding"))
		}
		lines := bufio.NewScanner(res.Body)
		next := func(want string) bool {
			for lines.Scan() {
				if strings.Contains(lines.Text(), want) {
					return true
				}
			}
			return false
		}
		if !next(`"processing"`) { // the job cannot end before this has come
			t.Fatalf("%s: no event of a job that runs: %v", coding, lines.Err())
		}
		close(w.gates.door(door))
		if !next(`"success"`) {
			t.Fatalf("%s: no event of a job's end: %v", coding, lines.Err())
		}
		for lines.Scan() { // the end
		}
		if lines.Err() != nil {
			t.Errorf("%s: the stream was cut off: %v", coding, lines.Err())
		}
	}
}

// agents see how far a call is while it lasts.
func agents(t *testing.T, w *world) {
	t.Helper()
	const call = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"gated","arguments":{"content":"agents"},"_meta":{"progressToken":"p"}}}`
	res, _ := w.open(t, http.MethodPost, "/mcp", call, "Content-Type", "application/json",
		"Accept", "application/json, text/event-stream", "Mcp-Protocol-Version", "2025-06-18")
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("got %d, %s, want an event stream", res.StatusCode, kind)
	}
	lines := bufio.NewScanner(res.Body)
	progressed := false
	for lines.Scan() {
		text := lines.Text()
		if strings.Contains(text, "notifications/progress") && !progressed { // the call cannot end before this has come
			progressed = true
			close(w.gates.door("agents"))
		}
		if strings.Contains(text, `"id":7`) {
			if !progressed || !strings.Contains(text, `"passed":true`) {
				t.Errorf("the answer, progress before it %t: %.300s", progressed, text)
			}
			return
		}
	}
	t.Errorf("no answer: %v", lines.Err())
}

// leaving ends what clients waited for: their owner may wait for one thing only.
func leaving(t *testing.T, w *world) {
	t.Helper()
	narrow := *w
	narrow.key = w.server.Key("nina", "--plan=narrow")
	id := narrow.waiting(t, "leaving")
	t.Cleanup(func() { close(w.gates.door("leaving")) })
	res, leave := narrow.open(t, http.MethodGet, "/jobs/"+id+"/events", "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("got %d", res.StatusCode)
	}
	narrow.wantHeld(t, id, true)
	leave()
	res.Body.Close()
	narrow.wantHeld(t, id, false) // Apache notices by the next sign of life, which comes every 15 seconds
	if w.kind.leaves {
		leavingPoll(t, w)
	}
}

// leavingPoll ends a long poll whose client has left. Another one, which began before
// it and would end before it, still waits then.
func leavingPoll(t *testing.T, w *world) {
	t.Helper()
	pair := *w
	pair.key = w.server.Key("paula", "--plan=pair")
	id := pair.waiting(t, "leaving poll")
	t.Cleanup(func() { close(w.gates.door("leaving poll")) })
	stays := pair.holdSoon(t, id)
	leaver := pair
	leaver.http = client(t, w.proxy.Dir, "", false)
	pair.wantOneHeld(t, id)
	ctx, leave := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { // again and again, until there is room for it
		defer close(over)
		for status := http.StatusTooManyRequests; status == http.StatusTooManyRequests; {
			res, err := leaver.opened(ctx, leaver.http, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=25")
			if err != nil {
				return
			}
			status = res.StatusCode
			res.Body.Close()
		}
	}()
	pair.wantHeld(t, id, true)
	leave()
	<-over
	pair.wantHeld(t, id, false)
	select {
	case p := <-stays:
		t.Errorf("the poll of the client that left lasted as long as one that began before it, which was answered %s, %v", p.answer, p.err)
	default:
	}
}
