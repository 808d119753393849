package record

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/job"
)

// TidyWebhook gives a webhook the form in which it will be read again.
func TidyWebhook(w *job.Webhook) {
	for _, t := range [...]*time.Time{&w.OldUntil, &w.Created, &w.Succeeded} {
		*t = Time(Milli(*t))
	}
	if len(w.OldSecret) == 0 {
		w.OldSecret = nil
	}
	w.Terms = WebhookTerms(EncodeWebhookTerms(w.Terms))
}

// EncodeWebhookTerms is how what was asked of a webhook is kept: JSON, nil for
// nothing.
func EncodeWebhookTerms(t *job.WebhookTerms) []byte {
	if t == nil {
		return nil
	}
	b, err := json.Marshal(t)
	if err != nil {
		panic("record: terms of a webhook: " + err.Error()) // texts and a finite number always encode
	}
	if len(b) == len("{}") {
		return nil
	}
	return b
}

// WebhookTerms is the reverse of [EncodeWebhookTerms]. What cannot be read has a
// newer server written: nothing of it counts.
func WebhookTerms(b []byte) *job.WebhookTerms {
	if len(b) == 0 {
		return nil
	}
	var t job.WebhookTerms
	if json.Unmarshal(b, &t) != nil {
		return nil
	}
	return &t
}

// SameWebhook reports whether everything of a webhook that may change but its
// Sequence is the same.
func SameWebhook(a, b *job.Webhook) bool {
	return a.URL == b.URL && EventWords(a.Events) == EventWords(b.Events) && sameTerms(a.Terms, b.Terms) && bytes.Equal(a.Secret, b.Secret) && bytes.Equal(a.OldSecret, b.OldSecret) &&
		a.OldUntil.Equal(b.OldUntil) && a.Enabled == b.Enabled && a.Reason == b.Reason && a.Succeeded.Equal(b.Succeeded)
}

func sameTerms(a, b *job.WebhookTerms) bool {
	return a == b || bytes.Equal(EncodeWebhookTerms(a), EncodeWebhookTerms(b))
}

// SameReceiver reports whether what is known of a webhook's target still holds after
// it was changed: neither its address nor its pace is another.
func SameReceiver(was, is *job.Webhook) bool { return was.URL == is.URL && was.Gap() == is.Gap() }

// EventWords is how a list of events is kept.
func EventWords(events []job.Event) string {
	words := make([]string, len(events))
	for i, e := range events {
		words[i] = string(e)
	}
	return strings.Join(words, " ")
}

// Events is the reverse of [EventWords].
func Events(words string) []job.Event {
	var events []job.Event
	for word := range strings.FieldsSeq(words) {
		events = append(events, job.Event(word))
	}
	return events
}

// Webhook returns the webhook with this id, or nil.
func Webhook(list []job.Webhook, id string) *job.Webhook {
	i := slices.IndexFunc(list, func(w job.Webhook) bool { return w.ID == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// A WebhookWriter writes what became of an owner's webhooks.
type WebhookWriter interface {
	PutWebhook(w *job.Webhook) error
	SetWebhook(was, is *job.Webhook) error // called if they differ
	DropWebhook(id string) error
}

// ChangeWebhooks lets decide make an owner's webhooks what they are to be, has
// that written, and returns them.
func ChangeWebhooks(owner string, list []job.Webhook, decide func([]job.Webhook) ([]job.Webhook, error), to WebhookWriter) (next []job.Webhook, err error) {
	err = Safely("change webhooks", func() (err error) {
		next, err = decide(slices.Clone(list))
		return err
	})
	if err != nil {
		return nil, err
	}
	next = slices.Clone(next)
	for i := range next {
		w := &next[i]
		TidyWebhook(w)
		was := Webhook(list, w.ID)
		if was == nil {
			w.Owner = owner
			err = to.PutWebhook(w)
		} else {
			w.Owner, w.Created, w.Sequence = was.Owner, was.Created, was.Sequence
			if was.Own() || w.Own() { // an owner's own stays that, and no other becomes one
				w.URL = was.URL
			}
			err = ChangeWebhook(was, w, to)
		}
		if err != nil {
			return nil, err
		}
	}
	for i := range list {
		if id := list[i].ID; Webhook(next, id) == nil {
			if err := to.DropWebhook(id); err != nil {
				return nil, err
			}
		}
	}
	return next, nil
}

// ChangeWebhook has a webhook written if it differs.
func ChangeWebhook(was, is *job.Webhook, to WebhookWriter) error {
	if SameWebhook(was, is) {
		return nil
	}
	return to.SetWebhook(was, is)
}
