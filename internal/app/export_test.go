package app

import (
	"context"
	"net/http"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/pause"
)

// Pauses is what the server knows to be paused.
func (s *Server) Pauses() *pause.Board { return s.queue.Pauses() }

// AuditRows are what operators changed, the newest first.
func (s *Server) AuditRows(ctx context.Context) ([]account.AuditRow, error) {
	return s.store.AuditRows(ctx, 0, time.Time{}, 1000)
}

// AdminChanges are the methods and paths by which operators change something.
func AdminChanges() (list []string) {
	for _, r := range routes(parts{}) {
		if r.Access == httpapi.Admin && r.Method != http.MethodGet {
			list = append(list, r.Method+" "+r.Path)
		}
	}
	return list
}
