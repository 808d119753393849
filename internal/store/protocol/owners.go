package protocol

import (
	"context"

	"claimcheck/internal/account"
)

// Owners is what the store knows of owners.
type Owners interface {
	// Usage returns an owner's usage of a month and what it has now.
	Usage(ctx context.Context, owner string, month int) (account.Usage, account.Counts, error)
	// Plan returns the name of an owner's plan; NotFound for an owner without
	// any key ever made.
	Plan(ctx context.Context, owner string) (string, error)
}
