package protocol

import (
	"time"

	"claimcheck/internal/account"
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
	// Running returns how many jobs of a tool are under a lease, over all
	// owners and all servers, changes of this transaction included. A store
	// that several servers share must not let two transactions decide by the
	// same number: it locks the tool's counter for the rest of the transaction.
	Running(tool string) (int64, error)
}
