package packages_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// lines are the stories of lines that are cut and of servers that come and go.
func lines() []story {
	return []story{
		{name: "lost answer", set: func(t *telling) hook {
			posted := func(r *http.Request) bool {
				return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "-api")
			}
			return times(posted, func(n int, _ http.ResponseWriter, r *http.Request) bool {
				if n%2 == 0 {
					return false
				}
				t.pass(r) // it is done
				panic(http.ErrAbortHandler)
			})
		}, want: object{"accepted": "accepted", "ran": "[\n 2\n]", "jobs": 1}, after: func(t *telling, _ any) {
			all := t.requests(func(s *seen) bool { return s.method == http.MethodPost })
			if len(all) != 4 {
				t.t.Fatalf("%d submissions, want 4", len(all))
			}
			key := func(i int) string { return all[i].header.Get("Idempotency-Key") }
			if key(0) == "" || key(0) != key(1) || key(2) != key(3) || key(0) == key(2) {
				t.t.Errorf("the keys are %q, %q, %q, %q", key(0), key(1), key(2), key(3))
			}
		}},
		{name: "restart in wait", set: gated, during: func(t *telling) {
			t.until("a poll is held", func(s *seen) bool { return s.header.Get("Prefer") != "" })
			t.restart()
			t.release(t.t.Name())
		}, want: "success", after: func(t *telling, _ any) {
			if n := len(t.requests(func(s *seen) bool { return s.method == http.MethodGet })); n < 2 {
				t.t.Errorf("%d polls, want more", n)
			}
		}},
		{name: "restart in watch", tell: "watch", set: gated, during: func(t *telling) {
			t.until("the stream is open", func(s *seen) bool { return strings.Contains(s.path, "/events") && s.status == http.StatusOK })
			t.restart()
			t.release(t.t.Name())
		}, after: wantChanges},
		{name: "no events", tell: "watch", set: func(t *telling) hook {
			gated(t)
			return func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/events") {
					return false
				}
				w.Header().Set("Access-Control-Allow-Origin", "*")
				http.Error(w, "no streams here", http.StatusBadGateway)
				return true
			}
		}, during: func(t *telling) {
			t.until("a poll is held", func(s *seen) bool { return s.header.Get("Prefer") != "" && s.header.Get("If-None-Match") != "" })
			t.release(t.t.Name())
		}, want: []any{"processing", "success"}},
		{name: "events", tell: "watch", set: gated, during: func(t *telling) {
			t.until("the stream is open", func(s *seen) bool { return strings.Contains(s.path, "/events") && s.status == http.StatusOK })
			t.release(t.t.Name())
		}, want: []any{"processing", "success"}, after: func(t *telling, _ any) {
			if all := t.requests(func(s *seen) bool { return s.method == http.MethodGet }); len(all) != 1 {
				t.t.Errorf("%d requests, want one stream", len(all))
			}
		}},
		{name: "held", plan: "waiter", set: func(t *telling) hook {
			gated(t)
			other := t.closed(t.key, t.t.Name()+" other")
			held, ctx := make(chan struct{}), context.WithoutCancel(t.t.Context()) // it ends when the job does
			go func() {                                                            // the owner's only slot for waiting is taken
				defer close(held)
				for status := http.StatusTooManyRequests; status == http.StatusTooManyRequests; { // until it has the slot
					c := serverproc.Call{Base: t.server.URL, Key: t.key, Method: http.MethodGet, Path: "/jobs/" + other, Headers: []string{"Prefer", "wait=25"}}
					a, err := c.Do(ctx, http.DefaultClient)
					if err != nil {
						t.t.Errorf("the other poll: %v", err)
					}
					status = a.Status
				}
			}()
			t.t.Cleanup(func() { <-held })
			serverproc.Until(t.t, patience, func() (bool, string) {
				c := serverproc.Call{Base: t.server.URL, Key: t.key, Method: http.MethodGet, Path: "/jobs/" + other, Headers: []string{"Prefer", "wait=1"}}
				a, err := c.Do(t.t.Context(), http.DefaultClient)
				return a.Status == http.StatusTooManyRequests, fmt.Sprint(a, err)
			})
			return nil
		}, during: func(t *telling) {
			t.until("a refused poll", func(s *seen) bool { return s.status == http.StatusTooManyRequests })
			t.release(t.t.Name())
		}, want: "success", after: func(t *telling, _ any) {
			if len(t.requests(func(s *seen) bool { return s.status == http.StatusOK && s.header.Get("Prefer") == "" })) == 0 {
				t.t.Error("no poll came without Prefer")
			}
		}},
		{name: "redirect", set: func(t *telling) hook {
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for name, values := range r.Header {
					if strings.Contains(strings.Join(values, " "), t.key) {
						t.t.Errorf("%s went to another origin for %s", name, r.URL)
					}
				}
				w.Header().Set("Access-Control-Allow-Origin", "*")
				w.Header().Set("Access-Control-Expose-Headers", "Repr-Digest")
				w.Header().Set("Repr-Digest", digestOf("[9]"))
				_, _ = w.Write([]byte("[9]")) // the client may go
			}))
			t.t.Cleanup(other.Close)
			return func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/usage" && !strings.HasPrefix(r.URL.Path, "/downloads/") {
					return false
				}
				w.Header().Set("Access-Control-Allow-Origin", "*")
				http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
				return true
			}
		}, want: object{"usage": "ClaimcheckError", "file": "[9]"}},
	}
}

