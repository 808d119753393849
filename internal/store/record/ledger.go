package record

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// A Usage is what an owner has used in a month, as a transaction counts it.
type Usage struct {
	account.Usage

	Of    Month
	Dirty bool // it differs from the database
}

// A Month is a month of an owner, as account.MonthOf has it.
type Month struct {
	Owner string
	Month int
}

// Books are what a transaction knows of owners and tools, its own changes
// included.
type Books interface {
	Time() time.Time // the store's, of the transaction
	OwnerOf(name string) (*Owner, error)
	UsageOf(of Month) (*Usage, error)
	// GroupOf returns a group, this transaction included; an empty one if there is none.
	GroupOf(name job.GroupName) (*Group, error)
	// RunningOf is how many jobs of a tool are under a lease, over all owners and
	// servers. Until the transaction ends no other is told so.
	RunningOf(tool string) (int64, error)
	// Charged notes that a usage differs from the database.
	Charged(u *Usage)
	Meters() Meters
}

// A Ledger shows a transaction's books to decisions, one after the other. What a
// decision charges counts when all of it has succeeded.
type Ledger struct {
	Books   Books
	charges []charge
	metered []metered
}

// A charge is a copy of a usage that a decision may change.
type charge struct {
	of    *Usage
	value *account.Usage
}

// Begin forgets what was charged and not kept; the next decision begins.
func (l *Ledger) Begin() { l.charges, l.metered = l.charges[:0], l.metered[:0] }

// Keep makes the charges count.
func (l *Ledger) Keep() {
	for _, c := range l.charges {
		if c.of.Usage != *c.value {
			c.of.Usage = *c.value
			l.Books.Charged(c.of)
		}
	}
	l.keepMetered()
}

// Now is the store's clock.
func (l *Ledger) Now() time.Time { return l.Books.Time() }

// Usage returns an owner's usage of a month, to be charged.
func (l *Ledger) Usage(owner string, month int) (*account.Usage, error) {
	of, err := l.Books.UsageOf(Month{owner, month})
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

// Counts returns what the owner has.
func (l *Ledger) Counts(owner string) (account.Counts, error) {
	o, err := l.Books.OwnerOf(owner)
	if err != nil {
		return account.Counts{}, err
	}
	return o.Counts, nil
}

// Group returns an owner's group; see protocol.Ledger.
func (l *Ledger) Group(owner, name string) (job.Group, error) {
	g, err := l.Books.GroupOf(job.GroupName{Owner: owner, Name: name})
	if err != nil {
		return job.Group{}, err
	}
	if g.Empty() {
		return job.Group{GroupName: g.GroupName}, nil
	}
	return g.Group, nil
}

// Reserve reports whether fewer jobs of a tool than so many are under a lease.
// The transaction counts the decision's own, should it become one of them, and
// nobody else decides by the number meanwhile.
func (l *Ledger) Reserve(tool string, most int64) (bool, error) {
	running, err := l.Books.RunningOf(tool)
	return running < most, err
}
