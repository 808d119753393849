package httpapi_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/auth"
)

func TestAHeldPollIsAnsweredByTheChange(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	tag := f.do("GET", "/jobs/"+id, "").Header.Get("ETag")
	var all sync.WaitGroup
	for _, headers := range [][]string{{"Prefer: wait=20"}, {"Prefer: wait=20", "If-None-Match: " + tag}} {
		all.Go(func() {
			a := f.do("GET", "/jobs/"+id, "", headers...)
			if a.StatusCode != 200 || a.text(t, "status") != "success" || a.Header.Get("Preference-Applied") != "wait=20" {
				t.Errorf("%v: got %d %s, applied %q", headers, a.StatusCode, a.body, a.Header.Get("Preference-Applied"))
			}
		})
	}
	all.Go(func() {
		if a := f.do("GET", "/jobs/"+id+"/result", "", "Prefer: wait=20"); a.StatusCode != 200 || a.text(t, "status") != "success" {
			t.Errorf("result: got %d %s", a.StatusCode, a.body)
		}
	})
	f.gate.openAll()
	all.Wait()
}

func TestAHeldPollEndsWithItsTime(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	tag := f.do("GET", "/jobs/"+id, "").Header.Get("ETag")
	began := time.Now()
	if a := f.do("GET", "/jobs/"+id, "", "Prefer: wait=1"); a.StatusCode != 200 || a.text(t, "status") != "processing" {
		t.Errorf("without a tag: %d %s", a.StatusCode, a.body)
	}
	if a := f.do("GET", "/jobs/"+id, "", "Prefer: wait=1", "If-None-Match: "+tag); a.StatusCode != 304 || a.Header.Get("Retry-After") == "" {
		t.Errorf("with the tag: %d %v", a.StatusCode, a.Header)
	}
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("both took %s, want two seconds", took)
	}
	began = time.Now()
	if a := f.do("GET", "/jobs/"+id, "", "Prefer: wait=20", `If-None-Match: W/"other"`); a.StatusCode != 200 || time.Since(began) >= 20*time.Second {
		t.Errorf("another tag is answered at once: %d after %s", a.StatusCode, time.Since(began))
	}
	if a := f.do("GET", "/jobs/"+id, "", "Prefer: wait=x"); a.Header.Get("Preference-Applied") != "" || a.StatusCode != 200 {
		t.Errorf("a preference that is not one: %d, applied %q", a.StatusCode, a.Header.Get("Preference-Applied"))
	}
}

func TestHeldPollsEndAtShutdown(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	answered := make(chan answer, 1)
	go func() { answered <- f.do("GET", "/jobs/"+id, "", "Prefer: wait=25") }()
	f.stop() // before or after the poll waits: it must wait no longer
	if a := <-answered; a.StatusCode != 200 || a.text(t, "status") != "processing" {
		t.Errorf("got %d %s, want the ordinary unfinished answer", a.StatusCode, a.body)
	}
}

// An event of a stream, read.
type event struct{ name, id, data string }

// readEvents opens a job's stream and sends what comes.
func (f *fixture) readEvents(ctx context.Context, path string, headers ...string) (*http.Response, <-chan event) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+path, nil)
	f.must(err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	f.must(err)
	events := make(chan event, 100)
	go func() {
		defer close(events)
		defer res.Body.Close()
		var e event
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			name, value, _ := strings.Cut(s.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				e.data += value
			case "":
				if e.name != "" {
					events <- e
				}
				e = event{}
			}
		}
	}()
	return res, events
}

func TestEventsTellEachVersionAndEnd(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	blocker := f.do("POST", "/gate-api", "first", async).text(t, "job_id")
	<-f.gate.runs
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	res, events := f.readEvents(t.Context(), "/jobs/"+id+"/events", "x-api-key: "+f.key)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("got %d %v", res.StatusCode, res.Header)
	}
	first := <-events
	if first.name != "status" || first.id != "1" || !strings.Contains(first.data, `"status":"queued"`) {
		t.Errorf("first event %+v", first)
	}
	f.gate.openAll()
	var last event
	for e := range events {
		last = e
	}
	want := f.do("GET", "/jobs/"+id, "")
	if last.data != string(want.body) {
		t.Errorf("last event %s\nstatus     %s", last.data, want.body)
	}
	again := f.do("GET", "/jobs/"+id+"/events", "", "Last-Event-ID: "+last.id)
	if again.StatusCode != 204 {
		t.Errorf("finished and seen: %d", again.StatusCode)
	}
	if b := f.do("GET", "/jobs/"+id+"/events", "", "Last-Event-ID: 1"); b.StatusCode != 200 || strings.Count(string(b.body), "event: status") != 1 {
		t.Errorf("finished and not seen: %d %s", b.StatusCode, b.body)
	}
	f.finished(blocker)
}

