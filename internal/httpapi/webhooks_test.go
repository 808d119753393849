package httpapi_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"claimcheck/api"
	"claimcheck/internal/auth"
	"claimcheck/internal/fetch"
	"claimcheck/internal/groups"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/webhook"
)

// webhooks are the fixture's endpoints; addresses of this machine are let in
// on every port that the tests use.
func (f *fixture) webhooks() *webhook.Endpoints {
	guard := fetch.New(fetch.Config{})
	return &webhook.Endpoints{Store: f.store, Now: f.now, Random: rand.Reader, Check: func(text string) error {
		if strings.HasPrefix(text, "http://127.0.0.1:") {
			return nil // a receiver of a test
		}
		_, err := guard.CheckURL(text)
		return err
	}, Tool: func(name string) bool { return name == "json-formatter" }}
}

// read decodes an answer into v.
func (f *fixture) read(a answer, status int, v any) {
	f.t.Helper()
	if a.StatusCode != status {
		f.t.Fatalf("got %d %s, want %d", a.StatusCode, a.body, status)
	}
	f.must(json.Unmarshal(a.body, v))
}

// A call is what a receiver got.
type call struct {
	path   string
	header http.Header
	body   []byte
}

// receiver starts a receiver and a sender that reaches it.
func (f *fixture) receiver(answer http.HandlerFunc) (url string, calls <-chan call) {
	f.t.Helper()
	arrived := make(chan call, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			f.t.Error(err)
		}
		if answer != nil {
			answer(w, r)
		}
		arrived <- call{r.URL.Path, r.Header, b}
	}))
	at := netip.MustParseAddrPort(server.Listener.Addr().String())
	caller := fetch.New(fetch.Config{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AllowPorts: []uint16{at.Port()}})
	sender := webhook.NewSender(webhook.Config{
		Store: f.store, Jobs: f.store, Caller: caller, Render: rendering{f.server}, Log: slog.New(slog.DiscardHandler), Now: f.now,
		Random: rand.Reader, Version: "test", Bell: f.bell,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { sender.Run(ctx) })
	f.t.Cleanup(func() {
		cancel()
		running.Wait()
		sender.Drain(time.Second)
		caller.Close()
		server.Close()
	})
	return server.URL, arrived
}

func TestAWebhookIsCalledWithTheStatusBody(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	url, calls := f.receiver(nil)
	var w api.Webhook
	f.read(f.do("POST", "/webhooks", `{"url":"`+url+`/all","events":["job.succeeded","job.failed"]}`), 201, &w)
	if w.URL != url+"/all" || !w.Enabled || !strings.HasPrefix(w.Secret, "whsec_") || !strings.HasPrefix(w.ID, "wh_") {
		t.Errorf("got %+v", w)
	}
	id := f.do("POST", "/json-minify-api", `{ }`, "Prefer: respond-async").text(t, "job_id")
	c := <-calls
	lib, err := standard.NewWebhook(w.Secret)
	f.must(err)
	f.must(lib.Verify(c.body, c.header))
	var event struct {
		Type string
		Data struct {
			Sequence int
			Job      json.RawMessage
		}
	}
	f.must(json.Unmarshal(c.body, &event))
	if status := f.finished(id); event.Type != "job.succeeded" || event.Data.Sequence != 1 || string(event.Data.Job) != string(status.body) {
		t.Errorf("got %s, want the status body %s", c.body, status.body)
	}
	f.do("POST", "/json-minify-api", `{`, "Prefer: respond-async")
	if c := <-calls; !strings.Contains(string(c.body), `"type":"job.failed"`) || !strings.Contains(string(c.body), "INVALID_JSON") {
		t.Errorf("got %s", c.body)
	}
	var test, sent api.Delivery
	f.read(f.do("POST", "/webhooks/"+w.ID+"/test", ""), 200, &test)
	if c := <-calls; c.header.Get("Webhook-Id") != test.ID || test.Type != "webhook.test" || test.Status != "pending" || test.NextAttemptAt == 0 || test.JobID != "" {
		t.Errorf("got %s for %+v", c.body, test)
	}
	list := f.logOf(w.ID, 3)
	if list[2].JobID != id || list[2].Type != "job.succeeded" || len(list[2].Attempts) != 1 || list[2].Attempts[0].Status != 200 {
		t.Errorf("got %+v", list[2])
	}
	f.read(f.do("POST", "/webhooks/"+w.ID+"/deliveries/"+list[2].ID+"/resend", ""), 200, &sent)
	if again := <-calls; again.header.Get("Webhook-Id") != c.header.Get("Webhook-Id") || sent.ID != list[2].ID {
		t.Errorf("resent as %s", again.header.Get("Webhook-Id"))
	}
	var page api.Deliveries
	f.read(f.do("GET", "/webhooks/"+w.ID+"/deliveries?limit=2", ""), 200, &page)
	if len(page.Deliveries) != 2 || page.NextCursor != list[1].ID {
		t.Errorf("got %+v", page)
	}
	var rest api.Deliveries
	f.read(f.do("GET", "/webhooks/"+w.ID+"/deliveries?limit=2&cursor="+page.NextCursor, ""), 200, &rest)
	if len(rest.Deliveries) != 1 || rest.NextCursor != "" {
		t.Errorf("got %+v", rest)
	}
}

