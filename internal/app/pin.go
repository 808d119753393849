package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"claimcheck/internal/blob"
)

const (
	removeAtOnce = 200     // files removed in one call after the last pin went
	maxPending   = 100_000 // files noted while they are pinned; the collector finds more
)

// A pinnable is a storage of files whose removals can be put off, so that a
// copy has every file that its database names.
type pinnable struct {
	blob.Store

	mu      sync.Mutex // guards the fields below
	pins    int
	pending []string
}

// Remove removes files, or notes them while files are pinned. What is noted
// and lost with the process has no row: the collector of orphans finds it.
func (p *pinnable) Remove(ctx context.Context, keys ...string) error {
	p.mu.Lock()
	if p.pins > 0 {
		p.pending = append(p.pending, keys[:min(len(keys), max(maxPending-len(p.pending), 0))]...)
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()
	return p.Store.Remove(ctx, keys...)
}

// pin puts removals off until unpin is called.
func (p *pinnable) pin() (unpin func(ctx context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pins++
	return func(ctx context.Context) error {
		p.mu.Lock()
		p.pins--
		var keys []string
		if p.pins == 0 {
			keys, p.pending = p.pending, nil
		}
		p.mu.Unlock()
		var errs []error
		for some := range slices.Chunk(keys, removeAtOnce) {
			errs = append(errs, p.Store.Remove(ctx, some...))
		}
		return errors.Join(errs...)
	}
}
