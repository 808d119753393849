package protocol

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/meter"
)

// A Ledger is what a decision may know and charge beside the job. It is valid
// only during the call it is given to.
type Ledger interface {
	// Now is the store's clock: the process's for an embedded store, the
	// database's for a shared one.
	Now() time.Time
	// Usage returns an owner's usage of a month (account.MonthOf); what is
	// changed in it is written with the transaction.
	Usage(owner string, month int) (*account.Usage, error)
	// Counts returns what the owner has, changes of this transaction included.
	Counts(owner string) (account.Counts, error)
	// Group returns an owner's group, changes of this transaction included; a zero one if
	// there is none.
	Group(owner, name string) (job.Group, error)
	// Reserve asks for one of so many slots of a tool, counted over all owners and
	// all servers, for the job that the decision is about; ok is whether there is
	// one. It is taken if the decision gives the job a lease, and given back by the
	// store when the job leaves it. Never more than most are taken; a store may
	// count one for a moment whose decision comes to nothing. A job that got its
	// lease without asking is counted as well if the store can.
	Reserve(tool string, most int64) (ok bool, err error)
	// Meter returns an allowance of a tool by its name, whole if none was kept; what
	// is changed in it is written with the transaction, if the decision succeeds. It
	// is the same over all servers, and nobody else decides by it meanwhile.
	Meter(tool, name string) (*meter.State, error)
	// Leased returns how many jobs of a tool are under a lease, by their strands,
	// those without one left out, over all owners and servers and with the changes of
	// this transaction. Nobody else who asks decides by it meanwhile.
	Leased(tool string) (map[string]int64, error)
}
