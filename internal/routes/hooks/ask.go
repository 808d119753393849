package hooks

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/webhook"
)

// maxWebhookBytes is how long the description of a webhook is at most: more than its
// headers can be.
const maxWebhookBytes = 64 << 10

// newAsk reads the body of POST /webhooks. Members that are null are left out.
func newAsk(b []byte) (*webhook.Ask, error) {
	var n struct {
		URL          *string           `json:"url"`
		Events       *[]string         `json:"events"`
		Headers      map[string]string `json:"headers"`
		Tools        *[]string         `json:"tools"`
		Metadata     map[string]string `json:"metadata"`
		MaxPerSecond *float64          `json:"max_per_second"`
		Signature    *string           `json:"signature"`
	}
	if err := httpapi.DecodeJSON(b, &n); err != nil {
		return nil, err
	}
	return &webhook.Ask{
		URL: n.URL, Events: n.Events, Headers: pointers(n.Headers), Tools: n.Tools, Metadata: pointers(n.Metadata), MaxPerSecond: n.MaxPerSecond, Signature: n.Signature,
	}, nil
}

func pointers(m map[string]string) map[string]*string {
	all := make(map[string]*string, len(m))
	for name, value := range m {
		all[name] = &value
	}
	return all
}

// changeAsk reads the body of PATCH /webhooks/{id}, a JSON merge patch: null is the
// default, of url, events and enabled an error.
func changeAsk(b []byte) (*webhook.Ask, error) {
	var n api.WebhookChange
	if err := httpapi.DecodeJSON(b, &n); err != nil {
		return nil, err
	}
	a := &webhook.Ask{
		URL: n.URL, Events: n.Events, Enabled: n.Enabled, Headers: n.Headers, Tools: n.Tools, Metadata: n.Metadata, MaxPerSecond: n.MaxPerSecond, Signature: n.Signature,
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "The body must be a JSON object.").Because(err)
	}
	for name, value := range members {
		if !bytes.Equal(value, []byte("null")) {
			continue
		}
		switch name {
		case "headers":
			a.ClearHeaders = true
		case "tools":
			a.Tools = &[]string{}
		case "metadata":
			a.ClearMetadata = true
		case "max_per_second":
			a.MaxPerSecond = new(float64)
		case "signature":
			v1 := webhook.SignedV1
			a.Signature = &v1
		default:
			return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "%s must not be null: a webhook cannot be without it.", name).With("member", name)
		}
	}
	return a, nil
}

// madeBy tells a request from others; nil without an Idempotency-Key. Of a body that
// may have secrets in it a sum is kept, as of the key.
func madeBy(c *httpapi.Call, body []byte) (*job.WebhookMade, error) {
	key, err := intake.IdempotencyKey(c.Request().Header["Idempotency-Key"])
	if err != nil || key == "" {
		return nil, err
	}
	of, what := sha256.Sum256([]byte(key)), sha256.Sum256(body)
	return &job.WebhookMade{Key: of[:], Request: what[:]}, nil
}
