package care

import (
	"context"
	"time"

	"claimcheck/internal/store/protocol"
)

const (
	minuteBatch  = 1000      // rows of what was counted that go at once
	aheadMinutes = time.Hour // rows further ahead of the store's clock were dated by one that was put right since
)

// someMinutes removes what was counted longer ago than is kept.
func (s *sweep) someMinutes(ctx context.Context, now time.Time) (more bool) {
	for _, length := range protocol.MinuteLengths() {
		before := now.Add(-protocol.MinutesKept - time.Duration(length)*time.Minute)
		n, err := s.k.config.Store.DropMinutes(ctx, length, before, now.Add(aheadMinutes), minuteBatch)
		if err != nil {
			s.fail("remove old minutes", err)
			return false
		}
		more = more || n >= minuteBatch
	}
	return more
}
