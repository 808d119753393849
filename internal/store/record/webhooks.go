package record

import (
	"bytes"
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
}

// SameWebhook reports whether everything of a webhook that may change but its
// Sequence is the same.
func SameWebhook(a, b *job.Webhook) bool {
	return EventWords(a.Events) == EventWords(b.Events) && bytes.Equal(a.Secret, b.Secret) && bytes.Equal(a.OldSecret, b.OldSecret) &&
		a.OldUntil.Equal(b.OldUntil) && a.Enabled == b.Enabled && a.Reason == b.Reason && a.Succeeded.Equal(b.Succeeded)
}

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
			w.Owner, w.URL, w.Created, w.Sequence = was.Owner, was.URL, was.Created, was.Sequence
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
