package record

import (
	"time"

	"claimcheck/internal/job"
)

// TidyDelivery gives a delivery the form in which it will be read again.
func TidyDelivery(d *job.Delivery) {
	for _, t := range [...]*time.Time{&d.Created, &d.Due, &d.Expires} {
		*t = Time(Milli(*t))
	}
	if len(d.Log) == 0 {
		d.Log = nil
	}
}

// Turning is a claim of a target that takes turns: how many of its due deliveries,
// the longest due first, it gets, of which it sets Paced, and what is to be kept as
// the target's turn, in microseconds; see [job.Turn].
func Turning(due []job.Delivery, w *job.Webhook, turn int64, now time.Time, lease time.Duration) (n int, next int64) {
	n, at := job.Turn(due, w, Micros(turn), now, lease)
	for i := range due[:n] {
		due[i].Paced = w.Gap() > 0 && (i > 0 || turn > 0 && due[i].Due.Before(Micros(turn)))
	}
	return n, Micro(at)
}

// Micro is a time as it is kept where milliseconds are too long; 0 for the zero time.
func Micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Micros is the reverse of [Micro].
func Micros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// NextDelivery makes a delivery that no job's end leads to the next event of its
// webhook, which it returns to be counted in; NotFound WEBHOOK_NOT_FOUND if it is
// not in the list.
func NextDelivery(d *job.Delivery, list []job.Webhook) (*job.Webhook, error) {
	w := Webhook(list, d.Webhook)
	if w == nil {
		return nil, WebhookNotFound()
	}
	d.Sequence = w.Sequence + 1
	TidyDelivery(d)
	return w, nil
}

// ChangeDelivery lets decide change a delivery and a copy of its webhook, which it
// returns; nil if that is not in the list any more.
func ChangeDelivery(d *job.Delivery, list []job.Webhook, now time.Time, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) (was, is *job.Webhook, err error) {
	if was = Webhook(list, d.Webhook); was != nil {
		hook := *was
		is = &hook
	}
	before := *d
	if err := Safely("change delivery", func() error { return decide(d, is, now) }); err != nil {
		return nil, nil, err
	}
	TidyDelivery(d)
	if d.State != before.State || !d.Due.Equal(before.Due) {
		d.Calling = false
	}
	if is != nil {
		TidyWebhook(is)
	}
	return was, is, nil
}

// Turned reports whether a delivery that had its target for itself has it no longer.
func Turned(was, is *job.Delivery) bool { return was.Ordered && was.Calling && !is.Calling }

// DueNow reports whether a delivery waits for nothing but to be sent.
func DueNow(d *job.Delivery, now time.Time) bool {
	return d.State == job.DeliveryPending && !d.Due.After(now)
}
