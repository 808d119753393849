package ratelimit

import (
	"net/netip"
	"time"
)

// How many allowances are remembered, about 150 bytes each.
const (
	MaxOwners    = 1 << 17 // of each of the two kinds
	MaxAddresses = 1 << 16
)

// A Limiter has the allowances of all owners and client addresses of this
// process. It is safe for concurrent use.
type Limiter struct {
	now       func() time.Time
	status    *Buckets
	submit    *Buckets
	addresses *Buckets
}

// An Owner is an owner's two allowances: GET and HEAD calls spend Status, all
// others Submit. It may be kept as long as one likes.
type Owner struct {
	Status *Bucket
	Submit *Bucket
}

// New returns a limiter that reads the time from now, which should never step.
func New(now func() time.Time) *Limiter {
	return &Limiter{now: now, status: NewBuckets(MaxOwners), submit: NewBuckets(MaxOwners), addresses: NewBuckets(MaxAddresses)}
}

// NewShared returns a limiter whose owners' allowances hold over all servers
// that use the ledger, and the exchange that sees to it, which must be run. now
// should never step; it is this server's own, as the allowances of addresses are.
func NewShared(now func() time.Time, ledger Ledger) (*Limiter, *Exchange) {
	exchange := newExchange(ledger, now)
	return &Limiter{
		now: now, status: newBuckets(MaxOwners, "status/", exchange), submit: newBuckets(MaxOwners, "submit/", exchange),
		addresses: NewBuckets(MaxAddresses),
	}, exchange
}

// Owner returns the allowances of an owner, the same for all its keys.
func (l *Limiter) Owner(name string) Owner {
	now := l.now()
	return Owner{Status: l.status.Get(name, now), Submit: l.submit.Get(name, now)}
}

// Address returns the allowance of failed keys of a client address. An IPv6
// client is known by its first 64 bits: the rest it can choose at will.
func (l *Limiter) Address(addr netip.Addr) *Bucket {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			addr = network.Addr()
		}
	}
	return l.addresses.Get(addr.String(), l.now())
}

// Allow spends cost from b now; see [Bucket.Allow].
func (l *Limiter) Allow(b *Bucket, perMinute, cost int64) Result {
	return b.Allow(l.now(), perMinute, cost)
}
