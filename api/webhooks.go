package api

// NewWebhook is the body of POST /webhooks.
type NewWebhook struct {
	URL          string            `json:"url"`
	Events       []string          `json:"events"`                   // job.succeeded, job.failed
	Headers      map[string]string `json:"headers,omitempty"`        // sent with each call, at most 10; the values are not shown again
	Tools        []string          `json:"tools,omitempty"`          // only for jobs of these
	Metadata     map[string]string `json:"metadata,omitempty"`       // only for jobs that have all of these
	MaxPerSecond float64           `json:"max_per_second,omitempty"` // calls, 0.01 to 1000; 0: as many as go
	Signature    string            `json:"signature,omitempty"`      // v1, which is the default, or v1a
}

// WebhookChange is the body of PATCH /webhooks/{id}, a JSON merge patch (RFC 7396):
// what is left out stays as it is.
type WebhookChange struct {
	URL          *string            `json:"url,omitempty"`
	Events       *[]string          `json:"events,omitempty"`
	Enabled      *bool              `json:"enabled,omitempty"`
	Headers      map[string]*string `json:"headers,omitempty"`  // a nil value takes one away
	Tools        *[]string          `json:"tools,omitempty"`    // an empty list: all
	Metadata     map[string]*string `json:"metadata,omitempty"` // a nil value takes one away
	MaxPerSecond *float64           `json:"max_per_second,omitempty"`
	Signature    *string            `json:"signature,omitempty"`
}

// Webhook is an address that is called when its owner's jobs end. The secret
// is there when it is made and when it is rotated.
type Webhook struct {
	ID      string   `json:"id"`
	URL     string   `json:"url"` // empty for the owner's own, which signs calls by x-webhook-url
	Events  []string `json:"events"`
	Secret  string   `json:"secret,omitempty"` // whsec_ and base64
	Enabled bool     `json:"enabled"`
	Reason  string   `json:"reason,omitempty"` // why it was disabled

	HeaderNames  []string          `json:"header_names,omitempty"` // of its headers, in the order in which they were given
	Tools        []string          `json:"tools,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	MaxPerSecond float64           `json:"max_per_second,omitempty"`
	Signature    string            `json:"signature"`          // v1 or v1a
	KeysURL      string            `json:"keys_url,omitempty"` // where the public keys of v1a are
}

// RecoverWebhook is the body of POST /webhooks/{id}/recover.
type RecoverWebhook struct {
	Since *int64 `json:"since"` // Unix seconds; events since then
}

// Recovered is the answer of POST /webhooks/{id}/recover.
type Recovered struct {
	Count int `json:"count"` // of calls that are made again, at most 10,000
}

// WebhookKeys is the answer of GET /.well-known/webhook-keys.
type WebhookKeys struct {
	Keys []WebhookKey `json:"keys"` // the newest first; each call is signed by all of them
}

// WebhookKey is a public key of ed25519.
type WebhookKey struct {
	Key       string `json:"key"`                  // whpk_ and base64 of 32 bytes
	ExpiresAt int64  `json:"expires_at,omitempty"` // Unix seconds: it signs no longer; absent of the newest
}

// Webhooks is the answer of GET /webhooks, oldest first.
type Webhooks struct {
	Webhooks []Webhook `json:"webhooks"`
}

// WebhookSecret signs calls to the addresses of x-webhook-url; ID is that of
// the webhook under which their deliveries are listed.
type WebhookSecret struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// Delivery is one event on its way to a webhook.
type Delivery struct {
	ID            string            `json:"id"`               // the webhook-id of its calls
	Type          string            `json:"type"`             // job.succeeded, job.failed, webhook.test
	JobID         string            `json:"job_id,omitempty"` // none for a test
	Sequence      int64             `json:"sequence"`         // number of the event among the webhook's
	Status        string            `json:"status"`           // pending, delivered, failed
	CreatedAt     int64             `json:"created_at"`
	NextAttemptAt int64             `json:"next_attempt_at,omitempty"` // while pending
	Reason        string            `json:"reason,omitempty"`          // why it failed for good
	Attempts      []DeliveryAttempt `json:"attempts"`                  // oldest first, at most 20
}

// DeliveryAttempt is one call: the status of the answer, or a word for what
// went wrong.
type DeliveryAttempt struct {
	At         int64  `json:"at"`
	Status     int    `json:"status,omitempty"`
	Error      string `json:"error,omitempty"`
	DurationMS int64  `json:"duration_ms"`
}

// Deliveries is the answer of GET /webhooks/{id}/deliveries, newest first.
type Deliveries struct {
	Deliveries []Delivery `json:"deliveries"`
	NextCursor string     `json:"next_cursor,omitempty"` // for the parameter cursor; absent at the end
}
