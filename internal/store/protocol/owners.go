package protocol

import (
	"context"

	"claimcheck/internal/account"
)

// Owners is what the store knows of owners.
type Owners interface {
	// Owner returns what an owner used in a month and what it has now; nothing
	// of one that is not known.
	Owner(ctx context.Context, owner string, month int) (Owner, error)
}

// An Owner is what is known of one.
type Owner struct {
	Usage  account.Usage  // of the month
	Counts account.Counts // now
	Plan   string         // its name; empty for an owner without any key ever made
}
