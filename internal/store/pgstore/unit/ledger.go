package unit

import (
	"time"

	"claimcheck/internal/store/record"
)

// Time is the database's, of this transaction.
func (u *Unit) Time() time.Time { return u.Now }

// OwnerOf returns what an owner has, this transaction included.
func (u *Unit) OwnerOf(name string) (*record.Owner, error) {
	o, err := u.Owner(name)
	if err != nil {
		return nil, err
	}
	return &o.Owner, nil
}

// UsageOf returns an owner's usage of a month, this transaction included.
func (u *Unit) UsageOf(of record.Month) (*record.Usage, error) { return u.usageOf(of) }

// RunningOf returns how many jobs of a tool are under a lease, over all owners and
// servers, this transaction included; until its end no other decides by it.
func (u *Unit) RunningOf(tool string) (int64, error) {
	n, err := u.runningOf(tool)
	if err != nil {
		return 0, err
	}
	for _, o := range u.owners {
		n += o.Ahead(tool)
	}
	return n, nil
}

// Charged notes that a usage differs from the database.
func (u *Unit) Charged(is *record.Usage) { is.Dirty, u.Wrote = true, true }
