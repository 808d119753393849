package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/auth"
)

// A line is one message of a stream.
type line struct {
	ID     json.RawMessage
	Method string
	Params struct {
		told

		Notifications struct{ TaskIDs []string }
		Token         any `json:"progressToken"`
		Progress      float64
		Total         float64
		Message       string
	}
	Result *told
	Error  *struct{ Code int }
}

// stream sends a request and reads the messages of its answer.
func (a agent) stream(ctx context.Context, method, name, params, meta string) (*http.Response, <-chan line) {
	a.t.Helper()
	body, headers := a.message(method, name, params, meta)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/mcp", strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("x-api-key", a.key)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		a.t.Fatal(err)
	}
	lines := make(chan line, 1000)
	go func() {
		defer close(lines)
		defer res.Body.Close()
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			text, ok := strings.CutPrefix(s.Text(), "data: ")
			if !ok && !strings.HasPrefix(s.Text(), "{") {
				continue
			}
			if !ok {
				text = s.Text()
			}
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				a.t.Errorf("%s: %v", text, err)
			}
			lines <- l
		}
	}()
	return res, lines
}

func idsOf(ids ...string) string {
	b, err := json.Marshal(ids)
	if err != nil {
		panic(err)
	}
	return `"notifications":{"toolsListChanged":true,"taskIds":` + string(b) + `},`
}

const subscription = "io.modelcontextprotocol/subscriptionId"

func TestAStreamTellsOfEachChangeOfTasks(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "")
	a := both[0]
	foreign := f.submit("thumb", "x", "x-api-key", f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"}))
	f.ends(<-runs, `{"status":"success","result":{}}`)
	first, second := a.begin("slow").ID, a.begin("thumb").ID
	two := <-runs
	over := f.submit("json-minify", "{ }")
	f.finished(over)
	res, lines := a.stream(t.Context(), "subscriptions/listen", "", idsOf(first, foreign, second, first, over, "no id"), "")
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	ack := <-lines
	if ack.Method != "notifications/subscriptions/acknowledged" || !slices.Equal(ack.Params.Notifications.TaskIDs, []string{first, second, over}) || ack.Params.Meta[subscription] != "q-1" {
		t.Errorf("%+v", ack)
	}
	states := map[string][]string{}
	next := func(what string) {
		t.Helper()
		l, ok := <-lines
		for ok && l.Params.Message == "processing" && l.Params.ID == first && len(states[first]) == 1 { // it waited at first, and runs now
			l, ok = <-lines
		}
		if !ok || l.Method != "notifications/tasks" || l.Params.Meta[subscription] != "q-1" || l.Params.Type != "" {
			t.Fatalf("%s: %+v", what, l)
		}
		states[l.Params.ID] = append(states[l.Params.ID], l.Params.Status)
		if over := l.Params.Status == "completed"; over != (l.Params.Result != nil) {
			t.Errorf("%s: %+v", what, l.Params)
		}
	}
	for range 3 {
		next("at first")
	}

	f.ends(two, `{"status":"success","result":{"n":1}}`)
	next("the second is over")
	a.good(a.about("cancel", first))
	next("the first is cancelled")
	end := <-lines
	if string(end.ID) != `"q-1"` || end.Result == nil || end.Result.Type != "complete" || end.Result.Meta[subscription] != "q-1" {
		t.Errorf("ends with %+v", end)
	}
	if l, more := <-lines; more {
		t.Errorf("after the end: %+v", l)
	}
	want := map[string][]string{first: {"working", "cancelled"}, second: {"working", "completed"}, over: {"completed"}}
	if fmt.Sprint(states) != fmt.Sprint(want) {
		t.Errorf("states %v, want %v", states, want)
	}
}

func TestStreamsAreLimited(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "plans: {small: {max_held: 1, status_per_minute: 300}}\n")
	a := both[0]
	f.key = f.newKey(auth.NewKey{Owner: "eve", Plan: "small"})
	id := a.begin("thumb").ID
	<-runs
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf("00000000-0000-7000-8000-%012d", i)
	}
	for what, params := range map[string]string{
		"a thousand": idsOf(many...), "no filter": "", "a list": `"notifications":[],`, "a text": `"notifications":{"taskIds":"x"},`,
		"numbers": `"notifications":{"taskIds":[1]},`, "null": `"notifications":{"taskIds":null},`, "a null": `"notifications":{"taskIds":[null]},`,
	} {
		a.wantRefused(what, a.ask("subscriptions/listen", "", params), -32602, 200)
	}
	open := func(ctx context.Context, params string) (lines <-chan line) {
		f.until("room for a stream", func() bool { // the one before is leaving
			var res *http.Response
			res, lines = a.stream(ctx, "subscriptions/listen", "", params, "")
			return res.StatusCode == http.StatusOK
		})
		return lines
	}
	for what, params := range map[string]string{"nothing": `"notifications":{},`, "nothing of the caller's": idsOf(many[:50]...)} {
		lines := open(t.Context(), params)
		if l := <-lines; l.Method != "notifications/subscriptions/acknowledged" || len(l.Params.Notifications.TaskIDs) != 0 {
			t.Errorf("%s: %+v", what, l)
		}
		if l := <-lines; l.Result == nil {
			t.Errorf("%s: %+v, want the end", what, l)
		}
	}
	ctx, leave := context.WithCancel(t.Context())
	lines := open(ctx, idsOf(id))
	for range 2 {
		<-lines
	}
	if r := a.ask("subscriptions/listen", "", idsOf(id)); r.status != http.StatusTooManyRequests || r.Error == nil || r.header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d %+v", r.status, r.Error)
	}
	leave()
	open(t.Context(), idsOf(id)) // a stream that is left gives its room back
	var spent int
	f.until("a limit that counts every task", func() bool {
		spent++
		res, _ := a.stream(t.Context(), "subscriptions/listen", "", idsOf(many[:100]...), "")
		return res.StatusCode == http.StatusTooManyRequests
	})
	if spent > 4 {
		t.Errorf("%d streams about a hundred tasks each were opened", spent)
	}
}

