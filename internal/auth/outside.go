package auth

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"claimcheck/internal/account"
)

// Outside is an authorizer that is not ours.
type Outside interface {
	// Verify returns what a token says of its bearer. Whatever is wrong with it is
	// Unauthorized UNAUTHORIZED; that it cannot be judged now is Unavailable.
	Verify(ctx context.Context, token string) (Bearer, error)
}

// A Bearer is what a good token says of who sends it.
type Bearer struct {
	Subject string // what the authorizer calls the owner
	Owner   string // what we do
	Plan    string // empty: nothing is said of it
	Scopes  []string
	Until   time.Time // the token is not good from here on
}

const (
	// bearerID stands for a key's ID where a token was sent.
	bearerID = "jwt"
	// bearerTrust is for how long a token that was found good is not looked at again.
	bearerTrust = time.Minute
)

// Trust lets an authorizer outside vouch for owners, beside keys. It is called
// before the first check.
func (k *Keys) Trust(o Outside) { k.outside, k.bearers = o, newCache() }

// CheckBearer is CheckBehind for what was sent as a bearer's token: a key of ours,
// or a token of the authorizer that is trusted. Failures are those of Check, and
// Unavailable UNAVAILABLE of [Outside].
func (k *Keys) CheckBearer(ctx context.Context, gate Gate, text string) (*Principal, error) {
	if k.outside == nil || len(text) == secretLen && wellFormed(text) || strings.Count(text, ".") != 2 {
		return k.CheckBehind(ctx, gate, text)
	}
	digest, now := sha256.Sum256([]byte(text)), k.now().UnixNano()
	p := k.bearers.get(digest)
	if p == nil || time.Duration(now-p.readAt.Load()).Abs() >= bearerTrust {
		var err error
		if p, err = k.vouched(ctx, digest, text, now); err != nil {
			return nil, err
		}
	}
	if now >= p.until {
		return nil, errUnauthorized
	}
	return p, nil
}

// vouched asks the authorizer, and notes the plan that it gives.
func (k *Keys) vouched(ctx context.Context, digest [32]byte, token string, now int64) (*Principal, error) {
	turn := k.bearers.turn.Load()
	b, err := k.outside.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	plan, err := k.store.PlanOwner(ctx, b.Owner, b.Plan)
	if err != nil {
		return nil, storeTrouble("read plan", err)
	}
	p := newPrincipal(account.Key{ID: bearerID, Owner: b.Owner, Plan: plan, Scopes: b.Scopes, Expires: b.Until}, now)
	p.Subject = b.Subject
	return k.bearers.put(digest, p, turn), nil
}

// Lent is who reads on behalf of an owner that an authorizer vouched for, until a
// time.
func Lent(owner, plan string, until time.Time) *Principal {
	return newPrincipal(account.Key{ID: bearerID, Owner: owner, Plan: plan, Scopes: []string{account.ScopeRead}, Expires: until}, 0)
}
