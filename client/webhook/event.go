package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"claimcheck/api"
)

// The types of events.
const (
	JobSucceeded = "job.succeeded"
	JobFailed    = "job.failed" // canceled jobs and those out of time too
	Test         = "webhook.test"
)

// An Event is what a call says.
type Event struct {
	ID        string    // the same for each call about this event
	Type      string    // [JobSucceeded], [JobFailed] or [Test]; others may come with later servers
	Time      time.Time // when it happened
	Sequence  int64     // its number among the webhook's events, from 1
	Job       api.Status
	ResultURL string // where the result is asked for, with a key, if the call had no room for it: Job.Result is empty then
	WebhookID string // of a [Test]
}

// MaxBodyBytes is how much [Receive] reads of a call; the server's are under 20,000.
const MaxBodyBytes = 1 << 20

// ErrBody says that a call of the server could not be understood.
var ErrBody = errors.New("the call's body is not that of an event")

// Receive reads a call, checks it as [VerifyAny] does, and returns what it says. Other
// errors are those of reading the body, and [ErrBody].
func Receive(r *http.Request, now time.Time, secrets ...string) (Event, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBodyBytes+1))
	switch {
	case err != nil:
		return Event{}, fmt.Errorf("read the call: %w", err)
	case len(body) > MaxBodyBytes:
		return Event{}, fmt.Errorf("%w: it is larger than %d bytes", ErrBody, MaxBodyBytes)
	}
	if err := VerifyAny(secrets, r.Header, body, now); err != nil {
		return Event{}, err
	}
	return Parse(r.Header.Get(idField), body)
}

// Parse reads what a call says that was verified; id is its header field webhook-id.
func Parse(id string, body []byte) (Event, error) {
	var said struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      struct {
			Sequence  int64      `json:"sequence"`
			Job       api.Status `json:"job"`
			ResultURL string     `json:"result_url"`
			WebhookID string     `json:"webhook_id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Type == "" {
		return Event{}, ErrBody
	}
	d := &said.Data
	return Event{
		ID: id, Type: said.Type, Time: said.Timestamp, Sequence: d.Sequence,
		Job: d.Job, ResultURL: d.ResultURL, WebhookID: d.WebhookID,
	}, nil
}
