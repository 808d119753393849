package httpapi_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/dialect"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// The post is a dialect for tests: lines of text, and words of its own for all
// that can be said. A letter is sent, looked for and called back.
type post struct{}

// postWords are its words for statuses.
var postWords = map[job.Status]string{job.Queued: "in the box", job.Processing: "on its way", job.Success: "delivered", job.Failed: "lost"}

func (post) ContentType() string { return "text/plain" }

func (post) Status(v dialect.View) []byte {
	s := fmt.Sprintf("letter %s\nis %s\n", v.Job.ID, postWords[v.Job.Status])
	switch v.Job.Status {
	case job.Success:
		s += "with " + string(v.Result) + "\n"
	case job.Failed:
		s += "by " + string(v.Job.Error) + "\n"
	default:
		s += fmt.Sprintf("look again in %d\n", v.Hint)
	}
	return []byte(s)
}

func (p post) Accepted(a dialect.Accepted, h http.Header) (status int, body []byte) {
	h.Set("Letter", a.PublicURL+"/post/letters/"+a.Job.ID.String())
	return http.StatusCreated, fmt.Appendf(nil, "letter %s\nlook again in %d\n", a.Job.ID, a.Hint)
}

func (post) Done(d dialect.Done, _ http.Header) (status int, body []byte) {
	return http.StatusOK, fmt.Appendf(nil, "answered %s\n", d.Result)
}

func (post) List(p dialect.Page, _ http.Header) []byte {
	s := fmt.Sprintf("%d letters\n", len(p.Jobs))
	for _, b := range p.Jobs {
		s += string(b)
	}
	if p.Next != "" {
		s += "more behind " + p.Next + "\n"
	}
	return []byte(s)
}

// Failed never says 429: clients of the post give up at that.
func (post) Failed(f dialect.Failure, h http.Header) (status int, body []byte) {
	if status = f.Status; status == http.StatusTooManyRequests {
		status = http.StatusServiceUnavailable
	}
	s := fmt.Sprintf("returned %s\n", f.Code)
	if f.RetryAfter > 0 {
		s += fmt.Sprintf("look again in %d\n", f.RetryAfter)
	}
	return status, []byte(s)
}

// postOffice is where the post is spoken.
func postOffice() httpapi.Mount {
	return httpapi.Mount{Name: "post", Prefix: "/post", Words: post{}, Routes: []httpapi.Route{
		{Method: "POST", Path: "/post/{tool}:send", Handler: sendLetter},
		{Method: "GET", Path: "/post/letters", Handler: listLetters},
		{Method: "GET", Path: "/post/letters/{id}", Handler: lookForLetter},
		{Method: "POST", Path: "/post/letters/{id}:back", Handler: callLetterBack},
		{Method: "POST", Path: "/post/ask", Access: httpapi.Later, Handler: askForLetter},
		{Path: "/post/counter/{rest...}", Handler: func(c *httpapi.Call) error { return c.Hand(counter(c)) }},
		{Method: "POST", Path: "/post/cut", Handler: cutOff},
		{Method: "GET", Path: "/post/hours", Access: httpapi.Open, Handler: func(c *httpapi.Call) error {
			c.Answer(http.StatusOK, []byte("always\n"))
			return nil
		}},
	}}
}

// sendLetter takes a form: text or url, and key, wait, indent.
func sendLetter(c *httpapi.Call) error {
	t, err := c.Tool(c.Request().PathValue("tool"))
	if err != nil {
		return err
	}
	body, err := c.Incoming().Whole(10_000)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	r := intake.Request{Tool: t, Wish: intake.Wish{Async: !form.Has("wait")}, Key: form["key"], Options: func(name string) string {
		if name == "x-tab-space" {
			return form.Get("indent")
		}
		return ""
	}}
	if form.Has("url") {
		r.Source = string(intake.FromURL)
	}
	o, err := c.Begin(r)
	if err != nil {
		return err
	}
	if o.Source == intake.FromURL {
		err = c.Name(o, form.Get("url"), []byte(form.Get("url")))
	} else {
		err = c.Take(o, intake.Body{From: strings.NewReader(form.Get("text")), Length: int64(len(form.Get("text")))})
	}
	if err != nil {
		return err
	}
	return c.Place(o)
}

