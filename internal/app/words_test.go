package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tmaxmax/go-sse"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

// A follower reads a job's event stream, as a page does.
type follower struct {
	t      *testing.T
	events chan sse.Event
	leave  context.CancelFunc
	last   string // id of the last event

	percent string // data of the last event progress
}

// follow connects; seen is Last-Event-ID, or empty.
func (f *fixture) follow(id, seen string) *follower {
	f.t.Helper()
	ctx, leave := context.WithCancel(f.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/jobs/"+id+"/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("x-api-key", f.key)
	if seen != "" {
		req.Header.Set("Last-Event-ID", seen)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		f.t.Fatalf("events: %d", res.StatusCode)
	}
	l := &follower{t: f.t, events: make(chan sse.Event), leave: leave}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(l.events)
		defer res.Body.Close()
		for ev, err := range sse.Read(res.Body, nil) {
			if err != nil {
				return
			}
			select {
			case l.events <- ev:
			case <-ctx.Done():
				return
			}
		}
	}()
	f.t.Cleanup(func() { leave(); <-ended })
	return l
}

// next is the next event's name and what matters of it: of a status the status, else the
// attempt and what is said. It is empty at the end.
func (l *follower) next() string {
	l.t.Helper()
	select {
	case ev, ok := <-l.events:
		if !ok {
			return ""
		}
		if ev.Type == "progress" { // comes when it changes, about once a second
			l.percent = ev.Data
			return l.next()
		}
		l.last = ev.LastEventID
		if ev.Type == "status" {
			var s api.Status
			if err := json.Unmarshal([]byte(ev.Data), &s); err != nil {
				l.t.Fatal(err)
			}
			return s.Status
		}
		var w api.JobWords
		if err := json.Unmarshal([]byte(ev.Data), &w); err != nil || w.At == 0 || w.Dropped != 0 {
			l.t.Errorf("event %+v: %v", ev, err)
		}
		return fmt.Sprintf("%s %d %s", ev.Type, w.Attempt, w.Message+strings.Join(w.Log, "|")+w.Output)
	case <-time.After(time.Minute):
		l.t.Fatal("no event within a minute")
		return ""
	}
}

func (l *follower) want(all ...string) {
	l.t.Helper()
	for _, want := range all {
		if got := l.next(); got != want {
			l.t.Fatalf("event %q, want %q", got, want)
		}
	}
}

// A speaker is an endpoint that says what the test wants it to.
type speaker struct {
	*target

	begun chan int    // receives the number of each request
	says  chan string // what is sent at once; closed: the answer ends
}

func newSpeaker(t *testing.T) *speaker {
	t.Helper()
	s := &speaker{begun: make(chan int, 100), says: make(chan string)}
	s.target = newTarget(t, func(n int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		s.begun <- n
		for {
			select {
			case <-r.Context().Done():
				return
			case text, ok := <-s.says:
				if !ok || text == "" {
					return
				}
				_, _ = io.WriteString(w, text)
				_ = http.NewResponseController(w).Flush()
			}
		}
	})
	return s
}

// say sends an event.
func (s *speaker) say(name, data string) { s.says <- "event: " + name + "\ndata: " + data + "\n\n" }

func (f *fixture) logOf(id string) (l api.JobLog) {
	f.t.Helper()
	f.call("GET", "/jobs/"+id+"/log", "").decode(f.t, &l)
	return l
}

