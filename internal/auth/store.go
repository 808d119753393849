package auth

import (
	"context"

	"claimcheck/internal/account"
)

// Store keeps the digests of keys. Methods are safe for concurrent use and
// durable when they return.
type Store interface {
	// CreateKey keeps a new key. The owner is created if new, with the key's
	// Plan ("default" if that is empty); an existing owner's plan is changed
	// to the key's Plan unless that is empty.
	CreateKey(ctx context.Context, k account.Key) error
	// Key returns the key with this digest, its Plan being the owner's, valid
	// or not; NotFound KEY_NOT_FOUND.
	Key(ctx context.Context, digest [32]byte) (account.Key, error)
	// KeyByID returns the key with this id, its Plan being the owner's, valid or
	// not; NotFound KEY_NOT_FOUND.
	KeyByID(ctx context.Context, id string) (account.Key, error)
	// Keys returns all keys, oldest first.
	Keys(ctx context.Context) ([]account.Key, error)
	// ChangeKey lets change alter Expires and Revoked of the key with this id in one
	// transaction and returns it; with add set, that new key is created in the
	// same transaction, for the same owner. NotFound KEY_NOT_FOUND. An error
	// of change is returned and nothing is written.
	ChangeKey(ctx context.Context, id string, change func(*account.Key) (add *account.Key, err error)) (account.Key, error)
	// PlanOwner returns the name of an owner's plan, "default" for one that is not
	// known. A plan that is not empty is the owner's from then on, and the owner is
	// created if new; nothing is written where that changes nothing.
	PlanOwner(ctx context.Context, owner, plan string) (now string, err error)
}
