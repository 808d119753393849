package job

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// WebhookTerms are what an owner asks of a webhook beside its address and its
// events, so that the calls fit their receiver. Nothing in them is ever changed.
type WebhookTerms struct {
	Headers      []HookHeader      `json:"headers,omitempty"`        // sent with each call; the values are secrets
	Tools        []string          `json:"tools,omitempty"`          // it is called for jobs of these alone; none: of all
	Metadata     map[string]string `json:"metadata,omitempty"`       // it is called for jobs that have all of these
	MaxPerSecond float64           `json:"max_per_second,omitempty"` // calls that begin, of all servers together; 0: as many as go
	Keyed        bool              `json:"keyed,omitempty"`          // calls are signed with ed25519 too (v1a)
	Made         *WebhookMade      `json:"made,omitempty"`
}

// A HookHeader is a field of the head of a call.
type HookHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// WebhookMade is by which request a webhook was made, so that the same one again
// makes no second: sums of its Idempotency-Key and of its body.
type WebhookMade struct {
	Key     []byte `json:"key"`
	Request []byte `json:"request"`
}

// Headers are sent with each call of the webhook; do not change them.
func (w *Webhook) Headers() []HookHeader {
	if w.Terms == nil {
		return nil
	}
	return w.Terms.Headers
}

// Keyed reports whether its calls are signed with ed25519 too.
func (w *Webhook) Keyed() bool { return w.Terms != nil && w.Terms.Keyed }

// wantsJob reports whether a webhook is called for jobs like this one.
func (t *WebhookTerms) wantsJob(j *Job, has func() map[string]string) bool {
	switch {
	case t == nil:
		return true
	case len(t.Tools) > 0 && !slices.Contains(t.Tools, j.Tool):
		return false
	}
	for name, value := range t.Metadata {
		if is, there := has()[name]; !there || is != value {
			return false
		}
	}
	return true
}

// metadataOf reads a job's metadata when it is first asked for.
func metadataOf(j *Job) func() map[string]string {
	var m map[string]string
	read := false
	return func() map[string]string {
		if !read && len(j.Metadata) > 0 && json.Unmarshal(j.Metadata, &m) != nil {
			m = nil // it was checked when it came
		}
		read = true
		return m
	}
}

const (
	// LongestGap is the longest time between two calls that a webhook can ask for.
	LongestGap = 100 * time.Second
	// LongestTurn is how long a target waits at most for its turn: for its pace, or
	// for a call in order that is not recorded.
	LongestTurn = 2 * time.Minute

	granted = 250 * time.Millisecond // so much of a target's pace is claimed at once
)

// Gap is the time from one call to the next by the webhook's pace, 0 for none. w may
// be nil.
func (w *Webhook) Gap() time.Duration {
	if w == nil || w.Terms == nil || w.Terms.MaxPerSecond <= 0 {
		return 0
	}
	return min(time.Duration(math.Ceil(float64(time.Second)/w.Terms.MaxPerSecond)), LongestGap)
}

// Turns reports whether the target of these due deliveries takes turns: it has a
// pace, or some of its calls are made in order. w is nil if the webhook was removed.
func Turns(due []Delivery, w *Webhook) bool {
	return w.Gap() > 0 || slices.ContainsFunc(due, func(d Delivery) bool { return d.Ordered })
}

// Turn decides how many of a target's due deliveries, the longest due first, are
// claimed now, and before when no other is. turn is what it returned when it was
// last asked. One that is made in order has the target for itself until it is
// recorded, at most for lease; of a pace that of a moment is claimed at once, and
// each call after the first begins [Webhook.Gap] after the one before. A turn that a
// clock has put off by longer than there are turns does not count.
func Turn(due []Delivery, w *Webhook, turn, now time.Time, lease time.Duration) (n int, next time.Time) {
	if turn.After(now) && !turn.After(now.Add(LongestTurn)) {
		return 0, turn
	}
	if len(due) > 0 && due[0].Ordered {
		return 1, now.Add(lease)
	}
	for n < len(due) && !due[n].Ordered {
		n++
	}
	gap := w.Gap()
	if gap == 0 {
		return n, time.Time{}
	}
	n = min(n, 1+int(granted/gap))
	return n, now.Add(time.Duration(n) * gap)
}

// ClaimedUntil is the Due of a claimed delivery. One that is made in order is kept
// from others by its target's turn, and stays the first one if nobody records it.
func ClaimedUntil(d *Delivery, now time.Time, lease time.Duration) time.Time {
	if d.Ordered {
		return d.Due.Add(-time.Millisecond)
	}
	return now.Add(lease)
}

// TurnAfter is before when no other delivery of a target is claimed after the call
// of one that was made in order has been recorded; zero for at once.
func TurnAfter(w *Webhook, now time.Time) time.Time {
	if gap := w.Gap(); gap > 0 {
		return now.Add(gap)
	}
	return time.Time{}
}