// logOf returns a webhook's n deliveries as soon as all are delivered.
func (f *fixture) logOf(id string, n int) []api.Delivery {
	f.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 5000 {
		var page api.Deliveries
		f.read(f.do("GET", "/webhooks/"+id+"/deliveries", ""), 200, &page)
		done := 0
		for _, d := range page.Deliveries {
			if d.Status == "delivered" {
				done++
			}
		}
		if done == n {
			return page.Deliveries
		}
		<-tick.C
	}
	f.t.Fatal("the deliveries do not end")
	return nil
}

func TestTheAddressOfASubmissionIsCalledForItAlone(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	url, calls := f.receiver(nil)
	id := f.do("POST", "/json-minify-api", `{ }`, "Prefer: respond-async", "x-webhook-url: "+url+"/once").text(t, "job_id")
	c := <-calls
	var own api.WebhookSecret
	f.read(f.do("GET", "/webhooks/secret", ""), 200, &own)
	lib, err := standard.NewWebhook(own.Secret)
	f.must(err)
	f.must(lib.Verify(c.body, c.header))
	if c.path != "/once" || !strings.Contains(string(c.body), id) {
		t.Errorf("got %s at %s", c.body, c.path)
	}
	if list := f.logOf(own.ID, 1); list[0].JobID != id {
		t.Errorf("got %+v", list)
	}
	other := f.do("POST", "/json-minify-api", `{ }`, "Prefer: respond-async").text(t, "job_id")
	f.finished(other)
	select {
	case c := <-calls:
		t.Errorf("another job's end was told: %s", c.body)
	default:
	}
	var list api.Webhooks
	f.read(f.do("GET", "/webhooks", ""), 200, &list)
	if len(list.Webhooks) != 0 {
		t.Errorf("the owner's own webhook is listed: %+v", list)
	}
}

func TestAPromotedCallKeepsItsAddress(t *testing.T) {
	f := newFixture(t, options{syncTimeout: 10 * time.Millisecond})
	url, calls := f.receiver(nil)
	a := f.do("POST", "/gate-api", "x", "x-webhook-url: "+url+"/late")
	if a.StatusCode != http.StatusAccepted {
		t.Fatalf("got %d %s, want 202", a.StatusCode, a.body)
	}
	f.gate.openAll()
	if c := <-calls; c.path != "/late" || !strings.Contains(string(c.body), a.text(t, "job_id")) {
		t.Errorf("got %s at %s", c.body, c.path)
	}
}

