package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"slices"
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

// A Herald is who a proxy that is trusted says that it knows.
type Herald struct {
	Subject string // what the proxy calls the owner
	Plan    string // empty: nothing is said of it
	Scopes  []string
}

// Trust lets an authorizer outside vouch for owners, beside keys. It is called
// before the first check.
func (k *Keys) Trust(o Outside) { k.outside, k.bearers = o, newCache() }

// Own reports whether what was sent as a bearer's token has the form of a key of
// ours.
func Own(text string) bool { return len(text) == secretLen && wellFormed(text) }

// CheckBearer is CheckBehind for what was sent as a bearer's token: a key of ours,
// or a token of the authorizer that is trusted. Failures are those of Check, and
// Unavailable UNAVAILABLE of [Outside].
func (k *Keys) CheckBearer(ctx context.Context, gate Gate, text string) (*Principal, error) {
	if k.outside == nil || Own(text) || strings.Count(text, ".") != 2 {
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

// heraldID stands for a key's ID where a proxy said who calls.
const heraldID = "forwarded"

// Announced returns who a trusted proxy says that it knows, and notes the plan that
// it gives. It fails as Check does where there is nobody's name; trouble of the store
// is returned as it is.
func (k *Keys) Announced(ctx context.Context, h Herald) (*Principal, error) {
	if h.Subject == "" || len(h.Subject) > maxSubject {
		return nil, errUnauthorized
	}
	said := sha256.New()
	for _, text := range append([]string{h.Subject, h.Plan}, h.Scopes...) {
		said.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text)))) //nolint:gosec // a header field is short
		said.Write([]byte(text))
	}
	digest, now := [32]byte(said.Sum(nil)), k.now().UnixNano()
	if p := k.heralds.get(digest); p != nil && time.Duration(now-p.readAt.Load()).Abs() < bearerTrust {
		return p, nil
	}
	turn := k.heralds.turn.Load()
	owner := OwnerOf(heraldID, "fwd-", h.Subject)
	plan, err := k.store.PlanOwner(ctx, owner, h.Plan)
	if err != nil {
		return nil, storeTrouble("read plan", err)
	}
	p := newPrincipal(account.Key{ID: heraldID, Owner: owner, Plan: plan, Scopes: h.Scopes}, now)
	p.Subject, p.Ambient = h.Subject, true
	return k.heralds.put(digest, p, turn), nil
}

// maxSubject is how long a name may be that others give an owner, in bytes.
const maxSubject = 1024

// foreign begin the names of owners that are made of others' names for them.
var foreign = []string{"jwt-", "fwd-"}

// OwnerOf returns the name of an owner whom an issuer of names calls so: the same,
// if it can be an owner's name and is none that could have been made here, else one
// that begins with prefix, which is one of the list above.
func OwnerOf(issuer, prefix, subject string) string {
	made := slices.ContainsFunc(foreign, func(p string) bool { return strings.HasPrefix(subject, p) })
	if account.CheckOwner(subject) == nil && !made {
		return subject
	}
	sum := sha256.Sum256([]byte(issuer + "\n" + subject))
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
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
