package clienttest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/client/webhook"
	"claimcheck/internal/serverproc"
)

// ids returns the ids of a list, sorted; the list itself must be newest first.
func ids(t *testing.T, w *world, c *client.Client, f client.Filter) []string {
	t.Helper()
	var all []string
	last := int64(math.MaxInt64)
	for j, err := range c.List(w.ctx(), f) {
		if err != nil {
			t.Fatal(err)
		}
		if j.CreatedAt > last {
			t.Errorf("created at %d, the one before it at %d", j.CreatedAt, last)
		}
		all, last = append(all, j.JobID), j.CreatedAt
	}
	slices.Sort(all)
	return all
}

func listed(w *world) {
	t := w.t
	c := w.client()
	var good, all []string
	for i := range 7 {
		input, o := "[1]", client.Options{Metadata: map[string]string{"n": fmt.Sprint(i % 2), "sort": "é"}}
		if i == 3 {
			input = "{"
		}
		id := submitted(w, c, "json-formatter", input, o)
		must[api.Status](t)(c.Wait(w.ctx(), id))
		if all = append(all, id); i != 3 {
			good = append(good, id)
		}
	}
	hour := time.Now().Add(-time.Hour)
	for name, s := range map[string]struct {
		f    client.Filter
		want []string
	}{
		"all":            {client.Filter{PageSize: 2}, all},
		"status":         {client.Filter{PageSize: 2, Status: []string{"success", "queued"}}, good},
		"error":          {client.Filter{PageSize: 1, Error: []string{"TIMEOUT", "INVALID_JSON"}}, []string{all[3]}},
		"metadata":       {client.Filter{PageSize: 3, Metadata: map[string]string{"n": "1", "sort": "é"}}, []string{all[1], all[3], all[5]}},
		"tool":           {client.Filter{Tool: []string{"json-formatter", "gate"}}, all},
		"another tool":   {client.Filter{Tool: []string{"gate"}, PageSize: 1}, nil},
		"finished since": {client.Filter{FinishedAfter: hour, CreatedAfter: hour}, all},
		"before that":    {client.Filter{CreatedBefore: hour, PageSize: 1}, nil},
		"finished long":  {client.Filter{FinishedBefore: hour}, nil},
	} {
		want := slices.Sorted(slices.Values(s.want))
		if got := ids(t, w, c, s.f); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for j, err := range c.List(w.ctx(), client.Filter{Error: []string{"INVALID_JSON"}}) {
		if err != nil || j.Tool != "json-formatter" || j.Error == nil || j.Error.Code != "INVALID_JSON" || !strings.Contains(string(j.Metadata), `"n"`) {
			t.Errorf("%+v, %v", j, err)
		}
	}
	n := 0
	for _, err := range c.List(w.ctx(), client.Filter{PageSize: 1}) {
		if n++; n == 2 || err != nil {
			break
		}
	}
	for _, err := range c.List(w.ctx(), client.Filter{Status: []string{"lost"}}) {
		wantCode(t, err, http.StatusBadRequest, "INVALID_REQUEST")
	}
}

func batch(w *world) {
	t := w.t
	c := w.client()
	asked := []string{unknownID, submitted(w, c, "json-formatter", "[1]", client.Options{}), submitted(w, c, "json-formatter", "{", client.Options{}), "x"}
	for _, id := range asked[1:3] {
		must[api.Status](t)(c.Wait(w.ctx(), id))
	}
	for len(asked) < 103 { // more than one question
		asked = append(asked, unknownID)
	}
	all := must[[]client.Found](t)(c.Batch(w.ctx(), asked))
	if len(all) != len(asked) || all[1].Status.Status != "success" || all[1].Err != nil || all[2].Status.Status != "failed" || all[1].ID != asked[1] {
		t.Fatalf("%+v", all[:4])
	}
	wantCode(t, all[0].Err, http.StatusNotFound, "JOB_NOT_FOUND")
	wantCode(t, all[102].Err, http.StatusNotFound, "JOB_NOT_FOUND")
	wantCode(t, all[3].Err, http.StatusBadRequest, "INVALID_JOB_ID")
	if none, err := c.Batch(w.ctx(), nil); len(none) != 0 || err != nil {
		t.Errorf("none: %v, %v", none, err)
	}
}

// jsonOf is a JSON text of about so many bytes.
func jsonOf(size int) []byte {
	return append(append([]byte("["), bytes.Repeat([]byte(`"0123456789",`), size/13)...), "null]"...)
}

// uploaded submits an upload and wants it to be the same text, laid out.
func uploadedIs(t *testing.T, w *world, c *client.Client, key string, items int) {
	t.Helper()
	ticket := must[api.Accepted](t)(c.SubmitUpload(w.ctx(), "json-formatter", key, client.Options{}))
	sameLaidOut(t, w, c, ticket.JobID, items)
}

func sameLaidOut(t *testing.T, w *world, c *client.Client, id string, items int) {
	t.Helper()
	must[api.Status](t)(c.Wait(w.ctx(), id))
	var b bytes.Buffer
	if _, err := c.Download(w.ctx(), id, &b); err != nil || bytes.Count(b.Bytes(), []byte("0123456789")) != items || bytes.Count(b.Bytes(), []byte("\n")) != items+2 {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
}

// progress returns an option that notes how far a transfer was told to be.
func progress(done, total *int64) client.TransferOption {
	return client.WithProgress(func(d, n int64) { *done, *total = d, n })
}

func smallUpload(w *world) {
	t := w.t
	c, text := w.client(), jsonOf(1000)
	var done, total int64
	key := must[string](t)(c.Upload(w.ctx(), "small.json", bytes.NewReader(text), int64(len(text)), progress(&done, &total)))
	if done != int64(len(text)) || total != done {
		t.Errorf("%d of %d", done, total)
	}
	uploadedIs(t, w, c, key, 76)
	key = must[string](t)(c.Upload(w.ctx(), "stream.json", io.MultiReader(bytes.NewReader(text)), int64(len(text))))
	uploadedIs(t, w, c, key, 76)
}

func largeUpload(w *world) {
	t := w.t
	c, text := w.client(), jsonOf(9<<20)
	var done, total int64
	key := must[string](t)(c.Upload(w.ctx(), "large.json", bytes.NewReader(text), int64(len(text)), progress(&done, &total)))
	if done != int64(len(text)) || total != done {
		t.Errorf("%d of %d", done, total)
	}
	uploadedIs(t, w, c, key, (9<<20)/13)
}

func streamUpload(w *world) {
	t := w.t
	c, text := w.client(), jsonOf(9<<20)
	key := must[string](t)(c.Upload(w.ctx(), "stream.json", io.MultiReader(bytes.NewReader(text)), -1))
	uploadedIs(t, w, c, key, (9<<20)/13)
	key = must[string](t)(c.Upload(w.ctx(), "short.json", io.MultiReader(strings.NewReader(`["0123456789",null]`)), -1))
	uploadedIs(t, w, c, key, 1)
}

func files(w *world) {
	t := w.t
	c, dir := w.client(), t.TempDir()
	for name, size := range map[string]int{"a small one.json": 1000, "a large one (2).json": 9 << 20, "without": 100} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, jsonOf(size), 0o600); err != nil {
			t.Fatal(err)
		}
		ticket := must[api.Accepted](t)(c.SubmitFile(w.ctx(), "json-formatter", path, client.Options{}))
		sameLaidOut(t, w, c, ticket.JobID, size/13)
	}
	if _, err := c.SubmitFile(w.ctx(), "json-formatter", dir, client.Options{}); err == nil {
		t.Error("a folder was submitted")
	}
	if _, err := c.SubmitFile(w.ctx(), "json-formatter", filepath.Join(dir, "none"), client.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func address(w *world) {
	t := w.t
	c := w.client()
	ticket := must[api.Accepted](t)(c.SubmitURL(w.ctx(), "json-formatter", w.outside.srv.URL+"/in.json", client.Options{}))
	must[api.Status](t)(c.Wait(w.ctx(), ticket.JobID))
	var b bytes.Buffer
	if _, err := c.Download(w.ctx(), ticket.JobID, &b); err != nil || b.String() != "{\n \"from\": \"outside\"\n}" {
		t.Errorf("%q, %v", &b, err)
	}
}

func downloaded(w *world) {
	t := w.t
	c, dir := w.client(), t.TempDir()
	ticket := must[api.Accepted](t)(c.Submit(w.ctx(), "json-formatter", bytes.NewReader(jsonOf(3<<20)), client.Options{}))
	must[api.Status](t)(c.Wait(w.ctx(), ticket.JobID))
	path := filepath.Join(dir, "out.json")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	var done, total int64
	n := must[int64](t)(c.DownloadFile(w.ctx(), ticket.JobID, path, progress(&done, &total)))
	text := must[[]byte](t)(os.ReadFile(path))
	if int64(len(text)) != n || done != n || total != n || bytes.Count(text, []byte("\n")) != (3<<20)/13+2 {
		t.Errorf("%d bytes in the file, %d told, %d of %d", len(text), n, done, total)
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(dir)); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	if _, err := c.DownloadFile(w.ctx(), ticket.JobID, dir); err == nil {
		t.Error("a folder was written")
	}
}

// call waits for a call of a webhook.
func call(w *world, calls <-chan *http.Request, secrets ...string) webhook.Event {
	w.t.Helper()
	select {
	case r := <-calls:
		return must[webhook.Event](w.t)(webhook.Receive(r, time.Now(), secrets...))
	case <-w.ctx().Done():
		w.t.Fatal("no call came")
		return webhook.Event{}
	}
}

func webhooks(w *world) {
	t := w.t
	c := w.client()
	h := c.Webhooks()
	address, calls := w.outside.receiver(w.key[len(w.key)-8:])
	made := must[api.Webhook](t)(h.Create(w.ctx(), address))
	if all := must[[]api.Webhook](t)(h.List(w.ctx())); len(all) != 1 || all[0].ID != made.ID || all[0].Secret != "" || made.Secret == "" {
		t.Errorf("%+v, made %+v", all, made)
	}
	id := submitted(w, c, "json-formatter", "[1]", client.Options{})
	e := call(w, calls, made.Secret)
	if e.Type != webhook.JobSucceeded || e.Job.JobID != id || e.Sequence != 1 || len(e.Job.Result) == 0 {
		t.Errorf("%+v", e)
	}
	rotated := must[api.Webhook](t)(h.Rotate(w.ctx(), made.ID))
	failedID := submitted(w, c, "json-formatter", "{", client.Options{})
	if e := call(w, calls, rotated.Secret); e.Type != webhook.JobFailed || e.Job.JobID != failedID || e.Job.Error.Code != "INVALID_JSON" {
		t.Errorf("%+v", e)
	}
	must[api.Delivery](t)(h.Test(w.ctx(), made.ID))
	if e := call(w, calls, made.Secret); e.Type != webhook.Test || e.WebhookID != made.ID {
		t.Errorf("the test, by the old secret: %+v", e)
	}
	var last []api.Delivery
	serverproc.Until(t, patience, func() (bool, string) {
		last = nil
		for d, err := range h.Deliveries(w.ctx(), made.ID) {
			if err != nil {
				t.Fatal(err)
			}
			last = append(last, d)
		}
		return len(last) == 3 && last[2].Status == "delivered", fmt.Sprint(last)
	})
	must[api.Delivery](t)(h.Resend(w.ctx(), made.ID, last[2].ID))
	if e := call(w, calls, made.Secret); e.ID != last[2].ID || e.Job.JobID != id {
		t.Errorf("sent again: %+v", e)
	}
	if err := h.Delete(w.ctx(), made.ID); err != nil {
		t.Error(err)
	}
	wantCode(t, h.Delete(w.ctx(), made.ID), http.StatusNotFound, "WEBHOOK_NOT_FOUND")
}

func fittedWebhook(w *world) {
	t := w.t
	c := w.client()
	h := c.Webhooks()
	address, calls := w.outside.receiver(w.key[len(w.key)-8:])
	made := must[api.Webhook](t)(h.Make(w.ctx(), api.NewWebhook{
		URL: address, Events: []string{"job.failed"}, Headers: map[string]string{"X-Token": "of-the-receiver"}, Tools: []string{"json-formatter"}, Metadata: map[string]string{"a": "b"},
		MaxPerSecond: 100, Signature: "v1a",
	}))
	if made.Signature != "v1a" || made.KeysURL == "" || len(made.HeaderNames) != 1 || made.Secret == "" {
		t.Errorf("made %+v", made)
	}
	var keys []string
	for _, k := range must[[]api.WebhookKey](t)(h.Keys(w.ctx(), "")) {
		keys = append(keys, k.Key)
	}
	submitted(w, c, "json-formatter", "{", client.Options{Metadata: map[string]string{"a": "c"}})
	id := submitted(w, c, "json-formatter", "{", client.Options{Metadata: map[string]string{"a": "b"}})
	var r *http.Request
	select {
	case r = <-calls:
	case <-w.ctx().Done():
		t.Fatal("no call came")
	}
	body := must[[]byte](t)(io.ReadAll(r.Body))
	e := must[webhook.Event](t)(webhook.Parse(r.Header.Get("Webhook-Id"), body))
	if e.Job.JobID != id || e.Sequence != 1 || r.Header.Get("X-Token") != "of-the-receiver" {
		t.Errorf("got %+v, %v", e, r.Header)
	}
	if err := errors.Join(webhook.VerifyKeys(keys, made.ID, r.Header, body, time.Now()), webhook.Verify(made.Secret, r.Header, body, time.Now())); err != nil {
		t.Error(err)
	}
	if err := webhook.VerifyKeys(keys, "wh_0123456789abcdef0123456789abcdef", r.Header, body, time.Now()); !errors.Is(err, webhook.ErrSignature) {
		t.Errorf("the call of another webhook: %v", err)
	}
	all := must[[]api.Webhook](t)(h.List(w.ctx()))
	if len(all) != 1 || all[0].HeaderNames[0] != "X-Token" || all[0].MaxPerSecond != 100 || all[0].Metadata["a"] != "b" {
		t.Errorf("listed %+v", all)
	}
	off, everything := false, []string{}
	is := must[api.Webhook](t)(h.Change(w.ctx(), made.ID, api.WebhookChange{Enabled: &off, Tools: &everything, Headers: map[string]*string{"X-Token": nil}}))
	if is.Enabled || is.Reason == "" || len(is.Tools) != 0 || len(is.HeaderNames) != 0 || is.Metadata["a"] != "b" {
		t.Errorf("changed %+v", is)
	}
	on := true
	must[api.Webhook](t)(h.Change(w.ctx(), made.ID, api.WebhookChange{Enabled: &on}))
	if n := must[int](t)(h.Recover(w.ctx(), made.ID, time.Unix(0, 0))); n != 0 {
		t.Errorf("recovered %d of what was taken", n)
	}
	_, err := h.Recover(w.ctx(), "wh_none", time.Now())
	wantCode(t, err, http.StatusNotFound, "WEBHOOK_NOT_FOUND")
}

func ownWebhook(w *world) {
	t := w.t
	c := w.client()
	address, calls := w.outside.receiver(w.key[len(w.key)-8:])
	secret := must[api.WebhookSecret](t)(c.Webhooks().Secret(w.ctx()))
	id := submitted(w, c, "json-formatter", "[1]", client.Options{WebhookURL: address})
	if e := call(w, calls, secret.Secret); e.Job.JobID != id {
		t.Errorf("%+v", e)
	}
}

func bulk(w *world) {
	t := w.t
	c := w.client()
	var mine []string
	for range 3 {
		mine = append(mine, submitted(w, c, "json-formatter", "[1]", client.Options{RunAt: time.Now().Add(time.Hour), Metadata: map[string]string{"b": "1"}}))
	}
	order := api.NewBulk{Action: "cancel", Filter: api.BulkFilter{Metadata: map[string]string{"b": "1"}}}
	if n := must[int64](t)(c.CountBulk(w.ctx(), order)); n != 3 {
		t.Errorf("counted %d", n)
	}
	begun := must[api.BulkBegun](t)(c.BeginBulk(w.ctx(), order))
	is := must[api.Bulk](t)(c.WaitBulk(w.ctx(), begun.BulkID))
	if begun.Matched != 3 || is.Matched != 3 || is.Status != "done" || is.SkippedCount != 0 {
		t.Errorf("begun %+v, is %+v", begun, is)
	}
	for _, id := range mine {
		wantCode(t, client.Failure(must[api.Status](t)(c.Get(w.ctx(), id))), 0, "CANCELED")
	}
	again := must[api.BulkBegun](t)(c.BeginBulk(w.ctx(), order))
	if is := must[api.Bulk](t)(c.WaitBulk(w.ctx(), again.BulkID)); is.SkippedCount != 3 || is.Skipped[0].Code != "JOB_FINISHED" {
		t.Errorf("once more: %+v", is)
	}
	_, err := c.BeginBulk(w.ctx(), api.NewBulk{Action: "delete"})
	wantCode(t, err, http.StatusBadRequest, "INVALID_REQUEST")
}

func told(w *world) {
	t := w.t
	c := w.client()
	var names []string
	for _, tool := range must[[]api.Tool](t)(c.Tools(w.ctx())) {
		names = append(names, tool.Name)
	}
	if !slices.IsSorted(names) || !slices.Contains(names, "gate") || !slices.Contains(names, "json-formatter") {
		t.Errorf("tools %q", names)
	}
	tool := must[api.Tool](t)(c.Tool(w.ctx(), "json-formatter"))
	if tool.Path != "/json-formatter-api" || len(tool.Options) != 1 || *tool.Options[0].Max != 16 || tool.Output.Extension != "json" {
		t.Errorf("%+v", tool)
	}
	_, err := c.Tool(w.ctx(), "none")
	wantCode(t, err, http.StatusNotFound, "NOT_FOUND")
	id := submitted(w, c, "json-formatter", "[1]", client.Options{})
	must[api.Status](t)(c.Wait(w.ctx(), id))
	if u := must[api.Usage](t)(c.Usage(w.ctx())); u.Owner == "" || u.Jobs.Used != 1 || u.Period.End <= u.Period.Start {
		t.Errorf("%+v", u)
	}
}