func listLetters(c *httpapi.Call) error {
	page, err := c.List(protocol.Filter{Limit: 2})
	if err != nil {
		return err
	}
	c.AnswerList(page)
	return nil
}

func lookForLetter(c *httpapi.Call) error {
	return letterOf(c, c.Request().PathValue("id"), time.Duration(len(c.Request().URL.RawQuery))*time.Second)
}

func letterOf(c *httpapi.Call, text string, wait time.Duration) error {
	id, err := job.ParseID(text)
	if err != nil {
		return err
	}
	snap, err := c.Await(id, wait, view.Finished)
	if err != nil {
		return err
	}
	c.AnswerStatus(snap, http.StatusOK)
	return nil
}

func callLetterBack(c *httpapi.Call) error {
	id, err := job.ParseID(c.Request().PathValue("id"))
	if err != nil {
		return err
	}
	snap, err := c.Cancel(id)
	if err != nil {
		return err
	}
	c.Answer(http.StatusOK, c.Status(snap))
	return nil
}

// askForLetter is a POST that only reads.
func askForLetter(c *httpapi.Call) error {
	id, err := c.Incoming().Whole(100)
	if err != nil {
		return err
	}
	if err := c.Admit(true); err != nil {
		return err
	}
	return letterOf(c, string(id), 0)
}

// counter is a handler that knows nothing of us.
func counter(c *httpapi.Call) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/x-counted")
		w.WriteHeader(http.StatusAccepted)
		_, _ = fmt.Fprintf(w, "%s %s brought %d bytes for %s", r.Method, c.Owner(), n, r.PathValue("rest"))
	}
}

// cutOff has the body end when all of it was read, and when it was answered. It
// answers when net/http knows.
func cutOff(c *httpapi.Call) error {
	if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
		return err
	}
	if !c.EndBody() {
		return errors.New("the body cannot be ended")
	}
	<-c.Request().Context().Done()
	c.Answer(http.StatusOK, []byte("cut\n"))
	if c.EndBody() {
		return errors.New("the body is ended after the answer has begun")
	}
	return nil
}

// TestTheRequestAfterOneThatWasCutIsAnswered: it does not find that its client is gone.
func TestTheRequestAfterOneThatWasCutIsAnswered(t *testing.T) {
	f := newFixture(t, options{dialects: []httpapi.Mount{postOffice()}})
	for range 3 {
		if a := f.do("POST", "/post/cut", "all of it"); a.StatusCode != http.StatusOK || string(a.body) != "cut\n" || !a.Close {
			t.Errorf("got %d %q, the connection's last: %t", a.StatusCode, a.body, a.Close)
		}
		if a := f.do("GET", "/usage", ""); a.StatusCode != http.StatusOK {
			t.Errorf("then %d %s", a.StatusCode, a.body)
		}
	}
}

