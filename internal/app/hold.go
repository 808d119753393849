package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"claimcheck/internal/blob"
)

const (
	removeAtOnce = 200     // files removed in one call after a hold
	maxPending   = 100_000 // files noted during a hold; the collector finds more
)

// A holdable is a storage of files whose removals can be put off, so that a
// copy has every file that its database names.
type holdable struct {
	blob.Store

	mu      sync.Mutex // guards the fields below
	holds   int
	pending []string
}

// Remove removes files, or notes them while somebody holds on. What is noted
// and lost with the process has no row: the collector of orphans finds it.
func (h *holdable) Remove(ctx context.Context, keys ...string) error {
	h.mu.Lock()
	if h.holds > 0 {
		h.pending = append(h.pending, keys[:min(len(keys), max(maxPending-len(h.pending), 0))]...)
		h.mu.Unlock()
		return nil
	}
	h.mu.Unlock()
	return h.Store.Remove(ctx, keys...)
}

// hold puts removals off until release is called.
func (h *holdable) hold() (release func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holds++
	return func(ctx context.Context) error {
		h.mu.Lock()
		h.holds--
		var keys []string
		if h.holds == 0 {
			keys, h.pending = h.pending, nil
		}
		h.mu.Unlock()
		var errs []error
		for some := range slices.Chunk(keys, removeAtOnce) {
			errs = append(errs, h.Store.Remove(ctx, some...))
		}
		return errors.Join(errs...)
	}
}
