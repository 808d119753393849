package httpapi

import (
	"math"
	"strconv"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

// AdmitPoll is Admit for a call that asks how a job stands, in a dialect whose
// clients give the job up when they are told to slow down. Where the caller may
// not ask now, the call waits until it may, among the calls that wait. One that
// has waited in vain, or found no room, is let in all the same if its client has
// kept to the pause that it was told, which Polled notes; else it fails. Failures:
// those of Admit.
func (c *Call) AdmitPoll(id job.ID) error {
	err := c.Admit(true)
	if c.plan == nil || !fault.Is(err, fault.Limited) { // of a key that is none there is no plan
		return err
	}
	c.quiet = true // a call that is delayed is not a slow one
	if err := c.delay(true, err); err != nil && !c.keepsPace(id) {
		return err
	}
	return c.s.permit(c, Keyed, true)
}

// AdmitSoon is Admit for a call whose client gives up when it is refused for its pace.
// Where the caller may call soon, the call waits for that among the calls that wait;
// whoever has no key does not wait. Failures: those of Admit.
func (c *Call) AdmitSoon(reading bool) error {
	err := c.Admit(reading)
	if c.plan == nil || !fault.Is(err, fault.Limited) || fault.Of(err).RetryAfter > intake.MaxWait {
		return err
	}
	c.quiet = true // as above
	if err := c.delay(reading, err); err != nil {
		return err
	}
	return c.s.permit(c, Keyed, reading)
}

// delay waits until the allowance, which refused the call, lets it in.
func (c *Call) delay(reading bool, refusal error) error {
	ctx, end, err := c.Waiting(intake.MaxWait)
	if err != nil {
		return refusal
	}
	defer end()
	for refusal != nil {
		again := time.NewTimer(fault.Of(refusal).RetryAfter)
		select {
		case <-ctx.Done():
			again.Stop()
			return refusal
		case <-again.C:
			refusal = c.s.limit(c, reading, 1)
		}
	}
	return nil
}

// keepsPace reports whether a poll of a job of the caller's comes no earlier than
// its clients were told to. What a finished job ended with may be asked for once:
// after that there is nothing to poll.
func (c *Call) keepsPace(id job.ID) bool {
	snap, err := c.Get(id)
	return err == nil && c.s.Now().UnixNano() >= snap.Due.Load()
}

// pollSecond is a second of the pause that clients are told, as they are held to
// it: their timers are not ours.
const pollSecond = 900 * time.Millisecond

// Polled is a job's status in the words of the call's dialect, for AdmitPoll to
// know that the caller was told.
func (c *Call) Polled(snap *view.Snapshot) []byte {
	now := c.s.Now()
	m := c.s.memoAt(c, snap, now)
	due := int64(math.MaxInt64)
	if len(m.RetryAfter) > 0 {
		seconds, err := strconv.ParseInt(m.RetryAfter[0], 10, 64)
		if err != nil {
			panic("httpapi: a hint that is no number: " + err.Error())
		}
		due = now.Add(time.Duration(seconds) * pollSecond).UnixNano()
	}
	snap.Due.Store(due)
	return m.Body
}

// PolledApart is Polled in a dialect whose clients ask by another call what a finished
// job ended with: AdmitPoll lets that in as well, once. Whoever answers it calls
// Polled.
func (c *Call) PolledApart(snap *view.Snapshot) []byte {
	first := snap.Due.Load() == 0 // a job that changes has a new snapshot
	body := c.Polled(snap)
	if first && snap.Job.Status.Final() {
		snap.Due.Store(owed)
	}
	return body
}

// owed is when a job is due whose result is still to be asked for: at once.
const owed = 1