func TestAJobsStoryIsTheSameInEveryDialect(t *testing.T) {
	f := newFixture(t, options{workers: 2, dialects: []httpapi.Mount{postOffice()}})
	send := func(tool, form string) (id string) {
		t.Helper()
		a := f.do("POST", "/post/"+tool+":send", form)
		id, _, _ = strings.Cut(strings.TrimPrefix(string(a.body), "letter "), "\n")
		if a.StatusCode != http.StatusCreated || a.Header.Get("Letter") != f.url+"/post/letters/"+id || a.Header.Get("Retry-After") == "" || a.Header.Get("Content-Type") != "text/plain" {
			t.Fatalf("%d %v %s", a.StatusCode, a.Header, a.body)
		}
		return id
	}
	good, bad, slow := send("json-formatter", "text="+url.QueryEscape(`{"a":1}`)+"&indent=1"), send("json-formatter", "text={"), send("gate", "text=x")
	lost := send("gate", "text=fail")
	f.do("POST", "/post/letters/"+slow+":back", "")
	for _, c := range []struct{ id, word, plain, has string }{
		{good, "delivered", "success", `{\n \"a\": 1\n}`}, {bad, "lost", "failed", "INVALID_JSON"}, {slow, "lost", "failed", "CANCELED"}, {lost, "lost", "failed", "INTERNAL_ERROR"},
	} {
		plain := f.finished(c.id)
		for range 2 { // each dialect has a rendering of its own, and keeps it
			a := f.do("GET", "/post/letters/"+c.id, "")
			if s := string(a.body); a.StatusCode != http.StatusOK || !strings.HasPrefix(s, "letter "+c.id+"\nis "+c.word+"\n") || !strings.Contains(s, c.has) {
				t.Errorf("%s: %d %s", c.plain, a.StatusCode, s)
			}
			if b := f.do("GET", "/post/letters/"+c.id, "", "If-None-Match: "+a.Header.Get("ETag")); b.StatusCode != http.StatusNotModified {
				t.Errorf("%s, unchanged: %d %s", c.plain, b.StatusCode, b.body)
			}
			if b := f.do("GET", "/jobs/"+c.id, ""); string(b.body) != string(plain.body) || b.text(t, "status") != c.plain || !strings.Contains(string(b.body), c.has) {
				t.Errorf("%s: plain %s", c.plain, b.body)
			}
		}
		if a := f.do("POST", "/post/ask", c.id); !strings.Contains(string(a.body), "is "+c.word) {
			t.Errorf("%s, asked for: %s", c.plain, a.body)
		}
	}
	if a := f.do("GET", "/post/letters", ""); !strings.HasPrefix(string(a.body), "2 letters\nletter "+lost) || !strings.Contains(string(a.body), "more behind ") {
		t.Errorf("list: %s", a.body)
	}
	f.gate.openAll()
	waits := send("gate", "text=x")
	if a := f.do("GET", "/post/letters/"+waits+"?wwwwwwwwww", ""); !strings.Contains(string(a.body), "is delivered") {
		t.Errorf("waited for: %s", a.body)
	}
}

func TestTheSameOrderIsDoneOnceInADialect(t *testing.T) {
	f := newFixture(t, options{workers: 2, dialects: []httpapi.Mount{postOffice()}})
	for name, c := range map[string]struct{ form, want string }{
		"accepted": {"text={}&key=a", "letter "},
		"done":     {"text={}&key=b&wait=", "answered {\"request_id\""},
		"refused":  {"text={&key=c&wait=", "returned INVALID_JSON"},
	} {
		a, b := f.do("POST", "/post/json-formatter:send", c.form), f.do("POST", "/post/json-formatter:send", c.form)
		if a.StatusCode != b.StatusCode || string(a.body) != string(b.body) || !strings.HasPrefix(string(a.body), c.want) {
			t.Errorf("%s: %d %s, then %d %s", name, a.StatusCode, a.body, b.StatusCode, b.body)
		}
		if replayed := b.Header.Get("Idempotent-Replayed"); replayed == "" && b.StatusCode < 400 || a.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: Idempotent-Replayed %q", name, replayed)
		}
		key := c.form[strings.Index(c.form, "key=")+4:][:1]
		f.wantError(f.do("POST", "/json-formatter-api", "{}", "Idempotency-Key: "+key), 422, "IDEMPOTENCY_CONFLICT", "") // another path
	}
	a := f.do("GET", "/usage", "")
	if jobs, ok := a.member(t, "jobs").(map[string]any); !ok || jobs["used"] != float64(3) {
		t.Errorf("charged: %s", a.body)
	}
}

