package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tmaxmax/go-sse"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// A speech is an endpoint that says what a test wants it to.
type speech struct {
	*httptest.Server

	begun chan int    // receives the number of each request
	says  chan string // what is sent at once; empty: the result
}

func newSpeech(t *testing.T) *speech {
	t.Helper()
	s := &speech{begun: make(chan int, 10), says: make(chan string)}
	n := 0
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		n++ // one after the other
		s.begun <- n
		for {
			select {
			case <-r.Context().Done():
				return
			case text := <-s.says:
				if text == "" {
					_, _ = io.WriteString(w, "event: result\ndata: 1\n\n")
					return
				}
				_, _ = fmt.Fprintf(w, "event: output\ndata: %q\n\n", text)
				_ = http.NewResponseController(w).Flush()
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// hears follows a job from where somebody has it until it has heard a text, or to the
// end of the stream if that is empty; it returns what it heard, with the attempt
// before each beginning, and the last event's id.
func (c *caller) hears(id, seen, enough string) (heard, last string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/jobs/"+id+"/events", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("x-api-key", c.key)
	if last = seen; seen != "" {
		req.Header.Set("Last-Event-ID", seen)
	}
	res, err := connections.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("events: %v, %v", res, err)
	}
	defer res.Body.Close()
	attempt := 0
	for ev, err := range sse.Read(res.Body, nil) {
		if err != nil {
			c.t.Fatalf("heard %q, then %v", heard, err)
		}
		last = ev.LastEventID
		var w api.JobWords
		if ev.Type != "output" {
			continue
		}
		if err := json.Unmarshal([]byte(ev.Data), &w); err != nil || w.Dropped != 0 {
			c.t.Errorf("event %+v: %v", ev, err)
		}
		if w.Attempt != attempt {
			attempt = w.Attempt
			heard += fmt.Sprintf("[%d]", attempt)
		}
		if heard += w.Output; enough != "" && strings.HasSuffix(heard, enough) {
			break
		}
	}
	return heard, last
}

// TestWordsAreHeardAtAnyServer: whoever runs the attempt, and where one has begun to
// listen; also when that server is killed. What was written is told once, and what
// the dead process had not written is not taken for what the next one says.
func TestWordsAreHeardAtAnyServer(t *testing.T) {
	t.Parallel()
	s := newSpeech(t)
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	config := configured(t, "tools:\n  - name: speak\n    target: "+s.URL+"\n    extensions: [txt]\n")
	o := serverproc.Options{Data: serverproc.Folder(t), Args: w.flags("api,worker", config)}
	runner := serverproc.Start(t, o)
	servers := []*caller{newCaller(t, runner, key)}
	for range 2 {
		servers = append(servers, newCaller(t, w.start("api", config), key))
	}
	id := servers[1].submit("/speak-api", "x")
	<-s.begun
	s.says <- "a "
	s.says <- "b "
	place := ""
	for i, c := range servers {
		var heard string
		if heard, place = c.hears(id, "", "b "); heard != "[1]a b " {
			t.Errorf("server %d tells %q", i, heard)
		}
	}
	heardLater := make(chan string, 1)
	go func() {
		heard, _ := servers[2].hears(id, place, "c ")
		heardLater <- heard
	}()
	s.says <- "c "
	if heard := <-heardLater; heard != "[1]c " {
		t.Errorf("after its place somebody hears %q", heard)
	}
	_, place = servers[1].hears(id, place, "c ")

	runner.Kill()
	runner = serverproc.Start(t, o) // takes back what it ran
	if n := <-s.begun; n != 2 {
		t.Fatalf("attempt %d", n)
	}
	s.says <- "anew "
	for i, c := range servers[1:] {
		if heard, _ := c.hears(id, place, "anew "); heard != "[2]anew " {
			t.Errorf("after a kill server %d tells %q", i+1, heard)
		}
	}
	s.says <- ""
	servers[1].becomes(id, "success")
	servers[0].base = runner.URL
	for i, c := range servers {
		if heard, _ := c.hears(id, "", ""); heard != "[1]a b c [2]anew " {
			t.Errorf("at the end server %d tells %q", i, heard)
		}
		if heard, _ := c.hears(id, place, ""); heard != "[2]anew " {
			t.Errorf("at the end server %d tells after a place %q", i, heard)
		}
	}
}

// TestWordsOfAPullWorkerKeepTheirOrder: which server it says them to is of no matter.
func TestWordsOfAPullWorkerKeepTheirOrder(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key, work := w.key("ann", "--plan=unlimited"), w.key("workers", "--plan=unlimited", "--scopes=work", "--tools=talk")
	config := configured(t, "tools:\n  - name: talk\n    mode: pull\n")
	servers, workers := []*caller{}, []*caller{}
	for range 3 {
		s := w.start("api", config)
		servers, workers = append(servers, newCaller(t, s, key)), append(workers, newCaller(t, s, work))
	}
	id := servers[0].submit("/talk-api", "x")
	var leases api.WorkLeases
	for began := time.Now(); len(leases.Leases) == 0 && time.Since(began) < patience; {
		leases = decode[api.WorkLeases](t, workers[1].want(200, "POST", "/work/claim", `{"wait":20}`))
	}
	lease := leases.Leases[0].Lease
	want := "[1]"
	for n := range 60 {
		want += fmt.Sprintf("%d ", n)
		workers[n%3].want(200, "POST", "/work/"+lease+"/heartbeat", fmt.Sprintf(`{"output":"%d "}`, n))
	}
	for i, c := range servers {
		if heard, _ := c.hears(id, "", " 59 "); heard != want {
			t.Errorf("server %d tells %q", i, heard)
		}
	}
	workers[0].want(204, "POST", "/work/"+lease+"/finish", `{"result":1}`)
	workers[2].want(409, "POST", "/work/"+lease+"/heartbeat", `{"output":"late"}`)
	if heard, _ := servers[1].hears(id, "", ""); heard != want {
		t.Errorf("at the end %q", heard)
	}
}