func TestWhatAStreamSaysReachesWhoListens(t *testing.T) {
	t.Parallel()
	s := newSpeaker(t)
	f := serve(t, "workers: 1\n"+configOf(s.target))
	id := f.submit("thumb", "in")
	<-s.begun
	f.follow(id, "").leave() // somebody who leaves in the very first moment
	page := f.follow(id, "")
	page.want("processing")
	if strings.Contains(page.last, ".") {
		t.Errorf("the id of one that has said nothing is %q", page.last)
	}
	for _, piece := range []string{"Hel", "lo", ", world"} { // each is there before the next is said
		s.say("output", `"`+piece+`"`)
		page.want("output 1 " + piece)
	}
	s.say("message", `{"message":"page 3 of 9","log":["a","b"]}`)
	page.want("message 1 page 3 of 9", "log 1 a", "log 1 b")
	place := page.last
	page.leave()

	again := f.follow(id, "")
	again.want("processing", "output 1 Hello, world", "message 1 page 3 of 9", "log 1 a", "log 1 b")
	later := f.follow(id, place)
	s.say("output", `"!"`)
	later.want("output 1 !")
	again.want("output 1 !")
	f.until("message in the full view", func() bool {
		return strings.Contains(string(f.call("GET", "/jobs/"+id+"?view=full", "").body), `"message":"page 3 of 9"`)
	})
	tag := f.call("GET", "/jobs/"+id+"?view=full", "").header.Get("ETag")
	s.say("message", `"page 4 of 9"`)
	f.until("another tag", func() bool {
		return f.call("GET", "/jobs/"+id+"?view=full", "", "If-None-Match", tag).status == http.StatusOK
	})
	if body := f.call("GET", "/jobs/"+id, "").body; !strings.Contains(string(body), "Your job is being processed.") {
		t.Errorf("the plain status is %s", body)
	}
	s.say("progress", "40")
	f.until("progress in the full view", func() bool { full := f.full(id); return full.Progress != nil && *full.Progress == 40 })
	s.say("result", `{"text" : "Hello"}`)
	again.want("message 1 page 4 of 9", "success", "")
	if again.percent != `{"attempt":1,"progress":40}` {
		t.Errorf("progress %s", again.percent)
	}
	later.want("message 1 page 4 of 9", "success", "")
	if is := f.finished(id); string(is.Result) != `{"text" : "Hello"}` {
		t.Errorf("result %s", is.Result)
	}
	afterwards := f.follow(id, "")
	afterwards.want("output 1 Hello, world", "message 1 page 3 of 9", "log 1 a", "log 1 b", "output 1 !", "message 1 page 4 of 9", "success", "")
	if l := f.logOf(id); len(l.Lines) != 2 || l.Lines[0].Text != "a" || l.Lines[1].Text != "b" || l.Lines[0].At == 0 || l.Dropped != 0 {
		t.Errorf("log %+v", l)
	}
	f.want("seen to its end", f.call("GET", "/jobs/"+id+"/events", "", "Last-Event-ID", afterwards.last), 204, "")
	for _, wrong := range []string{"x", "1.x", "1.2.3", "-1", "1.-2", "."} {
		f.want("Last-Event-ID "+wrong, f.call("GET", "/jobs/"+id+"/events", "", "Last-Event-ID", wrong), 400, "INVALID_REQUEST")
	}
}

// TestAnotherAttemptSpeaksAnew: each event says which attempt it is of.
func TestAnotherAttemptSpeaksAnew(t *testing.T) {
	t.Parallel()
	s := newSpeaker(t)
	f := serve(t, "workers: 1\n"+configOf(s.target))
	id := f.submit("thumb", "in")
	<-s.begun
	page := f.follow(id, "")
	page.want("processing")
	s.say("output", `"half"`)
	page.want("output 1 half")
	s.says <- "" // the endpoint gives up
	page.want("queued", "processing")
	<-s.begun
	s.say("output", `"anew"`)
	page.want("output 2 anew")
	reloaded := f.follow(id, "")
	reloaded.want("processing", "output 1 half", "output 2 anew")
	s.say("error", `{"code":"NO_SPEECH","message":"Silence."}`)
	page.want("failed", "")
	reloaded.want("failed", "")
}

func TestWhatRemoteProgramsSay(t *testing.T) {
	t.Parallel()
	s, told := callbacks(t, nil)
	f := serve(t, pullConfig+"  - name: thumb\n    target: "+s.URL+"\n    mode: json\n")
	key := f.workKey("transcribe")
	pulled, called := f.submit("transcribe", "in"), f.submit("thumb", "in")
	l, is := f.claim(key, `{}`)[0], <-told
	say := map[string]func(body string) answer{
		pulled: func(body string) answer { return f.call("POST", "/work/"+l.Lease+"/heartbeat", body, "x-api-key", key) },
		called: func(body string) answer { return f.call("PATCH", is.CallbackURL, body, "x-api-key", "") },
	}
	for id, say := range say {
		page := f.follow(id, "")
		page.want("processing")
		for _, wrong := range []string{`{"message":7}`, `{"message":"` + strings.Repeat("é", 201) + `"}`, `{"log":"x"}`, `{"log":[7]}`, `{"output":{}}`, `{"log":["` + strings.Repeat("x", 5000) + `"]}`, "{\"output\":\"\xff\"}"} {
			f.want(wrong, say(wrong), 400, "INVALID_REQUEST")
		}
		f.want("words", say(`{"progress":40,"message":"`+strings.Repeat("é", 200)+`","log":["a"],"output":"x"}`), 200, "")
		page.want("message 1 "+strings.Repeat("é", 200), "log 1 a", "output 1 x")
		if full := f.full(id); full.Progress == nil || *full.Progress != 40 {
			t.Errorf("progress %v", full.Progress)
		}
		for n := range 100 { // as quickly as it can: all of it, in order
			f.want("words", say(fmt.Sprintf(`{"log":["line %d"]}`, n)), 200, "")
		}
		for n := range 100 {
			page.want(fmt.Sprintf("log 1 line %d", n))
		}
	}
	f.want("last words", say[called](`{"status":"success","result":1,"log":["bye"]}`), 204, "")
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":1}`, "x-api-key", key), 204, "")
	for id, say := range say {
		f.finished(id)
		f.want("after the end", say(`{"log":["late"]}`), 409, "LEASE_LOST")
		want := map[string]int{pulled: 101, called: 102}[id]
		if got := f.logOf(id).Lines; len(got) != want || got[len(got)-1].Text == "late" {
			t.Errorf("%d lines, the last %q, want %d", len(got), got[len(got)-1].Text, want)
		}
	}
	other := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	f.want("another's log", f.call("GET", "/jobs/"+pulled+"/log", "", "x-api-key", other), 403, "FORBIDDEN")
	f.want("log of no job", f.call("GET", "/jobs/"+"00000000-0000-7000-8000-000000000000"+"/log", ""), 404, "JOB_NOT_FOUND")
	f.want("log of nothing", f.call("GET", "/jobs/x/log", ""), 400, "INVALID_JOB_ID")
	f.want("delete", f.call("DELETE", "/jobs/"+pulled, ""), 204, "")
	f.want("log of one that is gone", f.call("GET", "/jobs/"+pulled+"/log", ""), 404, "JOB_NOT_FOUND")
}

