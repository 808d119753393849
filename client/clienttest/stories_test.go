package clienttest_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

const unknownID = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"

// must fails the story on an error.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantCode fails the story unless the error is the API's with this status and code.
func wantCode(t *testing.T, err error, status int, code string) {
	t.Helper()
	if e := refusal(t, err, status, code); e == nil {
		t.Fatal("no error")
	}
}

// refusal is wantCode that returns the error.
func refusal(t *testing.T, err error, status int, code string) *client.Error {
	t.Helper()
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.HTTPStatus != status || e.Code != code {
		t.Fatalf("error %v (%+v), want %d %s", err, e, status, code)
	}
	return e
}

// submitted hands in work and returns the job's id.
func submitted(w *world, c *client.Client, tool, input string, o client.Options) string {
	w.t.Helper()
	return must[api.Accepted](w.t)(c.Submit(w.ctx(), tool, strings.NewReader(input), o)).JobID
}

func workIsDone(w *world) {
	t := w.t
	c := w.client()
	id := submitted(w, c, "json-formatter", `{"a":[1.50]}`, client.Options{RequestID: "6b1f0a8e-1111-4222-8333-944455556666"})
	s := must[api.Status](t)(c.Wait(w.ctx(), id))
	r := must[api.Result](t)(client.ResultOf(s))
	if r.RequestID != "6b1f0a8e-1111-4222-8333-944455556666" || r.Preview == "" {
		t.Errorf("result %+v", r)
	}
	if exact := must[[]byte](t)(bytesOf(c.Result(w.ctx(), id))); !bytes.Contains(exact, []byte(r.RequestID)) {
		t.Errorf("result %s", exact)
	}
	var b bytes.Buffer
	if n, err := c.Download(w.ctx(), id, &b); err != nil || b.String() != "{\n \"a\": [\n  1.50\n ]\n}" || n != int64(b.Len()) {
		t.Errorf("%d bytes %q, %v", n, &b, err)
	}
}

func bytesOf(text []byte, err error) ([]byte, error) { return text, err }

func atOnce(w *world) {
	t := w.t
	c := w.client()
	r := must[api.Result](t)(c.Run(w.ctx(), "json-formatter", strings.NewReader("[1]"), client.Options{}))
	var b bytes.Buffer
	if _, err := c.DownloadLink(w.ctx(), r.File, &b); err != nil || b.String() != "[\n 1\n]" {
		t.Errorf("%q, %v", &b, err)
	}
	id := submitted(w, c, "gate", "say", client.Options{})
	must[api.Status](t)(c.Wait(w.ctx(), id))
	if text, err := c.Result(w.ctx(), id); err != nil || string(text) != `{"said":1.50}` {
		t.Errorf("a tool's own result: %s, %v", text, err)
	}
	if text, err := c.RunJSON(w.ctx(), "gate", strings.NewReader("say"), client.Options{}); err != nil || string(text) != `{"said":1.50}` {
		t.Errorf("the same at once: %s, %v", text, err)
	}
	if _, err := c.Download(w.ctx(), id, &b); !errors.Is(err, client.ErrNoFile) {
		t.Errorf("a file of none: %v", err)
	}
}

func wrongInput(w *world) {
	t := w.t
	c := w.client()
	_, err := c.Run(w.ctx(), "json-formatter", strings.NewReader("{\n 1}"), client.Options{})
	if e := refusal(t, err, http.StatusBadRequest, "INVALID_JSON"); e.Line != 2 || e.Column != 2 || e.Reason == "" || e.RequestID == "" {
		t.Errorf("%+v", e)
	}
	id := submitted(w, c, "json-formatter", "{\n 1}", client.Options{})
	s := must[api.Status](t)(c.Wait(w.ctx(), id))
	_, resultErr := c.Result(w.ctx(), id)
	_, downloadErr := c.Download(w.ctx(), id, &bytes.Buffer{})
	for name, err := range map[string]error{"status": client.Failure(s), "result": resultErr, "download": downloadErr} {
		if e := refusal(t, err, 0, "INVALID_JSON"); e.Line != 2 || e.Column != 2 || e.JobID != id || e.Details["line"] == nil {
			t.Errorf("%s: %+v", name, e)
		}
	}
	_, err = c.Submit(w.ctx(), "json-formatter", strings.NewReader("[]"), client.Options{Headers: map[string]string{"x-tab-space": "99"}})
	if e := refusal(t, err, http.StatusBadRequest, "INVALID_OPTION"); e.Option != "x-tab-space" || e.Details["option"] != "x-tab-space" {
		t.Errorf("%+v", e)
	}
	_, err = c.Submit(w.ctx(), "json-formatter", strings.NewReader(""), client.Options{})
	wantCode(t, err, http.StatusBadRequest, "INVALID_REQUEST")
}

