package unit

import (
	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	sqlCountEvents = `UPDATE claimcheck.webhooks w SET sequence = u.sequence FROM unnest($1::text[], $2::bigint[]) u (id, sequence) WHERE w.id = u.id`
)

const (
	webhookColumns = "id, owner, url, events, secret, old_secret, old_until, enabled, reason, created, succeeded, sequence, terms"

	// SQLWebhooksOf reads the webhooks of some owners, for EachWebhook.
	SQLWebhooksOf = "SELECT " + webhookColumns + " FROM claimcheck.webhooks WHERE owner = ANY($1) ORDER BY created, n"
	sqlPutWebhook = "INSERT INTO claimcheck.webhooks (" + webhookColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
	sqlSetWebhook = `UPDATE claimcheck.webhooks SET events = $2, secret = $3, old_secret = $4, old_until = $5, enabled = $6, reason = $7, succeeded = $8, url = $9, terms = $10
		WHERE id = $1`
	sqlForgetTarget = "UPDATE claimcheck.targets SET standing = 0, until = 0, turn = 0 WHERE name = $1"
	sqlDropWebhook  = "DELETE FROM claimcheck.webhooks WHERE id = $1" //nolint:gosec // a statement, no secret
)

// ScanWebhook reads a row of webhookColumns.
func ScanWebhook(rows pgx.Rows) (w job.Webhook, err error) {
	var events string
	var terms []byte
	var oldUntil, created, succeeded int64
	err = rows.Scan(&w.ID, &w.Owner, &w.URL, &events, &w.Secret, &w.OldSecret, &oldUntil, &w.Enabled, &w.Reason, &created, &succeeded, &w.Sequence, &terms)
	w.ID, w.Owner, w.URL, w.Reason, w.Events = pg.Dec(w.ID), pg.Dec(w.Owner), pg.Dec(w.URL), pg.Dec(w.Reason), record.Events(pg.Dec(events))
	w.OldUntil, w.Created, w.Succeeded = record.Time(oldUntil), record.Time(created), record.Time(succeeded)
	w.OldSecret, w.Terms = pg.BytesOrNil(w.OldSecret), record.WebhookTerms(terms)
	return w, err
}

// EachWebhook shows the rows of SQLWebhooksOf to do.
func EachWebhook(rows pgx.Rows, do func(job.Webhook)) error {
	for rows.Next() {
		w, err := ScanWebhook(rows)
		if err != nil {
			return err
		}
		do(w)
	}
	return rows.Err()
}

// A WebhookBatch writes webhooks when it is sent.
type WebhookBatch pgx.Batch

func (b *WebhookBatch) queue(sql string, args ...any) *pgx.QueuedQuery {
	return (*pgx.Batch)(b).Queue(sql, args...)
}

// PutWebhook writes a new one.
func (b *WebhookBatch) PutWebhook(w *job.Webhook) error {
	b.queue(sqlPutWebhook, pg.Enc(w.ID), pg.Enc(w.Owner), pg.Enc(w.URL), pg.Enc(record.EventWords(w.Events)), pg.Blob(w.Secret), pg.BlobOrNull(w.OldSecret),
		record.Milli(w.OldUntil), w.Enabled, pg.Enc(w.Reason), record.Milli(w.Created), record.Milli(w.Succeeded), w.Sequence, pg.BlobOrNull(record.EncodeWebhookTerms(w.Terms)))
	return nil
}

// SetWebhook writes what became of one.
func (b *WebhookBatch) SetWebhook(was, is *job.Webhook) error {
	if !record.SameReceiver(was, is) {
		b.queue(sqlForgetTarget, pg.Enc(job.TargetOf(is, "")))
	}
	pg.Must(b.queue(sqlSetWebhook, pg.Enc(is.ID), pg.Enc(record.EventWords(is.Events)), pg.Blob(is.Secret), pg.BlobOrNull(is.OldSecret),
		record.Milli(is.OldUntil), is.Enabled, pg.Enc(is.Reason), record.Milli(is.Succeeded), pg.Enc(is.URL), pg.BlobOrNull(record.EncodeWebhookTerms(is.Terms))), 1)
	return nil
}

// DropWebhook removes one.
func (b *WebhookBatch) DropWebhook(id string) error {
	pg.Must(b.queue(sqlDropWebhook, pg.Enc(id)), 1)
	return nil
}

func (u *Unit) flushHooks(b *pgx.Batch) {
	var ids []string
	var sequences []int64
	for _, o := range u.owners {
		if !o.counted {
			continue
		}
		for i := range o.Hooks {
			ids, sequences = append(ids, pg.Enc(o.Hooks[i].ID)), append(sequences, o.Hooks[i].Sequence)
		}
	}
	if len(ids) > 0 {
		pg.Must(b.Queue(sqlCountEvents, ids, sequences), len(ids))
	}
	for i := range u.made {
		queueDelivery(b, &u.made[i])
	}
}
