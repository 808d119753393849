// Package world is what the cases of the suite have: a store, a clock that is
// moved by hand, and words for what is done and seen again and again. It judges
// only that nothing failed that should not have.
package world

import (
	"testing"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/protocol"
)

// Store is all that a store has to be.
type Store interface {
	protocol.Store
	auth.Store
	sign.Store
	protocol.Hooks
	protocol.Outbox
}

// A Place makes room for a store's data and returns a function that opens a
// store there, empty the first time. Called again, after the store was closed,
// it opens the same data. The suite closes what it opened. now is the store's
// clock; the suite moves it.
type Place func(t *testing.T, now func() time.Time) (open func() Store)

// Cases are cases of the suite by their names, which are sentences.
type Cases map[string]func(*World)