func toolRefuses(w *world) {
	t := w.t
	c := w.client()
	id := submitted(w, c, "gate", "refuse", client.Options{})
	s := must[api.Status](t)(c.Wait(w.ctx(), id))
	wantCode(t, client.Failure(s), 0, "NO_WAY")
	_, err := c.Result(w.ctx(), id)
	if e := refusal(t, err, 0, "NO_WAY"); e.Message != "Not this one." {
		t.Errorf("%+v", e)
	}
}

// holding hands in work that waits, and returns when it has begun.
func holding(w *world, c *client.Client, name string) (id string, g *gate) {
	w.t.Helper()
	name = w.key[len(w.key)-8:] + "-" + name // stories share the outside
	g = w.outside.gate(name)
	id = submitted(w, c, "gate", "hold "+name, client.Options{Metadata: map[string]string{"name": "é😀<" + name}})
	select {
	case <-g.begun:
	case <-w.ctx().Done():
		w.t.Fatal("the work did not begin")
	}
	return id, g
}

func watched(w *world) {
	t := w.t
	c := w.client()
	id, g := holding(w, c, "watched")
	var seen []string
	for s, err := range c.Watch(w.ctx(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if seen = append(seen, s.Status); s.Status == "processing" {
			close(g.open)
		}
	}
	if len(seen) < 2 || seen[len(seen)-2] != "processing" || seen[len(seen)-1] != "success" {
		t.Errorf("saw %q", seen)
	}
	seen = nil
	for s, err := range c.Watch(w.ctx(), id) { // a finished one is told once
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, s.Status)
	}
	if len(seen) != 1 || seen[0] != "success" {
		t.Errorf("saw %q of a finished job", seen)
	}
	for _, err := range c.Watch(w.ctx(), unknownID) {
		wantCode(t, err, http.StatusNotFound, "JOB_NOT_FOUND")
	}
}

func watchingEnds(w *world) {
	t := w.t
	c := w.client()
	id, g := holding(w, c, "watching-ends")
	for s, err := range c.Watch(w.ctx(), id) {
		if err != nil || s.JobID != id {
			t.Errorf("%+v, %v", s, err)
		}
		break
	}
	ctx, cancel := context.WithCancel(w.ctx())
	defer cancel()
	var last error
	for _, err := range c.Watch(ctx, id) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("ended with %v, want the cancellation", last)
	}
	last = nil
	ctx, end := context.WithCancel(w.ctx())
	defer end()
	for _, err := range c.WatchFull(ctx, id) {
		end()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("in full: ended with %v, want the cancellation", last)
	}
	close(g.open)
	must[api.Status](t)(c.Wait(w.ctx(), id))
}

func waitingEnds(w *world) {
	t := w.t
	c := w.client(client.WithLongPoll(0))
	id, g := holding(w, c, "waiting-ends")
	ctx, cancel := context.WithTimeout(w.ctx(), 500*time.Millisecond)
	defer cancel()
	s, err := c.Wait(ctx, id)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := c.Result(w.ctx(), id); !errors.Is(err, client.ErrNotFinished) {
		t.Errorf("a result: %v", err)
	}
	if _, err := c.Download(w.ctx(), id, &bytes.Buffer{}); !errors.Is(err, client.ErrNotFinished) {
		t.Errorf("a download: %v", err)
	}
	_, err = c.Retry(w.ctx(), id)
	wantCode(t, err, http.StatusConflict, "JOB_UNFINISHED")
	close(g.open)
	if s := must[api.Status](t)(c.Wait(w.ctx(), id)); s.Status != "success" {
		t.Errorf("%+v", s)
	}
}

func inFull(w *world) {
	t := w.t
	c := w.client()
	id, g := holding(w, c, "in-full")
	f := must[client.Full](t)(c.GetFull(w.ctx(), id))
	if f.Tool != "gate" || f.Attempt != 1 || f.Status.Status != "processing" || f.StartedAt == nil || !strings.Contains(string(f.Metadata), "in-full") {
		t.Errorf("%+v", f)
	}
	close(g.open)
	var last client.Full
	for f, err := range c.WatchFull(w.ctx(), id) {
		if err != nil {
			t.Fatal(err)
		}
		last = f
	}
	if last.Status.Status != "success" || last.FinishedAt == nil || last.ExpiresAt == nil || len(last.Attempts) != 1 {
		t.Errorf("%+v", last)
	}
}

