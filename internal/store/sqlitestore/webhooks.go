package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

const (
	webhookColumns = "id, owner, url, events, secret, old_secret, old_until, enabled, reason, created, succeeded, sequence"

	sqlWebhooks   = "SELECT " + webhookColumns + " FROM webhooks WHERE owner = ? ORDER BY created, rowid"
	sqlPutWebhook = "INSERT INTO webhooks (" + webhookColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	sqlSetWebhook = `UPDATE webhooks SET events = ?, secret = ?, old_secret = ?, old_until = ?, enabled = ?, reason = ?, succeeded = ?
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
	err = s.read(ctx, "list webhooks", func(c *conn) error {
		list, err = c.webhooks(owner)
		return err
	})
	return list, err
}

func (c *conn) webhooks(owner string) (list []job.Webhook, err error) {
	err = c.each(sqlWebhooks, func(b *binder) { b.text(owner) }, func(st *sqlite.Stmt) {
		w := job.Webhook{
			ID: c.textAt(st, 0), Owner: c.nameAt(st, 1), URL: c.textAt(st, 2),
			Secret: blobAt(st, 4), OldSecret: blobAt(st, 5), OldUntil: record.Time(st.ColumnInt64(6)),
			Enabled: st.ColumnInt64(7) != 0, Reason: c.textAt(st, 8),
			Created: record.Time(st.ColumnInt64(9)), Succeeded: record.Time(st.ColumnInt64(10)), Sequence: st.ColumnInt64(11),
		}
		w.Events = record.Events(c.textAt(st, 3))
		list = append(list, w)
	})
	return list, err
}

// ChangeWebhooks shows an owner's webhooks to decide in one transaction and
// makes them what it returns: those that it leaves out are removed, new ones
// added; of the others everything but ID, Owner, URL, Created and Sequence may
// differ. decide may be called more than once and must not change the slices
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
	err := t.run(sqlPutWebhook, func(b *binder) {
		b.text(w.ID).text(w.Owner).text(w.URL).text(record.EventWords(w.Events)).blob(w.Secret).blobOrNull(w.OldSecret).time(w.OldUntil)
		b.bool(w.Enabled).text(w.Reason).time(w.Created).time(w.Succeeded).int(w.Sequence)
	})
	if constraint(err) {
		return record.WebhookTaken(err)
	}
	return err
}

// SetWebhook writes what became of one.
func (t *tx) SetWebhook(_, is *job.Webhook) error {
	return t.runFenced(sqlSetWebhook, func(b *binder) {
		b.text(record.EventWords(is.Events)).blob(is.Secret).blobOrNull(is.OldSecret).time(is.OldUntil)
		b.bool(is.Enabled).text(is.Reason).time(is.Succeeded).text(is.ID)
	})
}

// DropWebhook removes one.
func (t *tx) DropWebhook(id string) error {
	return t.runFenced(sqlDropWebhook, func(b *binder) { b.text(id) })
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
			if err := t.run(sqlCountEvents, func(b *binder) { b.int(w.Sequence).text(w.ID) }); err != nil {
				return err
			}
		}
		o.dirty = false
	}
	y.counted = y.counted[:0]
	return nil
}