// TestOnlyTheNewestWordsAreKept: what went is told, and who comes late knows that
// something is missing.
func TestOnlyTheNewestWordsAreKept(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	id := f.submit("transcribe", "in")
	l := f.claim(key, `{}`)[0]
	for n := range 100 {
		body := fmt.Sprintf(`{"log":["%d %s"]}`, n, strings.Repeat("x", 1000))
		f.want("words", f.call("POST", "/work/"+l.Lease+"/heartbeat", body, "x-api-key", key), 200, "")
	}
	kept := f.logOf(id)
	if n := int64(len(kept.Lines)); n > 65 || n < 50 || n+kept.Dropped != 100 || !strings.HasPrefix(kept.Lines[n-1].Text, "99 ") {
		t.Errorf("%d lines are kept, %d are told to be dropped", n, kept.Dropped)
	}
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":1}`, "x-api-key", key), 204, "")
	page := f.follow(id, "")
	var first api.JobWords
	if err := json.Unmarshal([]byte((<-page.events).Data), &first); err != nil || first.Dropped < 1000*kept.Dropped {
		t.Errorf("the first event tells of %d bytes that were dropped, with %d lines: %v", first.Dropped, kept.Dropped, err)
	}
	if body := f.call("GET", "/metrics", "").body; !strings.Contains(string(body), "claimcheck_words_bytes_total 1") || strings.Contains(string(body), "claimcheck_words_dropped_bytes_total 0") {
		t.Error("the metrics do not tell of it")
	}
}

// TestManyListenAtOnce: all hear all of it, each once, however much is said while they
// come.
func TestManyListenAtOnce(t *testing.T) {
	t.Parallel()
	s := newSpeaker(t)
	f := serve(t, "workers: 1\n"+configOf(s.target))
	id := f.submit("thumb", "in")
	<-s.begun
	const pieces = 300
	var all sync.WaitGroup
	heard := make([]string, 20)
	for i := range heard {
		all.Go(func() {
			seen := ""
			for heard[i] == "" || !strings.HasSuffix(heard[i], "end") {
				text, last, err := f.listen(id, seen, i%3 == 0)
				heard[i] += text
				if seen = last; err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	want := ""
	for n := range pieces {
		piece := fmt.Sprintf("%d ", n)
		want += piece
		s.say("output", `"`+piece+`"`)
	}
	s.say("output", `"end"`)
	s.say("result", "1")
	all.Wait()
	for i, got := range heard {
		if got != want+"end" {
			t.Fatalf("listener %d has heard %d bytes of %d: %.200q", i, len(got), len(want)+3, got)
		}
	}
}

// listen reads a stream's output from where one has it, to its end or, if once, for one
// event.
func (f *fixture) listen(id, seen string, once bool) (text, last string, err error) {
	ctx, leave := context.WithTimeout(f.t.Context(), time.Minute)
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/jobs/"+id+"/events", nil)
	if err != nil {
		return "", seen, err
	}
	req.Header.Set("x-api-key", f.key)
	if last = seen; seen != "" {
		req.Header.Set("Last-Event-ID", seen)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", seen, err
	}
	defer res.Body.Close()
	for ev, err := range sse.Read(res.Body, nil) {
		if err != nil {
			return text, last, err
		}
		last = ev.LastEventID
		if ev.Type != "output" {
			continue
		}
		var w api.JobWords
		if err := json.Unmarshal([]byte(ev.Data), &w); err != nil {
			return text, last, err
		}
		if w.Dropped != 0 {
			return text, last, errors.New("something is missing")
		}
		if text += w.Output; once {
			break
		}
	}
	return text, last, nil
}
