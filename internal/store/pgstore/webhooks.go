package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

// Webhooks returns an owner's webhooks, oldest first.
func (s *Store) Webhooks(ctx context.Context, owner string) (list []job.Webhook, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list webhooks", func(rows pgx.Rows) error {
		w, err := unit.ScanWebhook(rows)
		list = append(list, w)
		return err
	}, unit.SQLWebhooksOf, []string{pg.Enc(owner)})
	return list, err
}

// ChangeWebhooks shows an owner's webhooks to decide in one transaction and
// makes them what it returns; see protocol.Hooks.
func (s *Store) ChangeWebhooks(ctx context.Context, owner string, decide func([]job.Webhook) ([]job.Webhook, error)) error {
	return s.task(ctx, "change webhooks", []string{owner}, func(u *unit.Unit) error {
		o, err := u.Owner(owner)
		if err != nil {
			return err
		}
		b := (*unit.WebhookBatch)(u.Start())
		if _, err := record.ChangeWebhooks(owner, o.Hooks, decide, b); err != nil {
			return err
		}
		if (*pgx.Batch)(b).Len() == 0 {
			return nil
		}
		if err = u.Send((*pgx.Batch)(b)); pg.Unique(err) {
			return record.WebhookTaken(err)
		}
		return err
	})
}
