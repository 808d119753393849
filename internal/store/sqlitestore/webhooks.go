package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	webhookColumns = "id, owner, url, events, secret, old_secret, old_until, enabled, reason, created, succeeded, sequence, terms"

	sqlWebhooks   = "SELECT " + webhookColumns + " FROM webhooks WHERE owner = ? ORDER BY created, rowid"
	sqlPutWebhook = "INSERT INTO webhooks (" + webhookColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	sqlSetWebhook = `UPDATE webhooks SET events = ?, secret = ?, old_secret = ?, old_until = ?, enabled = ?, reason = ?, succeeded = ?, url = ?, terms = ?
		WHERE id = ?`
	sqlCountEvents = "UPDATE webhooks SET sequence = ? WHERE id = ?"
	sqlDropWebhook = "DELETE FROM webhooks WHERE id = ?" //nolint:gosec // a statement, no secret
)

// ownerHooks are an owner's webhooks in the writer's memory, oldest first, so
// that the end of a job asks the database about them once only.
type ownerHooks struct {
	list  []job.Webhook
	dirty bool // a Sequence differs from the database
}

// Webhooks returns an owner's webhooks, oldest first.
func (s *Store) Webhooks(ctx context.Context, owner string) (list []job.Webhook, err error) {
	err = s.read(ctx, "list webhooks", func(c conn) error {
		list, err = c.webhooks(owner)
		return err
	})
	return list, err
}

func (c conn) webhooks(owner string) (list []job.Webhook, err error) {
	err = c.Each(sqlWebhooks, func(b *file.Binder) { b.Text(owner) }, func(st *sqlite.Stmt) {
		w := job.Webhook{
			ID: c.TextAt(st, 0), Owner: c.NameAt(st, 1), URL: c.TextAt(st, 2),
			Secret: file.BlobAt(st, 4), OldSecret: file.BlobAt(st, 5), OldUntil: record.Time(st.ColumnInt64(6)),
			Enabled: st.ColumnInt64(7) != 0, Reason: c.TextAt(st, 8),
			Created: record.Time(st.ColumnInt64(9)), Succeeded: record.Time(st.ColumnInt64(10)), Sequence: st.ColumnInt64(11),
		}
		w.Events, w.Terms = record.Events(c.TextAt(st, 3)), record.WebhookTerms(file.BlobAt(st, 12))
		list = append(list, w)
	})
	return list, err
}

// ChangeWebhooks shows an owner's webhooks to decide in one transaction and
// makes them what it returns: those that it leaves out are removed, new ones
// added; of the others everything but ID, Owner, Created and Sequence may
// differ, and the URL of one that has one. decide may be called more than once and must not change the slices
// of the webhooks. If it returns an error, that is returned and nothing
// is changed. An id that is taken is Conflict WEBHOOK_TAKEN.
func (s *Store) ChangeWebhooks(ctx context.Context, owner string, decide func([]job.Webhook) ([]job.Webhook, error)) error {
	return s.write(ctx, "change webhooks", true, func(t *tx) error {
		o, err := t.hooks(owner)
		if err != nil {
			return err
		}
		next, err := record.ChangeWebhooks(owner, o.list, decide, t)
		if err != nil {
			return err
		}
		o.list = next
		return nil
	})
}

// PutWebhook writes a new one.
func (t *tx) PutWebhook(w *job.Webhook) error {
	err := t.run(sqlPutWebhook, func(b *file.Binder) {
		b.Text(w.ID).Text(w.Owner).Text(w.URL).Text(record.EventWords(w.Events)).Blob(w.Secret).BlobOrNull(w.OldSecret).Time(w.OldUntil)
		b.Bool(w.Enabled).Text(w.Reason).Time(w.Created).Time(w.Succeeded).Int(w.Sequence).BlobOrNull(record.EncodeWebhookTerms(w.Terms))
	})
	if file.Constraint(err) {
		return record.WebhookTaken(err)
	}
	return err
}

// SetWebhook writes what became of one.
func (t *tx) SetWebhook(was, is *job.Webhook) error {
	if !record.SameReceiver(was, is) {
		if err := t.run(sqlForgetTarget, func(b *file.Binder) { b.Text(job.TargetOf(is, "")) }); err != nil {
			return err
		}
	}
	return t.runFenced(sqlSetWebhook, func(b *file.Binder) {
		b.Text(record.EventWords(is.Events)).Blob(is.Secret).BlobOrNull(is.OldSecret).Time(is.OldUntil)
		b.Bool(is.Enabled).Text(is.Reason).Time(is.Succeeded).Text(is.URL).BlobOrNull(record.EncodeWebhookTerms(is.Terms)).Text(is.ID)
	})
}

// DropWebhook removes one.
func (t *tx) DropWebhook(id string) error {
	return t.runFenced(sqlDropWebhook, func(b *file.Binder) { b.Text(id) })
}

// hooks returns an owner's webhooks, this transaction included.
func (t *tx) hooks(owner string) (*ownerHooks, error) {
	if o := t.tally.hooks[owner]; o != nil {
		return o, nil
	}
	list, err := t.c.webhooks(owner)
	if err != nil {
		return nil, err
	}
	o := &ownerHooks{list: list}
	t.tally.hooks[owner] = o
	return o, nil
}

// spoilHooks notes that a Sequence was counted.
func (y *tally) spoilHooks(o *ownerHooks) {
	if !o.dirty {
		o.dirty = true
		y.counted = append(y.counted, o)
	}
}

func (y *tally) flushHooks(t *tx) error {
	for _, o := range y.counted {
		for i := range o.list {
			w := &o.list[i]
			if err := t.run(sqlCountEvents, func(b *file.Binder) { b.Int(w.Sequence).Text(w.ID) }); err != nil {
				return err
			}
		}
		o.dirty = false
	}
	y.counted = y.counted[:0]
	return nil
}
