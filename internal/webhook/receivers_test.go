package webhook_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/sign"
	"claimcheck/internal/webhook"
)

// pairs are what is asked for where every name has a value.
func pairs(of ...string) map[string]*string {
	all := map[string]*string{}
	for i := 0; i < len(of); i += 2 {
		all[of[i]] = &of[i+1]
	}
	return all
}

// end submits a job of a tool, with metadata, and cancels it.
func (w *world) end(tool, metadata string, about job.Terms) job.ID {
	w.t.Helper()
	id := w.queue.NewID()
	spec := queue.Spec{ID: id, Owner: "ann", Tool: tool, RequestID: "01997f3e-5b80-7c41-9d02-6f1a8be3d274", Input: []byte("{}"), InputSize: 2, Terms: about}
	if metadata != "" {
		spec.Metadata = []byte(metadata)
	}
	_, _, err := w.queue.Submit(w.t.Context(), spec)
	w.must(err)
	_, err = w.queue.Cancel(w.t.Context(), "ann", id)
	w.must(err)
	return id
}

func TestCallsHaveTheHeadersOfTheirWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.ask("ann", asked("http://in.example/", func(a *webhook.Ask) { a.Headers = pairs("authorization", "Bearer s3cret", "X-Route", "a, b") }))
		_, err := w.endpoints.Own(t.Context(), "ann")
		w.must(err)
		w.fail("ann", "http://once.example/")
		w.after(time.Second)
		_, err = w.endpoints.Change(t.Context(), "ann", h.ID, &webhook.Ask{Headers: map[string]*string{"X-Route": nil, "AUTHORIZATION": new("other")}})
		w.must(err)
		w.fail("ann", "")
		w.after(time.Second)
		calls := w.to("in.example")
		if len(calls) != 2 {
			t.Fatalf("%d calls, want 2", len(calls))
		}
		for i, want := range [][2]string{{"Bearer s3cret", "a, b"}, {"other", ""}} {
			if is := calls[i].header; is.Get("Authorization") != want[0] || is.Get("X-Route") != want[1] {
				t.Errorf("call %d has %v", i, is)
			}
		}
		if is := w.to("once.example")[0].header; is.Get("Authorization") != "" {
			t.Errorf("an address given with a job gets %v", is)
		}
	})
}

func TestAWebhookIsCalledForTheJobsThatItIsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.ask("ann", asked("http://in.example/", func(a *webhook.Ask) {
			a.Tools, a.Metadata = &[]string{"u", "u"}, pairs("customer", "7")
		}))
		w.end("t", `{"customer":"7"}`, job.Terms{})
		w.end("u", `{"customer":"8"}`, job.Terms{})
		w.end("u", "", job.Terms{})
		id := w.end("u", `{"a":"b","customer":"7"}`, job.Terms{})
		w.after(time.Second)
		calls, list := w.to("in.example"), w.deliveries(&h)
		if len(calls) != 1 || len(list) != 1 || list[0].Job != id || list[0].Sequence != 1 {
			t.Errorf("%d calls, deliveries %+v, want one, of %s", len(calls), list, id)
		}
	})
}

func TestACallIsInTheTraceOfItsSubmission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.add("ann", "http://in.example/")
		const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
		w.end("t", "", job.Terms{Trace: trace + " a=b"})
		w.after(time.Second)
		w.end("t", "", job.Terms{})
		w.after(time.Second)
		calls := w.to("in.example")
		if got := calls[0].header.Get("Traceparent"); got[:36] != trace[:36] || got[52:] != "-00" || got == trace {
			t.Errorf("got %s, want a new span in %s", got, trace)
		}
		if got := calls[1].header.Get("Traceparent"); got[:36] != "00-01997f3e5b807c419d026f1a8be3d274-" {
			t.Errorf("without a trace: got %s, want one named by the request", got)
		}
	})
}

// keyed reports which of the keys have signed a call.
func (w *world) keyed(c *got, owner string) (by []bool) {
	w.t.Helper()
	message := []byte(c.header.Get("Webhook-Id") + "." + c.header.Get("Webhook-Timestamp") + "." + string(c.body))
	for _, k := range w.signer.WebhookKeys(owner, w.wall()) {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(webhook.PublicText(k), "whpk_"))
		w.must(err)
		good := false
		for one := range strings.FieldsSeq(c.header.Get("Webhook-Signature")) {
			if text, v1a := strings.CutPrefix(one, "v1a,"); v1a {
				signature, err := base64.StdEncoding.DecodeString(text)
				w.must(err)
				good = ed25519.Verify(raw, message, signature) || good
			}
		}
		by = append(by, good)
	}
	return by
}