func TestADialectTellsEveryRefusalInItsWords(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{StatusPerMinute: 4, SubmitPerMinute: 8}, dialects: []httpapi.Mount{postOffice()}})
	reads := "x-api-key: " + f.newKey(auth.NewKey{Owner: "rod", Scopes: []string{account.ScopeRead}})
	foreign := f.do("POST", "/gate-api", "x", async, "x-api-key: "+f.newKey(auth.NewKey{Owner: "bob"})).text(t, "job_id")
	for _, c := range []struct {
		name, method, path, body, header string
		status                           int
		code                             string
	}{
		{"no key", "GET", "/post/letters", "", "x-api-key: ", 401, "UNAUTHORIZED"},
		{"no key, and nothing there", "GET", "/post/nothing", "", "x-api-key: ", 401, "UNAUTHORIZED"},
		{"no key, asked", "POST", "/post/ask", foreign, "x-api-key: ", 401, "UNAUTHORIZED"},
		{"a scope is missing", "POST", "/post/gate:send", "text=x", reads, 403, "FORBIDDEN"},
		{"a POST that reads", "POST", "/post/ask", "x", reads, 400, "INVALID_JOB_ID"},
		{"nothing there", "POST", "/post/nothing", "", "", 404, "NOT_FOUND"},
		{"no such tool", "POST", "/post/nothing:send", "", "", 404, "NOT_FOUND"},
		{"wrong method", "DELETE", "/post/letters", "", "", 405, "METHOD_NOT_ALLOWED"},
		{"wrong method, asked", "DELETE", "/post/ask", "", "", 405, "METHOD_NOT_ALLOWED"},
		{"an option", "POST", "/post/json-formatter:send", "text={}&indent=99", "", 400, "INVALID_OPTION"},
		{"an address", "POST", "/post/json-formatter:send", "url=ftp://x/a.json", "", 400, "URL_NOT_ALLOWED"},
		{"too large", "POST", "/post/gate:send", strings.Repeat("x", 10_001), "", 413, "PAYLOAD_TOO_LARGE"},
		{"too many", "POST", "/post/gate:send", "", "", 0, ""}, // the eighth
		{"too many", "POST", "/post/gate:send", "", "", 503, "RATE_LIMITED\nlook again in"},
		{"somebody else's", "GET", "/post/letters/" + foreign, "", "", 403, "FORBIDDEN"},
		{"unknown", "GET", "/post/letters/" + strings.Repeat("0", 8) + "-0000-7000-8000-000000000000", "", "", 404, "JOB_NOT_FOUND"},
		{"no id", "GET", "/post/letters/x", "", "", 400, "INVALID_JOB_ID"},
	} {
		a := f.do(c.method, c.path, c.body, c.header)
		if c.status != 0 && (a.StatusCode != c.status || !strings.HasPrefix(string(a.body), "returned "+c.code) || a.Header.Get("Content-Type") != "text/plain") {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
		if a.StatusCode == http.StatusMethodNotAllowed && a.Header.Get("Allow") == "" || a.StatusCode == 401 && a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %v", c.name, a.Header)
		}
	}
	f.wantError(f.do("GET", "/postal", ""), 404, "NOT_FOUND", "") // is not below the prefix
}

func TestRoutesOfADialectAreCountedAndLogged(t *testing.T) {
	f := newFixture(t, options{dialects: []httpapi.Mount{postOffice()}})
	if a := f.do("GET", "/post/hours", "", "x-api-key: "); a.StatusCode != 200 || string(a.body) != "always\n" {
		t.Errorf("open: %d %s", a.StatusCode, a.body)
	}
	for _, size := range []int{0, 10, 200_000} {
		a := f.do("PATCH", "/post/counter/a/b", strings.Repeat("x", size))
		if want := "PATCH ann brought " + strconv.Itoa(size) + " bytes for a/b"; a.StatusCode != 202 || string(a.body) != want || a.Header.Get("Content-Type") != "text/x-counted" || a.Close {
			t.Errorf("foreign: %d %v %s", a.StatusCode, a.Header, a.body)
		}
	}
	if a := f.do("PUT", "/post/counter/", "x", "x-api-key: "); a.StatusCode != 401 || string(a.body) != "returned UNAUTHORIZED\n" {
		t.Errorf("foreign, without a key: %d %s", a.StatusCode, a.body)
	}
	f.do("POST", "/post/ask", "x")
	f.routes.mu.Lock()
	defer f.routes.mu.Unlock()
	for _, want := range []string{"/post/hours", "/post/counter/{rest...}", "/post/ask"} {
		if !strings.Contains(strings.Join(f.routes.all, " "), want) {
			t.Errorf("%s was not counted: %v", want, f.routes.all)
		}
	}
}

func TestATakenPathIsNoToolsName(t *testing.T) {
	m := postOffice()
	m.Prefix = "/post-api"
	for name, want := range map[string]bool{"status": true, "post": true, "gate": false, "posts": false} {
		if taken := (httpapi.Config{Dialects: []httpapi.Mount{m}}).Takes(httpapi.ToolPath(name)); taken != want {
			t.Errorf("%s: taken %t", name, taken)
		}
	}
}
