package auth

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// A Principal is who calls: a valid key. Check returns the same pointer for a
// key as long as it is cached and unchanged.
type Principal struct {
	Key  account.Key  // read-only, its slices too; of a bearer's token only Owner, Plan, Scopes and Expires say something
	Slot atomic.Value // for the caller of Check: what it worked out for this key, for instance its allowances

	Subject string // what an authorizer outside calls the owner; empty: a key of ours was sent
	Ambient bool   // a proxy said who calls: a browser may have sent the request for a page of anybody's

	until  int64        // Unix nanoseconds; the key is not valid from here on
	readAt atomic.Int64 // Unix nanoseconds; when the store was asked
	asking atomic.Bool  // somebody asks it again
}

func newPrincipal(key account.Key, readAt int64) *Principal {
	p := &Principal{Key: key, until: min(instant(key.Expires), instant(key.Revoked))}
	p.readAt.Store(readAt)
	return p
}

// instant returns t in Unix nanoseconds, cut to what fits; the zero time is
// never.
func instant(t time.Time) int64 {
	switch year := t.Year(); {
	case t.IsZero(), year > 2200:
		return math.MaxInt64
	case year < 1970:
		return 0
	default:
		return t.UnixNano()
	}
}

// errUnauthorized is the one answer to all keys that do not count. The
// sentence is the contract's.
var errUnauthorized error = fault.New(fault.Unauthorized, "UNAUTHORIZED", "Missing authorizer context")

// Check returns whose key this is. A text that is no key, an unknown, a
// revoked and an expired key are all the same Unauthorized UNAUTHORIZED;
// trouble of the store is returned as it is.
func (k *Keys) Check(ctx context.Context, secret string) (*Principal, error) {
	return k.CheckBehind(ctx, nil, secret)
}

// CheckBehind is Check that passes a gate, unless that is nil, before the store
// is asked for a key that is not remembered.
func (k *Keys) CheckBehind(ctx context.Context, gate Gate, secret string) (*Principal, error) {
	if len(secret) != secretLen {
		return nil, errUnauthorized
	}
	return k.check(ctx, digestOf(secret), secret, gate)
}

// CheckDigest is Check for a caller who proved by a signature of ours that it
// was given leave by the key with this digest.
func (k *Keys) CheckDigest(ctx context.Context, digest [32]byte) (*Principal, error) {
	return k.check(ctx, digest, "", nil)
}

// check looks a key up; secret is its text if the caller gave it.
func (k *Keys) check(ctx context.Context, digest [32]byte, secret string, gate Gate) (*Principal, error) {
	now := k.now().UnixNano()
	p := k.cache.get(digest)
	ask := p == nil
	if p != nil && k.ttl > 0 {
		switch age := time.Duration(now - p.readAt.Load()).Abs(); { // below zero: the clock was set back
		case age >= 2*k.ttl:
			ask = true
		case age >= k.ttl: // one asks, the others need not wait
			ask = p.asking.CompareAndSwap(false, true)
			defer func(p *Principal) {
				if ask {
					p.asking.Store(false)
				}
			}(p)
		}
	}
	if ask {
		if secret != "" && !wellFormed(secret) {
			return nil, errUnauthorized
		}
		if p != nil {
			gate = nil // it was good a moment ago
		}
		var err error
		if p, err = k.ask(ctx, digest, now, gate); err != nil {
			return nil, err
		}
	}
	if now >= p.until {
		return nil, errUnauthorized
	}
	return p, nil
}

// ask is read behind a gate, for a key that is not known not to be there.
func (k *Keys) ask(ctx context.Context, digest [32]byte, now int64, gate Gate) (*Principal, error) {
	if k.misses.has(digest, now) {
		return nil, errUnauthorized
	}
	if gate != nil {
		leave, err := gate.Enter(ctx)
		if err != nil {
			return nil, err
		}
		defer leave()
	}
	return k.read(ctx, digest, now)
}

// read asks the store for a key and caches it, unless keys were changed while
// it asked: then what it got may be old. That a key does not exist is remembered
// apart and for a moment, so that nobody can fill the cache with those.
func (k *Keys) read(ctx context.Context, digest [32]byte, now int64) (*Principal, error) {
	turn := k.cache.turn.Load()
	key, err := k.store.Key(ctx, digest)
	if fault.Is(err, fault.NotFound) {
		if k.cache.get(digest) != nil {
			k.cache.drop(func(cached *account.Key) bool { return cached.Digest == digest })
		}
		if k.cache.turn.Load() == turn {
			k.misses.add(digest, now)
		}
		return nil, errUnauthorized
	}
	if err != nil {
		return nil, err
	}
	return k.cache.put(digest, newPrincipal(key, now), turn), nil
}

// Cached returns how many keys are remembered now.
func (k *Keys) Cached() int { return k.cache.len() }
