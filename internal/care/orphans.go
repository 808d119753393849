package care

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"claimcheck/internal/blob"
)

const orphanWait = time.Hour // between two looks for files without a row

// leaderLook is how often a server that does not lead looks whether it does by
// now.
const leaderLook = time.Minute

// collectOrphans removes files that no row names: a process died between
// writing a file and its row, or between removing the row and its file. First it
// looks at files of earlier processes only (if they are known), then at those that are an hour old,
// so that none is taken whose row is still to come, and none at all for as long
// after a step of the clock. Where several servers write, the leader does it for all.
func (k *Keeper) collectOrphans(ctx context.Context) {
	before := k.config.Began
	if before.IsZero() {
		before = k.config.Clock.Now().Add(-orphanWait)
	}
	var seen map[string]bool
	for turn := 0; ; turn++ {
		wait := orphanWait
		if k.leads() && !k.config.Clock.SteppedWithin(orphanWait) {
			seen = k.collectOnce(ctx, before, seen)
			if turn%missingTurns == 1 { // not while everybody starts
				k.lookForMissing(ctx)
			}
		} else {
			seen, wait, turn = nil, leaderLook, turn-1
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			before = k.config.Clock.Now().Add(-orphanWait)
		}
	}
}

// collectOnce collects and tells.
func (k *Keeper) collectOnce(ctx context.Context, before time.Time, seen map[string]bool) (next map[string]bool) {
	var n int
	var err error
	if k.config.Store.Peers() != nil {
		next, n, err = k.collectShared(ctx, before, seen)
	} else {
		n, err = k.CollectOrphans(ctx, before)
	}
	if err != nil && ctx.Err() == nil {
		k.config.Log.ErrorContext(ctx, "maintenance failed", "what", "orphans", "err", err)
	}
	if n > 0 {
		k.config.Observer.Swept(0, n)
		k.config.Log.InfoContext(ctx, "removed files without a row", "files", n)
	}
	return next
}

// maxSeen bounds how many files are remembered from one look to the next.
const maxSeen = 100_000

// collectShared removes the files that no row names now and that none named at
// the look before, seen: the clocks of the database and of the storage need not
// agree on what is an hour old. It returns those that are to be looked at again.
func (k *Keeper) collectShared(ctx context.Context, before time.Time, seen map[string]bool) (next map[string]bool, removed int, err error) {
	next = map[string]bool{}
	err = eachOrphan(ctx, k.config.Store, k.config.Blobs, before, func(keys []string) error {
		var again []string
		for _, key := range keys {
			if seen[key] {
				again = append(again, key)
			} else if len(next) < maxSeen {
				next[key] = true
			}
		}
		removed += len(again)
		return k.config.Blobs.Remove(ctx, again...)
	})
	if err != nil {
		return next, removed, fmt.Errorf("collect orphans: %w", err)
	}
	return next, removed, nil
}

// missingTurns is after how many looks for files without a row there is one for
// rows without their file, which asks for every file.
const missingTurns = 24

// lookForMissing reports rows whose file is missing; what to do about them is
// for the operator to say (claimcheck doctor).
func (k *Keeper) lookForMissing(ctx context.Context) {
	var r Report
	err := k.Doctor().missing(ctx, &r, false)
	switch {
	case err != nil && ctx.Err() == nil:
		k.config.Log.ErrorContext(ctx, "maintenance failed", "what", "missing files", "err", err)
	case err == nil:
		k.config.Observer.FilesMissing(r.Missing)
	}
	if r.Missing > 0 {
		k.config.Log.ErrorContext(ctx, "files that rows name are missing", "files", r.Missing, "first", r.Lost[0])
	}
}

// CollectOrphans removes the files last modified before the given time that no
// row names, and returns how many.
func (k *Keeper) CollectOrphans(ctx context.Context, before time.Time) (removed int, err error) {
	err = eachOrphan(ctx, k.config.Store, k.config.Blobs, before, func(keys []string) error {
		removed += len(keys)
		return k.config.Blobs.Remove(ctx, keys...)
	})
	if err != nil {
		return removed, fmt.Errorf("collect orphans: %w", err)
	}
	return removed, nil
}

// eachOrphan calls visit with files last modified before the given time that no
// row names, some at a time. What visit cannot do holds up nothing behind it; the
// first such failure is returned at the end.
func eachOrphan(ctx context.Context, store Store, blobs blob.Store, before time.Time, visit func(keys []string) error) error {
	var batch []string
	var first error
	check := func() error {
		named, err := store.Named(ctx, batch)
		if err != nil {
			return err
		}
		var orphans []string
		for i, key := range batch {
			if !named[i] {
				orphans = append(orphans, key)
			}
		}
		batch = batch[:0]
		if err := visit(orphans); err != nil && first == nil {
			first = err
		}
		return ctx.Err()
	}
	err := blobs.Walk(ctx, before, func(key string) error {
		batch = append(batch, key)
		if len(batch) < sweepBatch {
			return nil
		}
		return check()
	})
	if err == nil {
		err = check()
	}
	if err = cmp.Or(err, first); err != nil {
		return fmt.Errorf("look for files without a row: %w", err)
	}
	return nil
}