func TestTheAddressIsPartOfWhatMakesARequestTheSame(t *testing.T) {
	f := newFixture(t, options{})
	with := func(url string) answer {
		return f.do("POST", "/json-minify-api", `{ }`, "Prefer: respond-async", "Idempotency-Key: k", "x-webhook-url: "+url)
	}
	first := with("https://a.example/")
	if again := with("https://a.example/"); again.text(t, "job_id") != first.text(t, "job_id") {
		t.Error("the same request made two jobs")
	}
	f.wantError(with("https://b.example/"), 422, "IDEMPOTENCY_CONFLICT", "")
	f.wantError(with(""), 422, "IDEMPOTENCY_CONFLICT", "")
}

func TestWhatWebhooksRefuse(t *testing.T) {
	f := newFixture(t, options{})
	reader := f.newKey(auth.NewKey{Owner: "ann", Scopes: []string{"read"}})
	bob := f.newKey(auth.NewKey{Owner: "bob"})
	var w api.Webhook
	f.read(f.do("POST", "/webhooks", `{"url":"https://a.example/","events":["job.failed"]}`), 201, &w)
	for _, c := range []struct {
		method, path, body, key string
		status                  int
		code                    string
	}{
		{"POST", "/webhooks", `{"url":"https://a.example/","events":["job.failed"]}`, reader, 403, "FORBIDDEN"},
		{"GET", "/webhooks", "", reader, 200, ""},
		{"GET", "/webhooks/secret", "", reader, 200, ""},
		{"POST", "/webhooks", `{"url":"https://10.0.0.1/","events":["job.failed"]}`, f.key, 400, "URL_NOT_ALLOWED"},
		{"POST", "/webhooks", `{"url":"https://a.example/` + strings.Repeat("a", 2048) + `","events":["job.failed"]}`, f.key, 400, "URL_NOT_ALLOWED"},
		{"POST", "/webhooks", `{"url":"https://a.example/","events":["job.started"]}`, f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks", `{"url":"https://a.example/"}`, f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks", `{"url":7}`, f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks", `{"url":"https://a.example/","events":["job.failed"],"secret":"x"}`, f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks", `{"url":"https://a.example/","events":["job.failed"]} {}`, f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks", "", f.key, 400, "INVALID_REQUEST"},
		{"PATCH", "/webhooks/" + w.ID, `{"enabled":false}`, reader, 403, "FORBIDDEN"},
		{"PATCH", "/webhooks/" + w.ID, `{"enabled":false}`, bob, 404, "WEBHOOK_NOT_FOUND"},
		{"PATCH", "/webhooks/" + w.ID, `{"url":null}`, f.key, 400, "INVALID_REQUEST"},
		{"PATCH", "/webhooks/" + w.ID, `{"secret":"x"}`, f.key, 400, "INVALID_REQUEST"},
		{"PATCH", "/webhooks/" + w.ID, `{"headers":{"Host":"x"}}`, f.key, 400, "INVALID_REQUEST"},
		{"PATCH", "/webhooks/secret", `{"enabled":false}`, f.key, 404, "WEBHOOK_NOT_FOUND"},
		{"POST", "/webhooks/" + w.ID + "/recover", `{"since":0}`, reader, 403, "FORBIDDEN"},
		{"POST", "/webhooks/" + w.ID + "/recover", `{"since":0}`, bob, 404, "WEBHOOK_NOT_FOUND"},
		{"POST", "/webhooks/" + w.ID + "/recover", `{}`, f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks/" + w.ID + "/recover", `{"since":-1}`, f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks/" + w.ID + "/recover", `{"since":"yesterday"}`, f.key, 400, "INVALID_REQUEST"},
		{"GET", "/.well-known/webhook-keys?owner=Nobody%20At%20All", "", f.key, 400, "INVALID_REQUEST"},
		{"GET", "/.well-known/webhook-keys?owner=a&owner=b", "", f.key, 400, "INVALID_REQUEST"},
		{"POST", "/webhooks", strings.Repeat(" ", 70_000), f.key, 413, "PAYLOAD_TOO_LARGE"},
		{"POST", "/webhooks/" + w.ID + "/rotate", "", reader, 403, "FORBIDDEN"},
		{"POST", "/webhooks/" + w.ID + "/rotate", "", bob, 404, "WEBHOOK_NOT_FOUND"},
		{"POST", "/webhooks/" + w.ID + "/test", "", bob, 404, "WEBHOOK_NOT_FOUND"},
		{"GET", "/webhooks/" + w.ID + "/deliveries", "", bob, 404, "WEBHOOK_NOT_FOUND"},
		{"POST", "/webhooks/" + w.ID + "/deliveries/msg_x/resend", "", bob, 404, "WEBHOOK_NOT_FOUND"},
		{"POST", "/webhooks/" + w.ID + "/deliveries/msg_x/resend", "", f.key, 404, "DELIVERY_NOT_FOUND"},
		{"GET", "/webhooks/" + w.ID + "/deliveries?limit=0", "", f.key, 400, "INVALID_REQUEST"},
		{"GET", "/webhooks/" + w.ID, "", f.key, 405, "METHOD_NOT_ALLOWED"},
		{"DELETE", "/webhooks/" + w.ID, "", bob, 404, "WEBHOOK_NOT_FOUND"},
		{"DELETE", "/webhooks/secret", "", f.key, 404, "WEBHOOK_NOT_FOUND"},
		{"DELETE", "/webhooks/" + w.ID, "", f.key, 204, ""},
		{"DELETE", "/webhooks/" + w.ID, "", f.key, 404, "WEBHOOK_NOT_FOUND"},
	} {
		a := f.do(c.method, c.path, c.body, "x-api-key: "+c.key)
		if c.code != "" {
			f.wantError(a, c.status, c.code, "")
		} else if a.StatusCode != c.status {
			t.Errorf("%s %s: got %d %s, want %d", c.method, c.path, a.StatusCode, a.body, c.status)
		}
	}
	f.wantError(f.do("POST", "/json-minify-api", `{}`, "x-webhook-url: http://localhost/"), 400, "URL_NOT_ALLOWED", "")
}

func TestARotationShowsTheNewSecretOnce(t *testing.T) {
	f := newFixture(t, options{})
	var made, rotated api.Webhook
	f.read(f.do("POST", "/webhooks", `{"url":"https://a.example/","events":["job.failed"]}`), 201, &made)
	f.read(f.do("POST", "/webhooks/"+made.ID+"/rotate", ""), 200, &rotated)
	if rotated.ID != made.ID || rotated.Secret == made.Secret || rotated.Secret == "" {
		t.Errorf("got %+v after %+v", rotated, made)
	}
	if a := f.do("GET", "/webhooks", ""); strings.Contains(string(a.body), "whsec_") || !strings.Contains(string(a.body), made.ID) {
		t.Errorf("got %s", a.body)
	}
}

// TestAWebhookWithoutRoomLeavesOutWhatOthersSaid: the words of a tool's own
// server may be longer than a call can be.
func TestAWebhookWithoutRoomLeavesOutWhatOthersSaid(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	j := job.Job{Status: job.Failed, Error: []byte(`{"code":"BAD","message":"No.","details":{"line":3,"upstream":{"status":422,"body":"long"}}}`)}
	if body := string(f.server.JobBody(&j, true)); !strings.Contains(body, `"upstream":{"status":422,"body":"long"}`) {
		t.Errorf("with room: %s", body)
	}
	if body := string(f.server.JobBody(&j, false)); !strings.HasSuffix(body, `"error":{"code":"BAD","message":"No.","details":{"line":3}}}`) {
		t.Errorf("without room: %s", body)
	}
}

// rendering shows groups too.
type rendering struct{ *httpapi.Server }

func (rendering) GroupBody(g *job.Group) []byte { return groups.Body(g) }
