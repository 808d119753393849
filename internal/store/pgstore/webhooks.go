package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
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
	err = s.read(ctx, s.pool, "list webhooks", func(rows pgx.Rows) error {
		w, err := scanWebhook(rows)
		list = append(list, w)
		return err
	}, sqlWebhooksOf, []string{enc(owner)})
	return list, err
}

// scanWebhook reads a row of webhookColumns.
func scanWebhook(rows pgx.Rows) (w job.Webhook, err error) {
	var events string
	var oldUntil, created, succeeded int64
	err = rows.Scan(&w.ID, &w.Owner, &w.URL, &events, &w.Secret, &w.OldSecret, &oldUntil, &w.Enabled, &w.Reason, &created, &succeeded, &w.Sequence)
	w.ID, w.Owner, w.URL, w.Reason, w.Events = dec(w.ID), dec(w.Owner), dec(w.URL), dec(w.Reason), record.Events(dec(events))
	w.OldUntil, w.Created, w.Succeeded = record.Time(oldUntil), record.Time(created), record.Time(succeeded)
	w.OldSecret = bytesOrNil(w.OldSecret)
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
// makes them what it returns; see webhook.Hooks.
func (s *Store) ChangeWebhooks(ctx context.Context, owner string, decide func([]job.Webhook) ([]job.Webhook, error)) error {
	return s.task(ctx, "change webhooks", []string{owner}, func(u *unit) error {
		o, err := u.owner(owner)
		if err != nil {
			return err
		}
		b := (*webhookBatch)(u.start())
		if _, err := record.ChangeWebhooks(owner, o.hooks, decide, b); err != nil {
			return err
		}
		if err = u.send((*pgx.Batch)(b)); unique(err) {
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
	b.queue(sqlPutWebhook, enc(w.ID), enc(w.Owner), enc(w.URL), enc(record.EventWords(w.Events)), blob(w.Secret), blobOrNull(w.OldSecret),
		record.Milli(w.OldUntil), w.Enabled, enc(w.Reason), record.Milli(w.Created), record.Milli(w.Succeeded), w.Sequence)
	return nil
}

// SetWebhook writes what became of one.
func (b *webhookBatch) SetWebhook(_, is *job.Webhook) error {
	must(b.queue(sqlSetWebhook, enc(is.ID), enc(record.EventWords(is.Events)), blob(is.Secret), blobOrNull(is.OldSecret),
		record.Milli(is.OldUntil), is.Enabled, enc(is.Reason), record.Milli(is.Succeeded)), 1)
	return nil
}

// DropWebhook removes one.
func (b *webhookBatch) DropWebhook(id string) error {
	must(b.queue(sqlDropWebhook, enc(id)), 1)
	return nil
}
