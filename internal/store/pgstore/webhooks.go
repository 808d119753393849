package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	webhookColumns = "id, owner, url, events, secret, old_secret, old_until, enabled, reason, created, succeeded, sequence"

	sqlWebhooksOf = "SELECT " + webhookColumns + " FROM claimcheck.webhooks WHERE owner = ANY($1) ORDER BY created, n"
	sqlPutWebhook = "INSERT INTO claimcheck.webhooks (" + webhookColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
	sqlSetWebhook = `UPDATE claimcheck.webhooks SET events = $2, secret = $3, old_secret = $4, old_until = $5, enabled = $6, reason = $7, succeeded = $8
		WHERE id = $1`
	sqlDropWebhook = "DELETE FROM claimcheck.webhooks WHERE id = $1" //nolint:gosec // a statement, no secret
)

// Webhooks returns an owner's webhooks, oldest first.
func (s *Store) Webhooks(ctx context.Context, owner string) (list []job.Webhook, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list webhooks", func(rows pgx.Rows) error {
		w, err := scanWebhook(rows)
		list = append(list, w)
		return err
	}, sqlWebhooksOf, []string{pg.Enc(owner)})
	return list, err
}

// scanWebhook reads a row of webhookColumns.
func scanWebhook(rows pgx.Rows) (w job.Webhook, err error) {
	var events string
	var oldUntil, created, succeeded int64
	err = rows.Scan(&w.ID, &w.Owner, &w.URL, &events, &w.Secret, &w.OldSecret, &oldUntil, &w.Enabled, &w.Reason, &created, &succeeded, &w.Sequence)
	w.ID, w.Owner, w.URL, w.Reason, w.Events = pg.Dec(w.ID), pg.Dec(w.Owner), pg.Dec(w.URL), pg.Dec(w.Reason), record.Events(pg.Dec(events))
	w.OldUntil, w.Created, w.Succeeded = record.Time(oldUntil), record.Time(created), record.Time(succeeded)
	w.OldSecret = pg.BytesOrNil(w.OldSecret)
	return w, err
}

func eachWebhook(rows pgx.Rows, do func(job.Webhook)) error {
	for rows.Next() {
		w, err := scanWebhook(rows)
		if err != nil {
			return err
		}
		do(w)
	}
	return rows.Err()
}

// ChangeWebhooks shows an owner's webhooks to decide in one transaction and
// makes them what it returns; see protocol.Hooks.
func (s *Store) ChangeWebhooks(ctx context.Context, owner string, decide func([]job.Webhook) ([]job.Webhook, error)) error {
	return s.task(ctx, "change webhooks", []string{owner}, func(u *unit) error {
		o, err := u.owner(owner)
		if err != nil {
			return err
		}
		b := (*webhookBatch)(u.Start())
		if _, err := record.ChangeWebhooks(owner, o.hooks, decide, b); err != nil {
			return err
		}
		if err = u.Send((*pgx.Batch)(b)); pg.Unique(err) {
			return record.WebhookTaken(err)
		}
		return err
	})
}

// A webhookBatch writes webhooks when it is sent.
type webhookBatch pgx.Batch

func (b *webhookBatch) queue(sql string, args ...any) *pgx.QueuedQuery {
	return (*pgx.Batch)(b).Queue(sql, args...)
}

// PutWebhook writes a new one.
func (b *webhookBatch) PutWebhook(w *job.Webhook) error {
	b.queue(sqlPutWebhook, pg.Enc(w.ID), pg.Enc(w.Owner), pg.Enc(w.URL), pg.Enc(record.EventWords(w.Events)), pg.Blob(w.Secret), pg.BlobOrNull(w.OldSecret),
		record.Milli(w.OldUntil), w.Enabled, pg.Enc(w.Reason), record.Milli(w.Created), record.Milli(w.Succeeded), w.Sequence)
	return nil
}

// SetWebhook writes what became of one.
func (b *webhookBatch) SetWebhook(_, is *job.Webhook) error {
	pg.Must(b.queue(sqlSetWebhook, pg.Enc(is.ID), pg.Enc(record.EventWords(is.Events)), pg.Blob(is.Secret), pg.BlobOrNull(is.OldSecret),
		record.Milli(is.OldUntil), is.Enabled, pg.Enc(is.Reason), record.Milli(is.Succeeded)), 1)
	return nil
}

// DropWebhook removes one.
func (b *webhookBatch) DropWebhook(id string) error {
	pg.Must(b.queue(sqlDropWebhook, pg.Enc(id)), 1)
	return nil
}
