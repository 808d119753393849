package httpapi

import (
	"context"
	"hash/maphash"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/peer"
)

const (
	gateLanes = 64
	// gatePace is the time between two looks for keys from addresses in one lane.
	gatePace = 5 * time.Millisecond
)

// gates are lanes in which those addresses wait that have sent too many wrong
// keys: the store is asked for one key after the other there, 200 in a second.
// None is refused, because a right key from such an address is as good as from
// any other.
type gates struct {
	seed  maphash.Seed
	lanes [gateLanes]chan struct{} // one may be in each
}

func newGates() *gates {
	g := &gates{seed: maphash.MakeSeed()}
	for i := range g.lanes {
		g.lanes[i] = make(chan struct{}, 1)
	}
	return g
}

// gate is the gate of one call; it satisfies [auth.Gate].
type gate struct{ c *Call }

// Enter waits in the lane of the client's address if that has used up what wrong
// keys it may send.
func (g gate) Enter(ctx context.Context) (leave func(), err error) {
	s := g.c.s
	known := s.limiter.Address(peer.Client(g.c.r, s.TrustedProxies))
	if s.limiter.Allow(known, failedKeysPerMinute, 0).Remaining > 0 {
		return func() {}, nil
	}
	lane := s.gates.lanes[maphash.Comparable(s.gates.seed, known)%gateLanes]
	select {
	case lane <- struct{}{}:
		free := func() { <-lane }
		return func() { time.AfterFunc(gatePace, free) }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Unavailable, "UNAVAILABLE", "The server is busy; try again.").Because(ctx.Err())
	}
}
