package storetest

import (
	"context"

	"claimcheck/internal/store/protocol"
)

// Shared stands before a store and says that it is a cluster's, for tests of those
// who then do more, or less.
type Shared struct {
	protocol.Store

	Led bool // another server leads
}

// Peers are those of whom nothing is heard.
func (s Shared) Peers() protocol.Peers { return Silent{Led: s.Led} }

// Silent are peers of whom nothing is heard, or none in a cluster of one.
type Silent struct {
	Led bool // one of them leads
}

// Leads reports whether nobody else does.
func (s Silent) Leads() bool { return !s.Led }

// Follow waits until ctx is done.
func (Silent) Follow(ctx context.Context, _ func(protocol.News)) { <-ctx.Done() }
