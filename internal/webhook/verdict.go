package webhook

import (
	"encoding/json"
	"net/http"
	"time"

	"claimcheck/internal/job"
)

// schedule has the waits before the attempts of a delivery, as Standard
// Webhooks recommends them.
var schedule = [...]time.Duration{
	0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
	5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// waitAfter returns the wait after n failed attempts, 1 <= n < len(schedule): the
// schedule's and up to a tenth more, so that a receiver that is back is not called
// by everything that waits at once. spread is in [0,1).
func waitAfter(n int, spread float64) time.Duration {
	d := schedule[min(n, len(schedule)-1)]
	return d + time.Duration(spread*float64(d)/10)
}

// An Attempt is one entry of a delivery's log.
type Attempt struct {
	At         int64  `json:"at"`               // Unix seconds
	Status     int    `json:"status,omitempty"` // of the answer, if there was one
	Error      string `json:"error,omitempty"`  // a word of fetch.Word, if there was none
	DurationMS int64  `json:"duration_ms"`
}

// maxLog bounds a delivery's log; the oldest entries go first.
const maxLog = 20

// An outcome is what became of one attempt: a call was made, or there was
// nothing to be called for any more, which gone says in a sentence.
type outcome struct {
	call    Attempt
	later   time.Duration // for which the receiver asks to be left alone, 0 for none
	gone    string
	expires time.Time // of the job; zero if it is not known
}

func (o outcome) accepted() bool { return o.call.Status >= 200 && o.call.Status <= 299 }

// Reasons for which deliveries fail and webhooks are disabled.
const (
	reasonJobGone   = "The job is gone."
	reasonRemoved   = "The webhook was removed."
	reasonDisabled  = "The webhook is disabled."
	reasonByOwner   = "Its owner has disabled it."
	reasonGone      = "The receiver answered 410 Gone."
	reasonExhausted = "All attempts have failed."
	reasonDead      = "No delivery was accepted during the whole schedule of attempts."
)

// record decides what follows from an attempt: the delivery is over or waits
// for the next attempt, and a webhook that is gone or dead is disabled. A
// receiver that asks to be left alone for longer than the schedule would is left
// alone, with all that waits for it. w is nil if the webhook was removed.
func record(d *job.Delivery, w *job.Webhook, o outcome, now time.Time, spread float64) {
	if o.gone == "" {
		d.Log = remember(d.Log, o.call)
	}
	d.Attempts++
	d.Ordered = false // if it is made again, the later ones do not wait for it
	d.Heard = o.heard(now)
	due := now.Add(max(waitAfter(d.Attempts, spread), min(o.later, job.LongestPause)))
	over := o.later > 0 && now.Before(d.Expires) && !due.Before(d.Expires) // the delivery will have been removed by then
	last := d.Attempts >= len(schedule) || over
	switch {
	case o.accepted():
		d.State, d.Reason = job.Delivered, ""
		if w != nil {
			w.Succeeded = now
		}
	case o.gone != "":
		d.State, d.Reason = job.DeliveryFailed, o.gone
	case o.call.Status == http.StatusGone:
		d.State, d.Reason = job.DeliveryFailed, reasonGone
		disable(w, reasonGone)
	case last:
		d.State, d.Reason = job.DeliveryFailed, reasonExhausted
	default:
		d.Due = due
		return
	}
	if last && d.State == job.DeliveryFailed && w != nil && w.Succeeded.Before(d.Created) {
		disable(w, reasonDead)
	}
	if !o.expires.IsZero() && o.expires.Before(d.Expires) {
		d.Expires = o.expires
	}
}

// heard is what the call tells of its target.
func (o outcome) heard(now time.Time) job.Heard {
	switch {
	case o.gone != "": // there was none
		return job.Heard{}
	case o.accepted():
		return job.Heard{Standing: job.Proven}
	case o.later <= 0:
		return job.Heard{Standing: job.Failing}
	default:
		return job.Heard{Standing: job.Failing, Until: now.Add(min(o.later, job.LongestPause))}
	}
}

// disable ends a webhook; the owner's own has no receiver that could be dead.
func disable(w *job.Webhook, reason string) {
	if w != nil && !w.Own() && w.Enabled {
		w.Enabled, w.Reason = false, reason
	}
}

// remember appends an attempt to a delivery's log.
func remember(log []byte, a Attempt) []byte {
	list := append(Attempts(log), a)
	b, err := json.Marshal(list[max(0, len(list)-maxLog):])
	if err != nil {
		panic("webhook: log: " + err.Error()) // integers and strings always encode
	}
	return b
}

// Attempts reads a delivery's log, oldest first; a damaged one is empty: it is
// only information.
func Attempts(log []byte) []Attempt {
	var list []Attempt
	if len(log) > 0 && json.Unmarshal(log, &list) != nil {
		return nil
	}
	return list
}
