// Package auth makes API keys and checks them: the text of a key, its digest,
// scopes, expiry, revocation, and a cache so that a check of a known key reads
// nothing. It knows nothing of HTTP, and plans are only names here.
package auth

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// Keys makes and checks API keys. It is safe for concurrent use.
type Keys struct {
	store  Store
	now    func() time.Time
	random io.Reader
	ttl    time.Duration
	cache  *cache
	misses misses
}

// New returns the keys of a store; random must be unpredictable
// (crypto/rand.Reader). With ttl 0 a key once read is remembered until a
// method of this Keys changes it or [Keys.Forget] is called; with a greater
// one, for a store of a cluster, it is read again when that old, and
// never believed when twice as old.
func New(store Store, now func() time.Time, random io.Reader, ttl time.Duration) *Keys {
	return &Keys{store: store, now: now, random: random, ttl: ttl, cache: newCache()}
}

// Create makes a key and returns its text, which is kept nowhere and cannot be
// shown again. Plan of the returned key is the one asked for. What cannot be a
// key is Invalid, with one sentence.
func (k *Keys) Create(ctx context.Context, n NewKey) (secret string, key account.Key, err error) {
	scopes, tools, err := n.check()
	if err != nil {
		return "", account.Key{}, err
	}
	secret, key, err = k.fresh()
	if err != nil {
		return "", account.Key{}, err
	}
	key.Owner, key.Plan, key.Name, key.Scopes, key.Tools = n.Owner, n.Plan, n.Name, scopes, tools
	if n.Expires > 0 {
		key.Expires = key.Created.Add(n.Expires)
	}
	if err := k.store.CreateKey(ctx, key); err != nil {
		return "", account.Key{}, fmt.Errorf("create key: %w", err)
	}
	k.cache.drop(func(cached *account.Key) bool { return cached.Owner == n.Owner }) // its plan may be another now
	k.misses.forget(key.Digest)
	return secret, key, nil
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

// Revoke ends a key now; for this process it is void when Revoke returns. A
// key that was revoked before keeps its time. An unknown id is NotFound.
func (k *Keys) Revoke(ctx context.Context, id string) error {
	now := k.clock()
	_, err := k.store.ChangeKey(ctx, id, func(old *account.Key) (*account.Key, error) {
		end(old, now)
		return nil, nil
	})
	if err != nil {
		return storeTrouble("revoke key", err)
	}
	k.Forget(id)
	return nil
}

// Rotate makes a key like the one with this id, with the same owner, name,
// scopes, tools and expiry, and revokes the old one after overlap, at once if
// that is 0. An unknown id is NotFound; a key that is not valid any more and a
// negative overlap are Invalid.
func (k *Keys) Rotate(ctx context.Context, id string, overlap time.Duration) (secret string, key account.Key, err error) {
	if overlap < 0 {
		return "", account.Key{}, fault.New(fault.Invalid, "INVALID_OVERLAP", "overlap must not be negative")
	}
	secret, key, err = k.fresh()
	if err != nil {
		return "", account.Key{}, err
	}
	_, err = k.store.ChangeKey(ctx, id, func(old *account.Key) (*account.Key, error) {
		if !old.Valid(key.Created) {
			return nil, fault.New(fault.Invalid, "KEY_NOT_VALID", "key %s is expired or revoked", id)
		}
		key.Owner, key.Plan, key.Name = old.Owner, old.Plan, old.Name
		key.Scopes, key.Tools, key.Expires = old.Scopes, old.Tools, old.Expires
		end(old, key.Created.Add(overlap))
		add := key
		return &add, nil
	})
	if err != nil {
		return "", account.Key{}, storeTrouble("rotate key", err)
	}
	k.Forget(id)
	k.misses.forget(key.Digest)
	return secret, key, nil
}

// end revokes a key at a time, unless it is already revoked earlier.
func end(key *account.Key, at time.Time) {
	if key.Revoked.IsZero() || at.Before(key.Revoked) {
		key.Revoked = at
	}
}

// storeTrouble says what was being done, and for an unknown key no more than
// that.
func storeTrouble(doing string, err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "KEY_NOT_FOUND", "no key has this id")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// Forget makes the next check of a key read it again: it was changed by
// somebody else.
func (k *Keys) Forget(id string) {
	k.cache.drop(func(cached *account.Key) bool { return cached.ID == id })
}
