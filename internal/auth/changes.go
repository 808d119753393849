package auth

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// A Witness writes down what is about to be changed: an action, which is a noun
// and a verb, and what it is done to. With an error of it nothing is changed.
type Witness func(action, target string) error

func nobody(string, string) error { return nil }

// Changes are the changes of keys of which a witness is told first: there is none
// that it does not know of, but there may be one that was not made in the end.
type Changes struct {
	keys *Keys
	tell Witness
}

// Before returns the changes of which tell is told before they are made.
func (k *Keys) Before(tell Witness) Changes { return Changes{k, tell} }

// Create makes a key and returns its text, which is kept nowhere and cannot be
// shown again. Plan of the returned key is the one asked for. What cannot be a
// key is Invalid, with one sentence.
func (c Changes) Create(ctx context.Context, n NewKey) (secret string, key account.Key, err error) {
	secret, key, err = c.keys.fresh()
	if err == nil {
		err = n.check(&key)
	}
	if err != nil {
		return "", account.Key{}, err
	}
	if err := c.tell("keys.create", key.ID); err != nil {
		return "", account.Key{}, err
	}
	if n.Plan != "" {
		if err := c.tell("owners.plan", n.Owner+" "+n.Plan); err != nil {
			return "", account.Key{}, err
		}
	}
	if err := c.keys.store.CreateKey(ctx, key); err != nil {
		return "", account.Key{}, fmt.Errorf("create key: %w", err)
	}
	c.keys.cache.drop(func(cached *account.Key) bool { return cached.Owner == n.Owner }) // its plan may be another now
	c.keys.misses.forget(key.Digest)
	return secret, key, nil
}

// Revoke ends a key now; for this process it is void when Revoke returns. A
// key that was revoked before keeps its time. An unknown id is NotFound.
func (c Changes) Revoke(ctx context.Context, id string) error {
	is, err := c.keys.Find(ctx, id)
	if err != nil {
		return err
	}
	now := c.keys.clock()
	if !is.Revoked.IsZero() && !now.Before(is.Revoked) {
		c.keys.Forget(id)
		return nil
	}
	if err := c.tell("keys.revoke", id); err != nil {
		return err
	}
	_, err = c.keys.store.ChangeKey(ctx, id, func(old *account.Key) (*account.Key, error) {
		end(old, now)
		return nil, nil
	})
	if err != nil {
		return storeTrouble("revoke key", err)
	}
	c.keys.Forget(id)
	return nil
}

// Rotate makes a key like the one with this id, with the same owner, name,
// scopes, tools, networks and expiry, and revokes the old one after overlap, at once if
// that is 0. An unknown id is NotFound; a key that is not valid any more and a
// negative overlap are Invalid.
func (c Changes) Rotate(ctx context.Context, id string, overlap time.Duration) (secret string, key account.Key, err error) {
	if overlap < 0 {
		return "", account.Key{}, fault.New(fault.Invalid, "INVALID_OVERLAP", "overlap must not be negative")
	}
	secret, key, err = c.keys.fresh()
	if err != nil {
		return "", account.Key{}, err
	}
	is, err := c.keys.Find(ctx, id)
	if err == nil {
		err = checkValid(&is, key.Created)
	}
	if err == nil {
		err = c.tell("keys.rotate", id)
	}
	if err == nil {
		err = c.tell("keys.create", key.ID)
	}
	if err != nil {
		return "", account.Key{}, err
	}
	_, err = c.keys.store.ChangeKey(ctx, id, func(old *account.Key) (*account.Key, error) {
		if err := checkValid(old, key.Created); err != nil {
			return nil, err
		}
		key.Owner, key.Plan, key.Name = old.Owner, old.Plan, old.Name
		key.Scopes, key.Tools, key.From, key.Expires = old.Scopes, old.Tools, old.From, old.Expires
		end(old, key.Created.Add(overlap))
		add := key
		return &add, nil
	})
	if err != nil {
		return "", account.Key{}, storeTrouble("rotate key", err)
	}
	c.keys.Forget(id)
	c.keys.misses.forget(key.Digest)
	return secret, key, nil
}

func checkValid(k *account.Key, now time.Time) error {
	if !k.Valid(now) {
		return fault.New(fault.Invalid, "KEY_NOT_VALID", "key %s is expired or revoked", k.ID)
	}
	return nil
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
