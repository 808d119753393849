package webhook_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"claimcheck/client/webhook"
)

const (
	secret = "whsec_Zm9yIHRoZSBleGFtcGxlLCB0aGlydHktdHdvIGJ5dGU="
	older  = "whsec_YW5vdGhlciBvbmUgdGhhdCBpcyBvbGRlciwgb2xkZXI="
	body   = `{"type":"job.succeeded","timestamp":"2026-11-02T10:00:00Z","data":{"sequence":7,"job":{"job_id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274","status":"success","created_at":1,"updated_at":2,"result":{"n": 1.0}}}}`
)

var now = time.Unix(1790809200, 0)

// signed are the header fields of a call.
func signed(t *testing.T, at time.Time, text string, secrets ...string) http.Header {
	t.Helper()
	var all []string
	for _, s := range secrets {
		sign, err := webhook.Sign(s, "msg_1", at, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sign)
	}
	return http.Header{
		"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {strings.Join(all, " ")},
	}
}

func TestWhatTheServerSignsIsTaken(t *testing.T) {
	for name, h := range map[string]http.Header{
		"plain":          signed(t, now, body, secret),
		"rotated":        signed(t, now, body, older, secret),
		"a little late":  signed(t, now.Add(-webhook.Tolerance), body, secret),
		"a little early": signed(t, now.Add(webhook.Tolerance), body, secret),
	} {
		if err := webhook.Verify(secret, h, []byte(body), now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := webhook.VerifyAny([]string{secret, older}, signed(t, now, body, older), []byte(body), now); err != nil {
		t.Errorf("the secret before: %v", err)
	}
}

func TestWhatTheServerDidNotSignIsRefused(t *testing.T) {
	good := signed(t, now, body, secret)
	with := func(name, value string) http.Header {
		h := good.Clone()
		if h.Set(name, value); value == "" {
			h.Del(name)
		}
		return h
	}
	sum := strings.TrimPrefix(good.Get("Webhook-Signature"), "v1,")
	for _, c := range []struct {
		name   string
		secret string
		header http.Header
		body   string
		want   error
	}{
		{"another body", secret, good, body + " ", webhook.ErrSignature},
		{"another id", secret, with("Webhook-Id", "msg_2"), body, webhook.ErrSignature},
		{"another time", secret, with("Webhook-Timestamp", "1790809201"), body, webhook.ErrSignature},
		{"another secret", older, good, body, webhook.ErrSignature},
		{"another version", secret, with("Webhook-Signature", "v1a,"+sum), body, webhook.ErrSignature},
		{"no version", secret, with("Webhook-Signature", sum), body, webhook.ErrSignature},
		{"half a signature", secret, with("Webhook-Signature", "v1,"+sum[:20]), body, webhook.ErrSignature},
		{"an empty signature", secret, with("Webhook-Signature", "v1,"), body, webhook.ErrSignature},
		{"too old", secret, signed(t, now.Add(-webhook.Tolerance-time.Second), body, secret), body, webhook.ErrTime},
		{"too new", secret, signed(t, now.Add(webhook.Tolerance+time.Second), body, secret), body, webhook.ErrTime},
		{"a time without end", secret, with("Webhook-Timestamp", "9223372036854775807"), body, webhook.ErrTime},
		{"no time", secret, with("Webhook-Timestamp", ""), body, webhook.ErrHeader},
		{"a date", secret, with("Webhook-Timestamp", "2026-11-02T10:00:00Z"), body, webhook.ErrHeader},
		{"no id", secret, with("Webhook-Id", ""), body, webhook.ErrHeader},
		{"no signature", secret, with("Webhook-Signature", ""), body, webhook.ErrHeader},
		{"no secret", "", good, body, webhook.ErrSecret},
		{"a prefix", "whsec_", good, body, webhook.ErrSecret},
		{"a secret that is none", "whsec_!", good, body, webhook.ErrSecret},
	} {
		if err := webhook.Verify(c.secret, c.header, []byte(c.body), now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := webhook.VerifyAny(nil, good, []byte(body), now); !errors.Is(err, webhook.ErrSecret) {
		t.Errorf("no secrets at all: %v", err)
	}
}

// FuzzVerifyAgreesWithTheStandard has the specification's own library judge the same
// calls. It takes the time of the machine, so that the calls are of now.
func FuzzVerifyAgreesWithTheStandard(f *testing.F) {
	f.Add("msg_1", int64(0), "v1,%s", body)
	f.Add("msg_1", int64(-299), "v2,abc v1,%s v1,AAAA", body)
	f.Add("", int64(400), "%s", "")
	f.Add("é", int64(-400), "v1,%s v1a,%s", "\x00\xff")
	f.Add("x", int64(1), "v1,,%s", "{}")
	f.Fuzz(func(t *testing.T, id string, late int64, form, text string) {
		if strings.Count(form, " ") > 20 || late%301 == 299 || late%301 == -299 {
			t.Skip() // the clock is read twice; of very many signatures not all are looked at
		}
		at := time.Now().Add(time.Duration(late) * time.Second)
		sign, err := webhook.Sign(secret, id, at, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		form = strings.ReplaceAll(form, "%s", strings.TrimPrefix(sign, "v1,"))
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {form}}
		judge, err := standard.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		want, got := judge.Verify([]byte(text), h), webhook.Verify(secret, h, []byte(text), time.Now())
		if (want == nil) != (got == nil) {
			t.Errorf("id %q, %d s, %q: got %v, the standard's library says %v", id, late, form, got, want)
		}
	})
}

func TestSignaturesAreThoseOfTheStandard(t *testing.T) {
	judge, err := standard.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	want, err := judge.Sign("msg_1", now, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := webhook.Sign(secret, "msg_1", now, []byte(body)); err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := webhook.Sign("whsec_!", "msg_1", now, nil); !errors.Is(err, webhook.ErrSecret) {
		t.Errorf("a secret that is none: %v", err)
	}
}

func call(h http.Header, text string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader(text))
	r.Header = h
	return r
}

func TestReceiveTellsWhatHappened(t *testing.T) {
	e, err := webhook.Receive(call(signed(t, now, body, secret), body), now, older, secret)
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != "msg_1" || e.Type != webhook.JobSucceeded || e.Sequence != 7 || e.Job.Status != "success" || string(e.Job.Result) != `{"n": 1.0}` || !e.Time.Equal(time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", e)
	}
	long := `{"type":"job.succeeded","timestamp":"2026-11-02T10:00:00Z","data":{"sequence":8,"job":{"job_id":"x","status":"success"},"result_url":"https://a/jobs/x/result"}}`
	if e, err := webhook.Receive(call(signed(t, now, long, secret), long), now, secret); err != nil || e.ResultURL != "https://a/jobs/x/result" || e.Job.Result != nil {
		t.Errorf("without room: %+v, %v", e, err)
	}
}

func TestReceiveRefusesWhatIsNoEvent(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"type":1}`, `{"type":"x","timestamp":"yesterday"}`} {
		if _, err := webhook.Receive(call(signed(t, now, text, secret), text), now, secret); !errors.Is(err, webhook.ErrBody) {
			t.Errorf("%s: %v", text, err)
		}
	}
	large := strings.Repeat(" ", webhook.MaxBodyBytes+1)
	if _, err := webhook.Receive(call(signed(t, now, large, secret), large), now, secret); !errors.Is(err, webhook.ErrBody) {
		t.Errorf("too large: %v", err)
	}
	if _, err := webhook.Receive(call(signed(t, now, body, older), body), now, secret); !errors.Is(err, webhook.ErrSignature) {
		t.Errorf("another secret: %v", err)
	}
	torn := httptest.NewRequest(http.MethodPost, "/hooks", errorReader{})
	if _, err := webhook.Receive(torn, now, secret); !errors.Is(err, errTorn) {
		t.Errorf("torn: %v", err)
	}
}

var errTorn = errors.New("torn")

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errTorn }

func ExampleReceive() {
	at := time.Now()
	text := []byte(`{"type":"job.failed","timestamp":"2026-11-02T10:00:00Z","data":{"sequence":1,"job":{"job_id":"01997f3e-5b80-7c41-9d02-6f1a8be3d274","status":"failed","error":{"code":"TIMEOUT","message":"It took too long.","details":{}}}}}`)
	sign, err := webhook.Sign(secret, "msg_1", at, text) // as the server does
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodPost, "/hooks", bytes.NewReader(text))
	r.Header.Set("webhook-id", "msg_1")
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", sign)

	event, err := webhook.Receive(r, time.Now(), secret)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(event.Type, event.Job.Error.Code)
	// Output: job.failed TIMEOUT
}

// keyed are the public key and the header fields of a call that its private key signed.
func keyed(t *testing.T, id string) (public string, h http.Header) {
	t.Helper()
	key, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h = signed(t, now, body, secret)
	h.Set("Webhook-Id", id)
	message := fmt.Sprintf("%s.%d.%s", id, now.Unix(), body)
	old := h.Get("Webhook-Signature")
	h.Set("Webhook-Signature", old+" v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(message))))
	return "whpk_" + base64.StdEncoding.EncodeToString(key), h
}

func TestCallsAreVerifiedWithPublicKeys(t *testing.T) {
	const hook, id = "wh_0123456789abcdef0123456789abcdef", "msg_fedcba9876543210fedcba9876543210_0123456789abcdef0123456789abcdef"
	public, h := keyed(t, id)
	other, _ := keyed(t, id)
	moved := h.Clone()
	moved.Set("Webhook-Id", strings.Replace(id, "fedc", "fedd", 1))
	relabelled := h.Clone()
	relabelled.Set("Webhook-Signature", strings.ReplaceAll(h.Get("Webhook-Signature"), "v1a,", "v1,"))
	for _, c := range []struct {
		name   string
		keys   []string
		hook   string
		header http.Header
		body   string
		want   error
	}{
		{"good", []string{public}, "", h, body, nil},
		{"one of two", []string{other, public}, hook, h, body, nil},
		{"another key", []string{other}, "", h, body, webhook.ErrSignature},
		{"another body", []string{public}, "", h, body + " ", webhook.ErrSignature},
		{"another id", []string{public}, "", moved, body, webhook.ErrSignature},
		{"another webhook", []string{public}, "wh_1123456789abcdef0123456789abcdef", h, body, webhook.ErrSignature},
		{"another version", []string{public}, "", relabelled, body, webhook.ErrSignature},
		{"no key", nil, "", h, body, webhook.ErrSecret},
		{"a secret", []string{secret}, "", h, body, webhook.ErrSecret},
		{"a short key", []string{public[:20] + "=="}, "", h, body, webhook.ErrSecret},
		{"no header", []string{public}, "", http.Header{}, body, webhook.ErrHeader},
	} {
		if err := webhook.VerifyKeys(c.keys, c.hook, c.header, []byte(c.body), now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := webhook.VerifyKeys([]string{public}, "", h, []byte(body), now.Add(webhook.Tolerance+time.Second)); !errors.Is(err, webhook.ErrTime) {
		t.Errorf("late: %v", err)
	}
	if err := webhook.Verify(public, h, []byte(body), now); err != nil {
		t.Errorf("a public key in the place of the secret: %v", err)
	}
	if err := webhook.VerifyAny([]string{older, public}, h, []byte(body), now); err != nil {
		t.Errorf("a secret and a public key: %v", err)
	}
}
