package pgstore

import (
	"context"

	"claimcheck/internal/account"
	"claimcheck/internal/store/record"
)

const (
	sqlOwnerUsage = `SELECT
			coalesce((SELECT jobs FROM claimcheck.usage WHERE owner = $1 AND month = $2), 0),
			coalesce((SELECT lost_refunds FROM claimcheck.usage WHERE owner = $1 AND month = $2), 0),
			coalesce((SELECT sum(queued) FROM claimcheck.counts WHERE owner = $1), 0)::bigint,
			coalesce((SELECT sum(running) FROM claimcheck.counts WHERE owner = $1), 0)::bigint,
			coalesce((SELECT stored_bytes FROM claimcheck.owners WHERE owner = $1), 0),
			coalesce((SELECT pending_uploads FROM claimcheck.owners WHERE owner = $1), 0)`
	sqlPlan = "SELECT plan FROM claimcheck.owners WHERE owner = $1 AND plan IS NOT NULL"
)

// Usage returns an owner's usage of a month and what it has now.
func (s *Store) Usage(ctx context.Context, owner string, month int) (u account.Usage, n account.Counts, err error) {
	_, err = s.one(ctx, "read usage", []any{&u.Jobs, &u.LostRefunds, &n.Queued, &n.Running, &n.StoredBytes, &n.PendingUploads}, sqlOwnerUsage, enc(owner), month)
	return u, n, err
}

// Plan returns the name of an owner's plan; NotFound for an owner without any
// key ever made.
func (s *Store) Plan(ctx context.Context, owner string) (plan string, err error) {
	found, err := s.one(ctx, "read plan", []any{&plan}, sqlPlan, enc(owner))
	if err == nil && !found {
		return "", record.NoPlan()
	}
	return dec(plan), err
}