func TestCallsAreSignedWithKeysOfTheirOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		v1a := webhook.SignedV1a
		h := w.ask("ann", asked("http://in.example/", func(a *webhook.Ask) { a.Signature = &v1a }))
		w.add("ann", "http://plain.example/")
		w.fail("ann", "")
		w.after(time.Second)
		first, plain := w.to("in.example")[0], w.to("plain.example")[0]
		if s := first.header.Get("Webhook-Signature"); !strings.HasPrefix(s, "v1,") || strings.Count(s, " v1a,") != 2 || verify(t, h.Secret, first) != nil {
			t.Errorf("signed %s", s)
		}
		if strings.Contains(plain.header.Get("Webhook-Signature"), "v1a") {
			t.Error("a call is signed that was not to be")
		}
		_, err := w.signer.Rotate(t.Context())
		w.must(err)
		w.fail("ann", "")
		w.after(time.Second)
		second := w.to("in.example")[1]
		w.step.Add(int64(sign.KeyOverlap))
		w.fail("ann", "")
		w.after(time.Second)
		third := w.to("in.example")[2]
		w.step.Add(-int64(sign.KeyOverlap))
		for what, c := range map[string]struct {
			call  *got
			owner string
			want  []bool
		}{
			"before the rotation": {&first, "ann", []bool{false, true}}, "by the server": {&first, "", []bool{false, true}}, "another owner": {&first, "bob", []bool{false, false}},
			"after the rotation": {&second, "ann", []bool{true, true}}, "by the server after it": {&second, "", []bool{true, true}},
			"a day later": {&third, "ann", []bool{true, false}},
		} {
			if got := w.keyed(c.call, c.owner); !slices.Equal(got, c.want) {
				t.Errorf("%s: signed by the new and the old key: %v, want %v", what, got, c.want)
			}
		}
	})
}

// TestAPaceIsKeptByAllServers: two servers call a receiver together no faster than it
// takes, and another one meanwhile.
func TestAPaceIsKeptByAllServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.another(w.store)
		pace := 10.0
		h := w.ask("ann", asked("http://in.example/", func(a *webhook.Ask) { a.MaxPerSecond = &pace }))
		w.add("ann", "http://other.example/")
		const n = 60
		for range n {
			w.fail("ann", "")
		}
		w.after(2 * time.Second)
		if others := len(w.to("other.example")); others != n {
			t.Errorf("the other receiver had %d calls of %d", others, n)
		}
		w.after(30 * time.Second)
		calls := w.to("in.example")
		if len(calls) != n {
			t.Fatalf("%d calls of %d; %v", len(calls), n, w.deliveries(&h)[0])
		}
		for i := 10; i < n; i++ {
			if took := calls[i].at.Sub(calls[i-10].at); took < time.Second {
				t.Errorf("calls %d to %d in %v", i-10, i, took)
			}
		}
		if took := calls[n-1].at.Sub(calls[0].at); took > 8*time.Second {
			t.Errorf("all took %v, want about 6 s", took)
		}
		if paced := w.paced.Load(); paced != n-1 { // all but the first, and none of the other's
			t.Errorf("%d calls are counted that waited for the pace, want %d", paced, n-1)
		}
	})
}

// TestAPaceOutlivesARestart: it is kept where all servers see it.
func TestAPaceOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		pace := 0.1
		w.ask("ann", asked("http://in.example/", func(a *webhook.Ask) { a.MaxPerSecond = &pace }))
		for range 3 {
			w.fail("ann", "")
		}
		for range 6 {
			w.after(3 * time.Second)
			w.stopped()
			w.start(w.store)
		}
		w.after(20 * time.Second)
		calls := w.to("in.example")
		if len(calls) != 3 || calls[1].at.Sub(calls[0].at) < 10*time.Second || calls[2].at.Sub(calls[1].at) < 10*time.Second {
			t.Errorf("got %d calls: %v", len(calls), calls)
		}
	})
}

func TestTheSameRequestMakesOneWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		by := func(key, request string) *job.WebhookMade {
			return &job.WebhookMade{Key: []byte(key), Request: []byte(request)}
		}
		add := func(by *job.WebhookMade) (job.Webhook, bool, error) {
			return w.endpoints.Add(t.Context(), "ann", asked("http://in.example/", nil), by)
		}
		first, replayed, err := add(by("k", "r"))
		w.must(err)
		again, twice, err := add(by("k", "r"))
		w.must(err)
		if replayed || !twice || again.ID != first.ID || string(again.Secret) != string(first.Secret) {
			t.Errorf("got %s and %s, replayed %t, %t", first.ID, again.ID, replayed, twice)
		}
		if _, _, err := add(by("k", "other")); !fault.IsCode(err, "IDEMPOTENCY_CONFLICT") || !fault.Is(err, fault.Mismatch) {
			t.Errorf("another request: %v", err)
		}
		for _, by := range []*job.WebhookMade{nil, by("k2", "r"), nil} {
			if w, replayed, err := add(by); err != nil || replayed || w.ID == first.ID {
				t.Errorf("another one: %s, %t, %v", w.ID, replayed, err)
			}
		}
		w.after(24 * time.Hour)
		if late, replayed, err := add(by("k", "r")); err != nil || replayed || late.ID == first.ID {
			t.Errorf("a day later: %s, %t, %v", late.ID, replayed, err)
		}
	})
}