func canceled(w *world) {
	t := w.t
	c := w.client()
	id, _ := holding(w, c, "canceled")
	if s := must[api.Status](t)(c.Cancel(w.ctx(), id)); s.JobID != id {
		t.Errorf("%+v", s)
	}
	s := must[api.Status](t)(c.Wait(w.ctx(), id))
	wantCode(t, client.Failure(s), 0, "CANCELED")
	_, err := c.Result(w.ctx(), id)
	wantCode(t, err, 0, "CANCELED")
	_, err = c.Cancel(w.ctx(), id)
	wantCode(t, err, http.StatusConflict, "JOB_FINISHED")
	later := submitted(w, c, "json-formatter", "[]", client.Options{RunAt: time.Now().Add(time.Hour)})
	if s := must[api.Status](t)(c.Cancel(w.ctx(), later)); s.Status != "failed" {
		t.Errorf("one that waits: %+v", s)
	}
}

func again(w *world) {
	t := w.t
	c := w.client()
	id := submitted(w, c, "json-formatter", "[1]", client.Options{})
	must[api.Status](t)(c.Wait(w.ctx(), id))
	second := must[api.Accepted](t)(c.Retry(w.ctx(), id))
	if second.JobID == id || must[api.Status](t)(c.Wait(w.ctx(), second.JobID)).Status != "success" {
		t.Errorf("%+v", second)
	}
}

func deleted(w *world) {
	t := w.t
	c := w.client()
	id, _ := holding(w, c, "deleted")
	if err := c.Delete(w.ctx(), id); err != nil {
		t.Fatal(err)
	}
	_, err := c.Get(w.ctx(), id)
	wantCode(t, err, http.StatusNotFound, "JOB_NOT_FOUND")
	wantCode(t, c.Delete(w.ctx(), id), http.StatusNotFound, "JOB_NOT_FOUND")
}

func once(w *world) {
	t := w.t
	c := w.client()
	o := client.Options{IdempotencyKey: "order-7"}
	first := submitted(w, c, "json-formatter", "[1]", o)
	if second := submitted(w, c, "json-formatter", "[1]", o); second != first {
		t.Errorf("jobs %s and %s", first, second)
	}
	_, err := c.Submit(w.ctx(), "json-formatter", strings.NewReader("[2]"), o)
	wantCode(t, err, http.StatusUnprocessableEntity, "IDEMPOTENCY_CONFLICT")
	if third := submitted(w, c, "json-formatter", "[1]", client.Options{}); third == first {
		t.Error("a submission without a key of its own is another's job")
	}
}

func refused(w *world) {
	t := w.t
	stranger, err := client.New(w.url, "ck_of_nobody")
	if err != nil {
		t.Fatal(err)
	}
	_, err = stranger.Usage(w.ctx())
	if e := refusal(t, err, http.StatusUnauthorized, "UNAUTHORIZED"); e.RequestID == "" || strings.Contains(err.Error(), "ck_of") {
		t.Errorf("%v, %+v", err, e)
	}
	c := w.client()
	_, err = c.Get(w.ctx(), "x")
	wantCode(t, err, http.StatusBadRequest, "INVALID_JOB_ID")
	_, err = c.Result(w.ctx(), unknownID)
	wantCode(t, err, http.StatusNotFound, "JOB_NOT_FOUND")
	_, err = c.Submit(w.ctx(), "no-such-tool", strings.NewReader("1"), client.Options{})
	wantCode(t, err, http.StatusNotFound, "NOT_FOUND")
	_, err = c.SubmitUpload(w.ctx(), "json-formatter", "nobody/upl_x/a.json", client.Options{})
	wantCode(t, err, http.StatusNotFound, "FILE_NOT_FOUND")
	_, err = c.Upload(w.ctx(), "a.exe", strings.NewReader("1"), 1)
	wantCode(t, err, http.StatusBadRequest, "INVALID_FILENAME")
	_, err = c.Upload(w.ctx(), "a.exe", strings.NewReader("1"), 9<<20)
	wantCode(t, err, http.StatusBadRequest, "INVALID_FILENAME")
}
