package pgstore

import (
	"time"

	"claimcheck/internal/account"
)

// A ledger shows a unit to a decision. What the decision charges counts when it
// succeeds.
type ledger struct {
	u       *unit
	charges []charge
}

type charge struct {
	of    *usageState
	value *account.Usage
}

// Now is the database's time.
func (l *ledger) Now() time.Time { return l.u.now }

// Usage returns an owner's usage of a month, this transaction included.
func (l *ledger) Usage(owner string, month int) (*account.Usage, error) {
	of, err := l.u.usageOf(owner, month)
	if err != nil {
		return nil, err
	}
	for _, c := range l.charges {
		if c.of == of {
			return c.value, nil
		}
	}
	v := of.Usage
	l.charges = append(l.charges, charge{of: of, value: &v})
	return &v, nil
}

// Counts returns what the owner has, this transaction included.
func (l *ledger) Counts(owner string) (account.Counts, error) {
	o, err := l.u.owner(owner)
	if err != nil {
		return account.Counts{}, err
	}
	return o.counts(), nil
}

// Running returns how many jobs of a tool are under a lease, over all owners and
// servers, this transaction included; until its end no other decides by it.
func (l *ledger) Running(tool string) (int64, error) {
	n, err := l.u.runningOf(tool)
	if err != nil {
		return 0, err
	}
	for _, o := range l.u.owners {
		for _, t := range o.tools {
			if t.tool == tool {
				n += t.running - t.ran
			}
		}
	}
	return n, nil
}

// keep makes the charges count.
func (l *ledger) keep() {
	for _, c := range l.charges {
		if c.of.Usage != *c.value {
			c.of.Usage, c.of.dirty = *c.value, true
			l.u.wrote = true
		}
	}
}