func TestAStreamEndsWellWhenTheServerStops(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "")
	id := both[0].begin("thumb").ID
	<-runs
	_, lines := both[0].stream(t.Context(), "subscriptions/listen", "", idsOf(id), "")
	for range 2 {
		<-lines
	}
	f.stop()
	if l := <-lines; l.Result == nil || l.Result.Type != "complete" {
		t.Errorf("%+v", l)
	}
}

// TestACallThatIsHeldSaysHowFarItIs, to who asks for it; closing its stream leaves
// the job alone.
func TestACallThatIsHeldSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	f, runs, _ := agents(t, "sync_timeout: 20s\n")
	a := agent{fixture: f, legacy: true}
	const call = `"name":"thumb","arguments":{"content":"x"},`
	_, lines := a.stream(t.Context(), "tools/call", "thumb", call, `,"progressToken":7`)
	is := <-runs
	var said []line
	for l := range lines {
		said = append(said, l)
		switch len(said) {
		case 1:
			f.ends(is, `{"progress":40}`)
		case 3:
			f.ends(is, `{"progress":100,"message":"page 9"}`)
		case 6:
			f.ends(is, `{"status":"success","result":{"n":1}}`)
		}
	}
	last := said[len(said)-1]
	if len(said) < 5 || last.Result == nil || string(last.ID) != `"q-1"` || last.Result.Structured["n"] != 1.0 {
		t.Fatalf("%d messages, the last %+v", len(said), last)
	}
	before := 0.0
	for i, l := range said[:len(said)-1] {
		p := l.Params
		if l.Method != "notifications/progress" || p.Token != 7.0 || p.Progress <= before || p.Message != "processing" && p.Message != "queued" && p.Message != "page 9" || (p.Total == 100) != (p.Progress >= 40) {
			t.Errorf("message %d: %+v, progress was %v", i, p, before)
		}
		before = p.Progress
	}
	if word := said[len(said)-2].Params.Message; word != "page 9" { // what the endpoint says that it does
		t.Errorf("at last it says %q", word)
	}
	if before < 99 || before >= 100 { // a tool may say that it has done all, and go on
		t.Errorf("at last progress was %v", before)
	}

	ctx, leave := context.WithCancel(t.Context())
	_, lines = a.stream(ctx, "tools/call", "thumb", call, `,"progressToken":"a"`)
	is = <-runs
	<-lines
	leave()
	for range lines {
	}
	f.ends(is, `{"status":"success","result":{}}`)
	if s := f.finished(is.JobID); s.Status != "success" {
		t.Errorf("its client left, and it is %+v", s)
	}

	a.more = []string{"Accept", "application/json"}
	var calls sync.WaitGroup
	for _, meta := range []string{"", `,"progressToken":7`} { // one asks for none, the other can read none
		calls.Go(func() {
			res, lines := a.stream(t.Context(), "tools/call", "thumb", call, meta)
			if l := <-lines; res.Header.Get("Content-Type") != "application/json" || l.Result == nil {
				t.Errorf("%q: %v %+v", meta, res.Header, l)
			}
		})
	}
	both := []notice{<-runs, <-runs}
	<-time.After(1500 * time.Millisecond)
	for _, is := range both {
		f.ends(is, `{"status":"success","result":{}}`)
	}
	calls.Wait()
}

// TestALegacyResultIsWaitedFor, and the client hears meanwhile that it is.
func TestALegacyResultIsWaitedFor(t *testing.T) {
	t.Parallel()
	_, _, both := agents(t, "")
	a := both[1]
	id := a.begin("slow").ID
	_, lines := a.stream(t.Context(), "tasks/result", id, fmt.Sprintf(`"taskId":%q,`, id), `,"progressToken":"p"`)
	if l := <-lines; l.Method != "notifications/progress" || l.Params.Token != "p" {
		t.Errorf("%+v", l)
	}
	a.good(a.about("cancel", id))
	var last line
	for l := range lines {
		last = l
	}
	if last.Error == nil || last.Error.Code != -32603 {
		t.Errorf("the result of a task that was cancelled: %+v", last)
	}
}
