package app

import (
	"context"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/pause"
)

// Pauses is what the server knows to be paused.
func (s *Server) Pauses() *pause.Board { return s.queue.Pauses() }

// AuditRows are what operators changed, the newest first.
func (s *Server) AuditRows(ctx context.Context) ([]account.AuditRow, error) {
	return s.store.AuditRows(ctx, 0, time.Time{}, 1000)
}
