package care

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// someUploads removes uploads that expired without ever having had a job, and
// finishes those whose file has arrived without our being told. While the storage
// of files is away it tries only a few.
func (s *sweep) someUploads(ctx context.Context, now time.Time) (n int, more bool) {
	list, err := protocol.ExpiredUploads(ctx, s.k.config.Store, now, sweepBatch+len(s.uploads))
	if err != nil {
		s.fail("find expired uploads", err)
		return 0, false
	}
	list = slices.DeleteFunc(list, func(u job.Upload) bool { return s.uploads[u.ID] })
	list = list[:min(len(list), sweepBatch)]
	away, stuck := 0, len(s.uploads)
	for i := range list {
		swept, err := s.k.config.Uploads.RemoveExpired(ctx, &list[i], now)
		if err != nil {
			s.fail("remove expired upload "+list[i].ID, err)
		}
		if swept {
			n++
		} else if err != nil && ctx.Err() == nil {
			s.uploads[list[i].ID] = true
		}
		if away++; !fault.Is(err, fault.Unavailable) {
			away = 0
		}
		if away == maxAway || ctx.Err() != nil {
			return n, false
		}
	}
	return n, len(list) == sweepBatch && n+len(s.uploads) > stuck && len(s.uploads) < maxStuck
}

// endMisdated returns a step that ends pending uploads which seem to be begun in
// the future, and would be kept until that has come: each has its own
// time, by this process's clock. A file that has arrived is kept. One that cannot be
// ended holds up no other, and is tried again.
func (k *Keeper) endMisdated() func(context.Context) error {
	seen := map[string]time.Time{} // by the clock that never steps
	return func(ctx context.Context) error {
		list, err := protocol.UploadsAfter(ctx, k.config.Store, k.config.Clock.Now().Add(clock.Slack), maxMisdated)
		if err != nil {
			return fmt.Errorf("find uploads from the future: %w", err)
		}
		before, steady := seen, k.config.Clock.Steady()
		var trouble error
		seen = make(map[string]time.Time, len(list))
		for i := range list {
			u := &list[i]
			first, known := before[u.ID]
			if !known {
				first = steady
			}
			if max(steady.Sub(first), k.config.Clock.Since(u.Created)) >= k.config.Uploads.Life() && ctx.Err() == nil {
				err := k.config.Uploads.EndPending(ctx, u)
				if err == nil {
					continue
				}
				trouble = cmp.Or(trouble, err)
			}
			seen[u.ID] = first
		}
		return trouble
	}
}

// maxMisdated bounds how many uploads from the future are looked at together.
const maxMisdated = 10_000
