package sign

import (
	"context"
	"time"

	"claimcheck/internal/account"
)

// Store keeps the signing secrets. Methods are safe for concurrent use and
// durable when they return.
type Store interface {
	// Secrets returns all secrets, the newest last.
	Secrets(ctx context.Context) ([]account.Secret, error)
	// AddSecret keeps a secret and retires every other one at its Created;
	// secrets retired before drop are removed.
	AddSecret(ctx context.Context, s account.Secret, drop time.Time) error
}
