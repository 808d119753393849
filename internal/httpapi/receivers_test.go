package httpapi_test

import (
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
)

// TestValuesOfHeadersAreNotShown: nor are they in what is said of mistakes.
func TestValuesOfHeadersAreNotShown(t *testing.T) {
	f := newFixture(t, options{})
	const all = `{"url":"https://a.example/","events":["job.failed"],"headers":{"Authorization":"Bearer of-the-receiver"},` +
		`"tools":["json-formatter"],"metadata":{"a":"b"},"max_per_second":2.5,"signature":"v1a"}`
	made := f.do("POST", "/webhooks", all)
	var w api.Webhook
	f.read(made, 201, &w)
	if !slices.Equal(w.HeaderNames, []string{"Authorization"}) || !slices.Equal(w.Tools, []string{"json-formatter"}) || w.Metadata["a"] != "b" || w.MaxPerSecond != 2.5 || w.Signature != "v1a" {
		t.Errorf("got %s", made.body)
	}
	changed := f.do("PATCH", "/webhooks/"+w.ID, `{"headers":{"X-Two":"s3cret"},"tools":null,"metadata":null,"signature":null,"max_per_second":null,"events":["job.succeeded"],"enabled":false}`)
	var is api.Webhook
	f.read(changed, 200, &is)
	if !slices.Equal(is.HeaderNames, []string{"Authorization", "X-Two"}) || is.Tools != nil || is.Metadata != nil || is.MaxPerSecond != 0 || is.Signature != "v1" || is.Enabled || is.Reason == "" ||
		is.KeysURL != "" || is.Secret != "" || is.Events[0] != "job.succeeded" {
		t.Errorf("got %s", changed.body)
	}
	wrong := f.do("PATCH", "/webhooks/"+w.ID, `{"headers":{"X-Two":"s3cret\r\nX-Three: c"}}`)
	f.wantError(wrong, 400, "INVALID_REQUEST", "")
	for what, a := range map[string]answer{
		"the answer": made, "the change": changed, "the mistake": wrong, "the list": f.do("GET", "/webhooks", ""), "the rotation": f.do("POST", "/webhooks/"+w.ID+"/rotate", ""),
		"a wrong type": f.do("PATCH", "/webhooks/"+w.ID, `{"headers":["s3cret"]}`),
	} {
		if text := string(a.body); strings.Contains(text, "of-the-receiver") || strings.Contains(text, "s3cret") {
			t.Errorf("%s shows it: %s", what, text)
		}
	}
	var cleared api.Webhook
	f.read(f.do("PATCH", "/webhooks/"+w.ID, `{"headers":null,"enabled":true}`), 200, &cleared)
	if cleared.HeaderNames != nil || !cleared.Enabled || cleared.Reason != "" {
		t.Errorf("got %+v", cleared)
	}
}

func TestARepeatedRequestMakesOneWebhook(t *testing.T) {
	f := newFixture(t, options{})
	const body = `{"url":"https://a.example/","events":["job.failed"]}`
	var first, again, other api.Webhook
	f.read(f.do("POST", "/webhooks", body, "Idempotency-Key: k"), 201, &first)
	a := f.do("POST", "/webhooks", body, `Idempotency-Key: "k"`)
	f.read(a, 201, &again)
	if again.ID != first.ID || again.Secret != first.Secret || a.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("got %s, want the first again", a.body)
	}
	f.wantError(f.do("POST", "/webhooks", body+" ", "Idempotency-Key: k"), 422, "IDEMPOTENCY_CONFLICT", "")
	f.wantError(f.do("POST", "/webhooks", body, "Idempotency-Key: "+strings.Repeat("k", 256)), 400, "INVALID_REQUEST", "")
	f.read(f.do("POST", "/webhooks", body), 201, &other)
	if other.ID == first.ID {
		t.Error("without a key it is the same one")
	}
	if a := f.do("POST", "/webhooks", "{}"); !strings.Contains(string(a.body), `"member":"url"`) {
		t.Errorf("got %s, want it to name what is missing", a.body)
	}
}

func TestKeysOfWebhooksArePublic(t *testing.T) {
	f := newFixture(t, options{})
	keys := func(query string) string {
		t.Helper()
		a := f.do("GET", "/.well-known/webhook-keys"+query, "", "x-api-key: ")
		var is api.WebhookKeys
		f.read(a, 200, &is)
		if len(is.Keys) != 1 || !strings.HasPrefix(is.Keys[0].Key, "whpk_") || is.Keys[0].ExpiresAt != 0 || a.Header.Get("Cache-Control") != "public, max-age=3600" {
			t.Errorf("got %s, %v", a.body, a.Header)
		}
		return is.Keys[0].Key
	}
	ann, bob, server := keys("?owner=ann"), keys("?owner=bob"), keys("")
	if ann == bob || ann == server || bob == server || ann != keys("?owner=ann") {
		t.Errorf("got keys %s, %s, %s", ann, bob, server)
	}
}