// gated makes a job that runs until its gate, called like the test, is released.
func gated(t *telling) hook {
	t.t.Helper()
	t.settings["job"] = t.closed(t.key, t.t.Name())
	return nil
}

// until waits for a request that matches.
func (t *telling) until(is string, match func(s *seen) bool) {
	t.t.Helper()
	serverproc.Until(t.t, patience, func() (bool, string) { return len(t.requests(match)) > 0, is })
}

// wantChanges: a job whose server was killed runs again, and each change is told once.
func wantChanges(t *telling, outcome any) {
	t.t.Helper()
	list, _ := outcome.([]any)
	for i := range list {
		if i > 0 && reflect.DeepEqual(list[i], list[i-1]) && list[i] != "processing" { // another attempt
			t.t.Errorf("%v is told twice", list[i])
		}
	}
	// The server may be killed before the client has read its first event.
	if len(list) < 2 || list[0] != "processing" && list[0] != "queued" || list[len(list)-1] != "success" {
		t.t.Errorf("got %v, want it from its beginning to success", list)
	}
}

// deliveries are two real calls of a webhook: one of a job, and one after the secret was rotated.
func deliveries(t *telling) hook {
	t.t.Helper()
	hook := object{"url": t.endpoint.URL + "/hook", "events": []string{"job.succeeded"}}
	var made, rotated, other api.Webhook
	decode(t.t, t.call(t.key, http.StatusCreated, http.MethodPost, "/webhooks", show(hook), "Content-Type", "application/json"), &made)
	t.call(t.key, http.StatusOK, http.MethodPost, "/json-formatter-api", `[1]`, "Prefer", "respond-async, wait=25")
	first := t.called()
	decode(t.t, t.call(t.key, http.StatusOK, http.MethodPost, "/webhooks/"+made.ID+"/rotate", ""), &rotated)
	t.call(t.key, http.StatusOK, http.MethodPost, "/webhooks/"+made.ID+"/test", "")
	second := t.called()
	hook["events"] = []string{"job.failed"}
	decode(t.t, t.call(t.key, http.StatusCreated, http.MethodPost, "/webhooks", show(hook), "Content-Type", "application/json"), &other)
	t.settings["secret"], t.settings["rotated"], t.settings["other"] = made.Secret, rotated.Secret, other.Secret
	var calls []object
	for _, c := range []called{first, second} {
		headers := map[string]string{}
		for name := range c.header {
			headers[strings.ToLower(name)] = c.header.Get(name)
		}
		calls = append(calls, object{"headers": headers, "body": base64.StdEncoding.EncodeToString(c.body)})
	}
	t.settings["calls"] = calls
	return nil
}

// called waits for the next call of a webhook.
func (t *telling) called() called {
	t.t.Helper()
	select {
	case c := <-t.hooks:
		return c
	case <-t.t.Context().Done():
	}
	t.t.Fatal("no call came")
	return called{}
}
