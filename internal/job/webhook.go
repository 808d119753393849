package job

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// An Event is what a webhook is called for.
type Event string

// The events. A test is sent when its owner asks for one, whatever the webhook
// has chosen.
const (
	JobSucceeded Event = "job.succeeded"
	JobFailed    Event = "job.failed" // canceled ones too
	WebhookTest  Event = "webhook.test"

	// GroupFinished is sent when a closed group has no unfinished job any more.
	GroupFinished Event = "group.finished"
)

// DeliveryLife is how long a delivery is kept at most.
const DeliveryLife = 7 * 24 * time.Hour

// A Webhook is an address that is called when its owner's jobs end. Each owner
// has at most one without a URL, its own: it signs and counts the calls to
// addresses that are given with single jobs. What the slices have is
// never changed.
type Webhook struct {
	ID     string // wh_ and 32 hexadecimal digits
	Owner  string
	URL    string        // empty for the owner's own
	Events []Event       // that it is called for
	Terms  *WebhookTerms // what else was asked; nil for nothing

	Secret    []byte    // 32 bytes that sign its calls (Standard Webhooks)
	OldSecret []byte    // the one before, which signs too until OldUntil
	OldUntil  time.Time // zero without an old secret

	Enabled   bool
	Reason    string // why it was disabled, a sentence; empty if it was not
	Created   time.Time
	Succeeded time.Time // when a delivery was last accepted; zero for never
	Sequence  int64     // number of its last event; the store alone counts it
}

// Own reports whether it is the owner's own, without an address.
func (w *Webhook) Own() bool { return w.URL == "" }

// Wants reports whether the webhook is called for an event.
func (w *Webhook) Wants(e Event) bool {
	return w.Enabled && !w.Own() && slices.Contains(w.Events, e)
}

// A DeliveryState is how far a delivery has come.
type DeliveryState uint8

// The states. A delivered or failed one is only tried again when its owner asks
// for it.
const (
	DeliveryPending DeliveryState = iota
	Delivered
	DeliveryFailed
)

var deliveryWords = [...]string{"pending", "delivered", "failed"}

// String returns the word of the HTTP contract.
func (s DeliveryState) String() string { return deliveryWords[s] }

// A Delivery is one event on its way to one address. Its row is written in the
// transaction that makes its job final.
type Delivery struct {
	ID       string // msg_..., the webhook-id of all its attempts
	Webhook  string // id of the webhook that signs it
	Owner    string
	Target   string // see TargetOf
	URL      string // of a call to an address given with the job; empty: the webhook's
	Event    Event
	Job      ID    // zero for a test, and for a group
	Sequence int64 // number of the event among the webhook's
	Created  time.Time

	State    DeliveryState
	Due      time.Time // pending: not to be tried before this. A claim moves it on: who still sees its time may record
	Attempts int       // that failed or were accepted since it was last (re)sent
	Log      []byte    // JSON array of the attempts, or nil
	Data     []byte    // what the event tells of, if that is no job: see GroupOf; or nil
	Reason   string    // why it failed for good, a sentence
	Expires  time.Time // it is removed after this

	Calling bool // a claim has it: a call is made until it is recorded or Due passes
	Ordered bool // it is made alone, before the target's later ones begin
	Paced   bool // of a claimed one, never kept: it was due and waited for the webhook's pace

	// Heard is what a call told of the target. Whoever records a call sets it; the
	// store keeps it with the target, and in what it returns it is zero.
	Heard Heard
}

// A Target is deliveries that wait for the same receiver: they share a turn
// and a limit, so that no receiver delays another.
type Target struct {
	Name     string
	Due      time.Time // of the delivery that is due first
	Standing TargetStanding
}

// A TargetStanding is how a target's last call went.
type TargetStanding uint8

// The standings.
const (
	Unproven TargetStanding = iota // it was not called yet, or not for days
	Proven                         // it accepted the call
	Failing                        // it did not
)

// Heard is what the end of a call tells of its target. Zero tells nothing.
type Heard struct {
	Standing TargetStanding
	Until    time.Time // none of its deliveries is to be made before; zero for no wish
}

// LongestPause is how long a receiver can ask to be left alone.
const LongestPause = 24 * time.Hour

// Owner returns whose receiver it is.
func (t Target) Owner() string {
	owner, _, _ := strings.Cut(t.Name, " ")
	return owner
}

// TargetOf is the name of a webhook's target: owner and id, and for an address
// given with a job its scheme, host and port too.
func TargetOf(w *Webhook, address string) string {
	name := w.Owner + " " + w.ID
	if address == "" {
		return name
	}
	scheme, rest, _ := strings.Cut(address, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return name + " " + strings.ToLower(scheme+"://"+rest)
}

// EventOf is the event of a final status.
func EventOf(s Status) Event {
	if s == Success {
		return JobSucceeded
	}
	return JobFailed
}

// Announce returns the deliveries that a job's end leads to, one for each
// webhook that wants the event and one for the address given with the job, if
// there is one and the owner has a webhook of its own. A webhook that is not for
// jobs like this one has none. It counts Sequence of those webhooks; nil means that nothing
// was changed.
func Announce(j *Job, address string, hooks []Webhook, now time.Time) []Delivery {
	var list []Delivery
	event, has := EventOf(j.Status), metadataOf(j)
	for i := range hooks {
		w := &hooks[i]
		to := ""
		switch {
		case w.Own() && address != "":
			to = address
		case !w.Wants(event) || !w.Terms.wantsJob(j, has):
			continue
		}
		w.Sequence++
		list = append(list, Delivery{
			ID: DeliveryID(j.ID, w.ID), Webhook: w.ID, Owner: j.Owner, Target: TargetOf(w, to), URL: to, Event: event,
			Job: j.ID, Sequence: w.Sequence, Created: now, Due: now, Expires: now.Add(DeliveryLife),
		})
	}
	return list
}

// DeliveryID is the webhook-id of a job's event: a job ends once, so that job
// and webhook name it.
func DeliveryID(id ID, webhook string) string {
	return "msg_" + hex.EncodeToString(id[:]) + "_" + strings.TrimPrefix(webhook, "wh_")
}
