package webhook_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/testneeds"
	"claimcheck/internal/webhook"
)

// verify checks a call as its receiver would, with the library.
func verify(t *testing.T, secret []byte, c got) error {
	t.Helper()
	lib, err := standard.NewWebhook(webhook.SecretText(secret))
	if err != nil {
		t.Fatal(err)
	}
	return lib.Verify(c.body, c.header)
}

func TestSignaturesAreVerifiedByTheLibrary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		own, err := w.endpoints.Own(t.Context(), "ann")
		w.must(err)
		w.fail("ann", "http://once.example/")
		w.after(time.Second)
		for host, secret := range map[string][]byte{"in.example": h.Secret, "once.example": own.Secret} {
			c := w.to(host)[0]
			if err := verify(t, secret, c); err != nil {
				t.Errorf("%s: %v", host, err)
			}
			c.body = append(bytes.Clone(c.body), ' ')
			if verify(t, secret, c) == nil {
				t.Errorf("%s: an altered body is verified", host)
			}
		}
		if len(h.Secret) != 32 || bytes.Equal(h.Secret, own.Secret) {
			t.Error("the secrets are not two of 32 bytes")
		}
	})
}

// TestSignaturesAreVerifiedByNode calls with the time of the day: npm's library
// has no other.
func TestSignaturesAreVerifiedByNode(t *testing.T) {
	node, dir := testneeds.Node(t), testneeds.NodeModules(t, "standardwebhooks")
	w := newWorld(t)
	h := w.add("ann", "http://in.example/")
	arrived := make(chan struct{}, 1)
	w.answer("in.example", func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} })
	w.fail("ann", "")
	<-arrived
	c := w.to("in.example")[0]
	headers := map[string]string{}
	for name := range c.header {
		headers[strings.ToLower(name)] = c.header.Get(name)
	}
	input, err := json.Marshal(map[string]any{"module": dir, "secret": webhook.SecretText(h.Secret), "headers": headers, "body": string(c.body)})
	w.must(err)
	const program = `const c = JSON.parse(require("fs").readFileSync(0, "utf8"));
		const { Webhook } = require(c.module);
		console.log(new Webhook(c.secret).verify(c.body, c.headers).type);
		try { new Webhook(c.secret).verify(c.body + " ", c.headers); console.log("altered body verified"); } catch (e) { console.log("refused"); }`
	cmd := exec.CommandContext(t.Context(), node, "-e", program)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "job.failed\nrefused\n" {
		t.Errorf("node says %s, error %v", out, err)
	}
}

func TestTheOldSecretSignsForADayAfterRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old := w.add("ann", "http://in.example/")
		w.long(time.Hour)
		fresh, err := w.endpoints.Rotate(t.Context(), "ann", old.ID)
		w.must(err)
		if bytes.Equal(fresh.Secret, old.Secret) || !bytes.Equal(fresh.OldSecret, old.Secret) {
			t.Fatal("the secret was not rotated")
		}
		for _, c := range []struct {
			wait time.Duration
			both bool
		}{{0, true}, {24*time.Hour - time.Minute, true}, {2 * time.Minute, false}} {
			w.long(c.wait)
			w.fail("ann", "")
			w.after(time.Second)
			calls := w.to("in.example")
			last := calls[len(calls)-1]
			if err := verify(t, fresh.Secret, last); err != nil {
				t.Errorf("new secret: %v", err)
			}
			if err := verify(t, old.Secret, last); (err == nil) != c.both {
				t.Errorf("old secret: got %v, want it to verify %t", err, c.both)
			}
			if n := len(strings.Fields(last.header.Get("Webhook-Signature"))); (n == 2) != c.both {
				t.Errorf("%d signatures", n)
			}
		}
	})
}

func TestATestCallsTheWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		d, err := w.endpoints.Test(t.Context(), "ann", h.ID)
		w.must(err)
		w.after(time.Second)
		c := w.to("in.example")[0]
		if e := c.event(t); e.Type != "webhook.test" || e.Data.WebhookID != h.ID || e.Data.Sequence != 1 || c.header.Get("Webhook-Id") != d.ID || verify(t, h.Secret, c) != nil {
			t.Errorf("got %s", c.body)
		}
	})
}

func TestResendingUsesTheSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.fail("ann", "")
		w.after(time.Second)
		d := w.deliveries(&h)[0]
		_, err := w.endpoints.Resend(t.Context(), "ann", h.ID, d.ID)
		w.must(err)
		w.after(time.Second)
		calls := w.to("in.example")
		if len(calls) != 2 || calls[1].header.Get("Webhook-Id") != d.ID || len(webhook.Attempts(w.deliveries(&h)[0].Log)) != 2 {
			t.Errorf("got %d calls", len(calls))
		}
		w.answer("in.example", status(http.StatusGone))
		_, err = w.endpoints.Resend(t.Context(), "ann", h.ID, d.ID)
		w.must(err)
		w.after(time.Second)
		if _, err := w.endpoints.Resend(t.Context(), "ann", h.ID, d.ID); !fault.IsCode(err, "WEBHOOK_DISABLED") {
			t.Errorf("resending to a disabled webhook: %v", err)
		}
		if _, err := w.endpoints.Test(t.Context(), "ann", h.ID); !fault.IsCode(err, "WEBHOOK_DISABLED") {
			t.Errorf("testing a disabled webhook: %v", err)
		}
	})
}

func TestWebhooksBelongToTheirOwner(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	h, other := w.add("ann", "http://in.example/"), w.add("bob", "http://bob.example/")
	w.fail("ann", "")
	d := w.deliveries(&h)[0]
	own, err := w.endpoints.Own(ctx, "ann")
	w.must(err)
	_, rotate := w.endpoints.Rotate(ctx, "bob", h.ID)
	_, test := w.endpoints.Test(ctx, "bob", h.ID)
	_, list := w.endpoints.Deliveries(ctx, "bob", h.ID, "", 10)
	_, resend := w.endpoints.Resend(ctx, "bob", h.ID, d.ID)
	_, ownTest := w.endpoints.Test(ctx, "ann", own.ID)
	for what, err := range map[string]error{
		"remove": w.endpoints.Remove(ctx, "bob", h.ID), "rotate": rotate, "test": test, "list": list, "resend": resend,
		"remove one's own": w.endpoints.Remove(ctx, "ann", own.ID), "test one's own": ownTest,
	} {
		if !fault.Is(err, fault.NotFound) || !fault.IsCode(err, "WEBHOOK_NOT_FOUND") {
			t.Errorf("%s: got %v, want WEBHOOK_NOT_FOUND", what, err)
		}
	}
	if _, err := w.endpoints.Resend(ctx, "bob", other.ID, d.ID); !fault.IsCode(err, "DELIVERY_NOT_FOUND") {
		t.Errorf("another's delivery by one's own webhook: got %v", err)
	}
	if list, err := w.endpoints.List(ctx, "ann"); err != nil || len(list) != 1 || list[0].ID != h.ID {
		t.Errorf("ann's list: %v, %v", list, err)
	}
	again, err := w.endpoints.Own(ctx, "ann")
	if err != nil || !bytes.Equal(again.Secret, own.Secret) {
		t.Errorf("the own secret changes: %v", err)
	}
}

func TestWhatCannotBeAWebhook(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		url    string
		events []string
		code   string
	}{
		{"ftp://in.example/", []string{"job.failed"}, "URL_NOT_ALLOWED"},
		{"http://10.0.0.1/", []string{"job.failed"}, "URL_NOT_ALLOWED"},
		{"http://in.example/" + strings.Repeat("x", 2048), []string{"job.failed"}, "URL_NOT_ALLOWED"},
		{"http://in.example/", nil, "INVALID_REQUEST"},
		{"http://in.example/", []string{"job.failed", "job.started"}, "INVALID_REQUEST"},
		{"http://in.example/", []string{"webhook.test"}, "INVALID_REQUEST"},
	} {
		if _, _, err := w.endpoints.Add(t.Context(), "ann", &webhook.Ask{URL: &c.url, Events: &c.events}, nil); !fault.IsCode(err, c.code) || !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40s %v: got %v, want %s", c.url, c.events, err, c.code)
		}
	}
	for i := range 20 {
		w.add("ann", fmt.Sprintf("http://in%d.example/", i))
	}
	if _, _, err := w.endpoints.Add(t.Context(), "ann", asked("http://in.example/", nil), nil); !fault.IsCode(err, "TOO_MANY_WEBHOOKS") {
		t.Errorf("the 21st: got %v", err)
	}
	h := w.ask("bob", asked("http://in.example/", func(a *webhook.Ask) { a.Events = &[]string{"job.failed", "job.failed"} }))
	if len(h.Events) != 1 || h.Events[0] != job.JobFailed {
		t.Errorf("an event named twice: %v", h.Events)
	}
	if b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(webhook.SecretText(h.Secret), "whsec_")); err != nil || len(b) != 32 {
		t.Errorf("secret of %d bytes, error %v", len(b), err)
	}
}