func TestWhatCannotBeAskedOfAWebhook(t *testing.T) {
	w := newWorld(t)
	with := func(f func(*webhook.Ask)) *webhook.Ask { return asked("http://in.example/", f) }
	header := func(name, value string) *webhook.Ask {
		return with(func(a *webhook.Ask) { a.Headers = pairs(name, value) })
	}
	number := func(n float64) *webhook.Ask { return with(func(a *webhook.Ask) { a.MaxPerSecond = &n }) }
	many := map[string]*string{}
	for i := range 11 {
		many[fmt.Sprint("X-", i)] = new("v")
	}
	asks := map[string]*webhook.Ask{
		"url is":                              {Events: &[]string{"job.failed"}},
		"events is":                           with(func(a *webhook.Ask) { a.Events = nil }),
		"events m":                            with(func(a *webhook.Ask) { a.Events = &[]string{"job.started"} }),
		"The value of the header X-A must be": header("X-A", "top-s3cret\r\nX-B: c"),
		"The header Host is":                  header("Host", "s3cret"),
		"The header webhook-id is":            header("webhook-id", "s3cret"),
		"The header Content-Encoding is":      header("Content-Encoding", "s3cret"),
		"The header Connection is":            header("Connection", "s3cret"),
		"The header Traceparent is":           header("Traceparent", "s3cret"),
		"headers must be named by":            header("X A", "s3cret"),
		"headers must not name":               with(func(a *webhook.Ask) { a.Headers = pairs("X-A", "s3cret", "x-a", "s3cret") }),
		"A webhook has at most 10 headers":    with(func(a *webhook.Ask) { a.Headers = many }),
		`There is no tool "none"`:             with(func(a *webhook.Ask) { a.Tools = &[]string{"t", "none"} }),
		"metadata must have":                  with(func(a *webhook.Ask) { a.Metadata = pairs("", "v") }),
		"max_per_second must be":              number(0.009),
		"signature must":                      with(func(a *webhook.Ask) { s := "v2"; a.Signature = &s }),
	}
	for want, ask := range asks {
		_, _, err := w.endpoints.Add(t.Context(), "ann", ask, nil)
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || f.Code != "INVALID_REQUEST" || !strings.HasPrefix(f.Message, want) || !slices.ContainsFunc(f.Details, func(d fault.Detail) bool { return d.Name == "member" }) || strings.Contains(fmt.Sprint(f, f.Details), "s3cret") {
			t.Errorf("%s: got %v", want, err)
		}
	}
	for _, value := range []string{"", " a", "a\t", "é", strings.Repeat("x", 4097), "a\x00b", "a\nb"} {
		if _, _, err := w.endpoints.Add(t.Context(), "ann", header("X-A", value), nil); !fault.IsCode(err, "INVALID_REQUEST") {
			t.Errorf("value %.10q: got %v", value, err)
		}
	}
	for _, n := range []float64{-1, 1001} {
		if _, _, err := w.endpoints.Add(t.Context(), "ann", number(n), nil); !fault.IsCode(err, "INVALID_REQUEST") {
			t.Errorf("pace %v: got %v", n, err)
		}
	}
	if list, err := w.endpoints.List(t.Context(), "ann"); err != nil || len(list) != 0 {
		t.Errorf("there are %v, %v", list, err)
	}
	// A change that is refused has changed nothing.
	h := w.ask("ann", header("X-A", "one"))
	url := "http://other.example/"
	_, err := w.endpoints.Change(t.Context(), "ann", h.ID, &webhook.Ask{URL: &url, Headers: maps.Clone(many)})
	if is := w.now(&h); !fault.IsCode(err, "INVALID_REQUEST") || is.URL != h.URL || len(is.Headers()) != 1 {
		t.Errorf("got %+v, %v", is, err)
	}
	if _, err := w.endpoints.Change(t.Context(), "bob", h.ID, &webhook.Ask{URL: &url}); !fault.IsCode(err, "WEBHOOK_NOT_FOUND") {
		t.Errorf("another owner: %v", err)
	}
}