// TestABlankLineEndsAnEventAndNothingElse reads what clients that make an event
// of every block would.
func TestABlankLineEndsAnEventAndNothingElse(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	f.gate.openAll()
	last := f.finished(id)
	whole := f.do("GET", "/jobs/"+id+"/events", "", "Last-Event-ID: 1")
	want := "retry: 2000\nevent: status\nid: 3\ndata: " + string(last.body) + "\n\n"
	if string(whole.body) != want {
		t.Errorf("got  %q\nwant %q", whole.body, want)
	}
}

// TestAStreamThatEndsTooEarlyIsCutOff: a clean end is the job's.
func TestAStreamThatEndsTooEarlyIsCutOff(t *testing.T) {
	for name, end := range map[string]func(f *fixture, id string){
		"the server stops":   func(f *fixture, _ string) { f.stop() },
		"the job is deleted": func(f *fixture, id string) { f.do("DELETE", "/jobs/"+id, "") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, options{workers: 1})
			id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
			<-f.gate.runs
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/jobs/"+id+"/events", nil)
			f.must(err)
			req.Header.Set("x-api-key", f.key)
			res, err := http.DefaultClient.Do(req)
			f.must(err)
			defer res.Body.Close()
			body := bufio.NewReader(res.Body)
			for line := ""; err == nil && line != "\n"; {
				line, err = body.ReadString('\n')
			}
			f.must(err)
			end(f, id)
			if rest, err := io.ReadAll(body); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the stream ended with %q, %v: as if the job had", rest, err)
			}
		})
	}
}

func TestAJobTokenReadsItsJobOnly(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	secret, key, err := f.keys.Create(t.Context(), auth.NewKey{Owner: "ann"})
	f.must(err)
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	other := f.do("POST", "/gate-api", "y", async).text(t, "job_id")
	made := f.do("POST", "/jobs/"+id+"/token", "", "x-api-key: "+secret)
	token := made.text(t, "token")
	until, ok := made.member(t, "expires_at").(float64)
	if left := int64(until) - f.now().Unix(); !ok || left < 295 || left > 300 {
		t.Errorf("the token lasts %d s, want 5 minutes", left)
	}
	const noKey = "x-api-key: "
	q := "?access_token=" + token
	if a := f.do("GET", "/jobs/"+id+q, "", noKey); a.StatusCode != 200 {
		t.Errorf("its own job: %d %s", a.StatusCode, a.body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	res, events := f.readEvents(ctx, "/jobs/"+id+"/events"+q)
	if e := <-events; res.StatusCode != 200 || e.name != "status" {
		t.Errorf("its own events: %d %+v", res.StatusCode, e)
	}
	cancel()
	for name, a := range map[string]answer{
		"another job":      f.do("GET", "/jobs/"+other+q, "", noKey),
		"a list":           f.do("GET", "/jobs"+q, "", noKey),
		"cancel":           f.do("POST", "/jobs/"+id+"/cancel"+q, "", noKey),
		"delete":           f.do("DELETE", "/jobs/"+id+q, "", noKey),
		"another token":    f.do("POST", "/jobs/"+id+"/token"+q, "", noKey),
		"an altered token": f.do("GET", "/jobs/"+id+"?access_token=B"+token[1:], "", noKey),
		"half a token":     f.do("GET", "/jobs/"+id+"?access_token="+token[:20], "", noKey),
	} {
		if a.StatusCode != 401 {
			t.Errorf("%s: %d %s, want 401", name, a.StatusCode, a.body)
		}
	}
	if strings.Contains(f.logged.String(), token) {
		t.Error("the token is in the log")
	}
	f.must(f.keys.Revoke(t.Context(), key.ID))
	f.wantError(f.do("GET", "/jobs/"+id+q, "", noKey), 401, "UNAUTHORIZED", "")
	mine := f.do("POST", "/jobs/"+id+"/token", "").text(t, "token")
	f.advance(5 * time.Minute)
	f.wantError(f.do("GET", "/jobs/"+id+"?access_token="+mine, "", noKey), 401, "UNAUTHORIZED", "")
}
