// Package paced has claims keep to the limits that a tool has beside its slots: its rate,
// and slots for each value of what they go by (package meter). It decides in the store's
// transaction, and sees to it that waiting jobs have the strands that go by the limits.
package paced

import (
	"errors"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/meter"
	"claimcheck/internal/store/protocol"
)

// Why a claim is refused.
var (
	ErrTooSoon   = errors.New("the tool's rate lets no attempt begin now")
	ErrSlotsFull = errors.New("as many jobs run with this value as may")
)

// A Claim keeps to the limits of its tool, and knows how the allowance of its rate stands
// after the decision.
type Claim struct {
	limits *meter.Limits

	Asked bool          // the tool has a rate
	Owed  time.Duration // then: of its allowance
}

// ForClaim returns nil for a tool without limits.
func ForClaim(limits *meter.Limits) *Claim {
	if !limits.Any() {
		return nil
	}
	return &Claim{limits: limits}
}

// Keep decides whether the limits let an attempt at a job begin, and counts it: in the
// allowance of the rate, and by the strand in which jobs under a lease are counted.
// It fails with ErrTooSoon or ErrSlotsFull; a nil Claim has none.
func (p *Claim) Keep(j *job.Job, l protocol.Ledger) error {
	if p == nil {
		return nil
	}
	rate, slots := p.limits.Keys(j.Owner, j.Metadata)
	if p.limits.Most > 0 {
		leased, err := l.Leased(j.Tool)
		if err != nil {
			return err
		}
		var running int64
		for strand, n := range leased {
			if _, of, ok := p.limits.KeysOf(j.Owner, strand); ok && of == slots {
				running += n
			}
		}
		if running >= p.limits.Most {
			return ErrSlotsFull
		}
	}
	if p.limits.Rate.Any() {
		state, err := l.Meter(j.Tool, rate)
		if err != nil {
			return err
		}
		after, wait := state.Take(p.limits.Rate, l.Now())
		if p.Asked = true; wait > 0 {
			p.Owed = state.OwedAt(p.limits.Rate, l.Now())
			return ErrTooSoon
		}
		*state, p.Owed = after, after.Owed
	}
	j.Ready.Strand = p.limits.Strand(j.Owner, j.Metadata)
	return nil
}
