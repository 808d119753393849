package protocol

import (
	"context"
	"time"

	"claimcheck/internal/account"
)

// Audit is the record of what operators changed, and in whose name.
type Audit interface {
	// AddAudit keeps a row as the newest one; N and At are the store's to say.
	AddAudit(ctx context.Context, row account.AuditRow) error
	// AuditRows returns up to limit rows, the newest first: those whose N is below
	// before (0: of any), written at since or later.
	AuditRows(ctx context.Context, before int64, since time.Time, limit int) ([]account.AuditRow, error)
	// DropAudit removes up to limit rows that were written before a time, the
	// oldest first, and returns how many went.
	DropAudit(ctx context.Context, before time.Time, limit int) (int, error)
}
