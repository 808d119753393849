// Package auth makes API keys and checks them: the text of a key, its digest,
// scopes, expiry, revocation, and a cache so that a check of a known key reads
// nothing. An authorizer outside may vouch for owners beside them. It knows nothing of HTTP, and plans are only names here.
package auth

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/account"
)

// Keys makes and checks API keys. It is safe for concurrent use.
type Keys struct {
	store  Store
	now    func() time.Time
	random io.Reader
	ttl    time.Duration
	cache  *cache
	misses misses

	outside Outside // nil: nobody is trusted
	bearers *cache  // of tokens
	heralds *cache  // of what proxies said
}

// New returns the keys of a store; random must be unpredictable
// (crypto/rand.Reader). With ttl 0 a key once read is remembered until a
// method of this Keys changes it or [Keys.Forget] is called; with a greater
// one, for a store of a cluster, it is read again when that old, and
// never believed when twice as old.
func New(store Store, now func() time.Time, random io.Reader, ttl time.Duration) *Keys {
	return &Keys{store: store, now: now, random: random, ttl: ttl, cache: newCache(), heralds: newCache()}
}

// Create is that of [Changes], of which nobody is told.
func (k *Keys) Create(ctx context.Context, n NewKey) (secret string, key account.Key, err error) {
	return k.Before(nobody).Create(ctx, n)
}

// Revoke is that of [Changes].
func (k *Keys) Revoke(ctx context.Context, id string) error { return k.Before(nobody).Revoke(ctx, id) }

// Rotate is that of [Changes].
func (k *Keys) Rotate(ctx context.Context, id string, overlap time.Duration) (secret string, key account.Key, err error) {
	return k.Before(nobody).Rotate(ctx, id, overlap)
}

// fresh returns a new key with nothing but its id, digest and time.
func (k *Keys) fresh() (secret string, key account.Key, err error) {
	secret, err = makeSecret(k.random)
	if err != nil {
		return "", account.Key{}, err
	}
	id := make([]byte, 8)
	if _, err := io.ReadFull(k.random, id); err != nil {
		return "", account.Key{}, fmt.Errorf("make key: %w", err)
	}
	return secret, account.Key{
		ID:      "key_" + hex.EncodeToString(id),
		Digest:  digestOf(secret),
		Created: k.clock(),
	}, nil
}

// clock returns the time as stores keep it, to the millisecond.
func (k *Keys) clock() time.Time { return k.now().UTC().Truncate(time.Millisecond) }

// List returns all keys, valid or not, oldest first.
func (k *Keys) List(ctx context.Context) ([]account.Key, error) {
	keys, err := k.store.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// Find returns a key by its id, valid or not. An unknown id is NotFound.
func (k *Keys) Find(ctx context.Context, id string) (account.Key, error) {
	key, err := k.store.KeyByID(ctx, id)
	if err != nil {
		return account.Key{}, storeTrouble("find key", err)
	}
	return key, nil
}

// Forget makes the next check of a key read it again: it was changed by
// somebody else.
func (k *Keys) Forget(id string) {
	k.cache.drop(func(cached *account.Key) bool { return cached.ID == id })
}
