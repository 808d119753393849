package pgstore

import (
	"context"

	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
)

const sqlOwner = `SELECT
			coalesce((SELECT jobs FROM claimcheck.usage WHERE owner = $1 AND month = $2), 0),
			coalesce((SELECT lost_refunds FROM claimcheck.usage WHERE owner = $1 AND month = $2), 0),
			coalesce((SELECT sum(queued) FROM claimcheck.counts WHERE owner = $1), 0)::bigint,
			coalesce((SELECT sum(running) FROM claimcheck.counts WHERE owner = $1), 0)::bigint,
			coalesce((SELECT stored_bytes FROM claimcheck.owners WHERE owner = $1), 0),
			coalesce((SELECT pending_uploads FROM claimcheck.owners WHERE owner = $1), 0),
			coalesce((SELECT plan FROM claimcheck.owners WHERE owner = $1), '')`

// Owner returns what an owner used in a month, what it has now, and its plan.
func (s *Store) Owner(ctx context.Context, owner string, month int) (o protocol.Owner, err error) {
	u, n := &o.Usage, &o.Counts
	_, err = s.db.One(ctx, "read owner", []any{&u.Jobs, &u.LostRefunds, &n.Queued, &n.Running, &n.StoredBytes, &n.PendingUploads, &o.Plan}, sqlOwner, pg.Enc(owner), month)
	o.Plan = pg.Dec(o.Plan)
	return o, err
}
