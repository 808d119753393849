package sqlitestore

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	deliveryColumns = "id, webhook, owner, target, url, event, job, sequence, created, state, due, attempts, expires, reason, log, calling, ordered, data"

	sqlPutDelivery = "INSERT INTO deliveries (" + deliveryColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	sqlSetDelivery = "UPDATE deliveries SET state = ?1, since = iif(due = ?2, since, ?8), due = ?2, attempts = ?3, expires = ?4, reason = ?5, log = ?6, calling = ?9, ordered = ?10 WHERE id = ?7"
	sqlGetDelivery = "SELECT " + deliveryColumns + " FROM deliveries WHERE id = ?"
	sqlDueOf       = "SELECT " + deliveryColumns + " FROM deliveries WHERE state = 0 AND target = ?1 AND due <= ?2" +
		" AND NOT EXISTS (SELECT 1 FROM targets WHERE name = ?1 AND until > ?2 AND heard <= ?4) ORDER BY due, n LIMIT ?3"
	sqlLease      = "UPDATE deliveries SET due = ?, since = ?, calling = 1 WHERE id = ?"
	sqlDeliveries = "SELECT " + deliveryColumns + ` FROM deliveries WHERE webhook = ?1
		AND n < coalesce((SELECT n FROM deliveries WHERE id = ?2), iif(?2 = '', 9223372036854775807, 0)) ORDER BY n DESC LIMIT ?3`
	sqlUndelivered = "SELECT " + deliveryColumns + ` FROM deliveries WHERE webhook = ?1 AND state <> 1 AND created >= ?3
		AND n > coalesce((SELECT n FROM deliveries WHERE id = ?2), 0) ORDER BY n LIMIT ?4`
	sqlHasOldDelivery = "SELECT EXISTS (SELECT 1 FROM deliveries WHERE expires <= ?)"
	sqlDropDeliveries = "DELETE FROM deliveries WHERE n IN (SELECT n FROM deliveries WHERE expires <= ? ORDER BY expires LIMIT ?)"
)

// announce writes the deliveries that a job's end leads to. For an owner
// without webhooks it is a look into the writer's memory.
func (t *tx) announce(j *job.Job, address string) error {
	o, err := t.hooks(j.Owner)
	if err != nil || len(o.list) == 0 {
		return err
	}
	return t.told(o, job.Announce(j, address, o.list, t.now))
}

// told writes deliveries of an owner's webhooks, which have been counted.
func (t *tx) told(o *ownerHooks, list []job.Delivery) error {
	for i := range list {
		if err := t.putDelivery(&list[i]); err != nil {
			return err
		}
	}
	if len(list) > 0 {
		t.tally.spoilHooks(o)
	}
	return nil
}

func (t *tx) putDelivery(d *job.Delivery) error {
	t.due = true
	return t.run(sqlPutDelivery, func(b *file.Binder) {
		b.Text(d.ID).Text(d.Webhook).Text(d.Owner).Text(d.Target).Text(d.URL).Text(string(d.Event))
		if d.Job == (job.ID{}) {
			b.Null()
		} else {
			b.Blob(d.Job[:])
		}
		b.Int(d.Sequence).Time(d.Created).Int(int64(d.State)).Time(d.Due).Int(int64(d.Attempts)).Time(d.Expires)
		b.Text(d.Reason).BlobOrNull(d.Log).Bool(d.Calling).Bool(d.Ordered).BlobOrNull(d.Data)
	})
}

// AddDelivery writes a delivery that no job's end leads to, as the next event
// of its webhook, and returns it. NotFound WEBHOOK_NOT_FOUND if the owner has
// no such webhook.
func (s *Store) AddDelivery(ctx context.Context, d job.Delivery) (job.Delivery, error) {
	one := d
	err := s.write(ctx, "add delivery", true, func(t *tx) error {
		one = d
		o, err := t.hooks(d.Owner)
		if err != nil {
			return err
		}
		w, err := record.NextDelivery(&one, o.list)
		if err != nil {
			return err
		}
		if err := t.putDelivery(&one); err != nil {
			return err
		}
		w.Sequence++
		t.tally.spoilHooks(o)
		return nil
	})
	if err != nil {
		return job.Delivery{}, err
	}
	return one, nil
}

// Deliveries returns up to limit deliveries of a webhook, newest first, those
// older than the one with the id before if that is not empty.
func (s *Store) Deliveries(ctx context.Context, webhook, before string, limit int) (list []job.Delivery, err error) {
	err = s.read(ctx, "list deliveries", func(c conn) error {
		return c.Each(sqlDeliveries, func(b *file.Binder) { b.Text(webhook).Text(before).Int(int64(limit)) }, func(st *sqlite.Stmt) {
			list = append(list, c.deliveryAt(st))
		})
	})
	return list, err
}

// Undelivered returns up to limit deliveries of a webhook that were not accepted, of
// events at or after since, oldest first, those newer than the one with the id after.
func (s *Store) Undelivered(ctx context.Context, webhook string, since time.Time, after string, limit int) (list []job.Delivery, err error) {
	err = s.read(ctx, "list undelivered", func(c conn) error {
		list = nil
		return c.Each(sqlUndelivered, func(b *file.Binder) { b.Text(webhook).Text(after).Time(since).Int(int64(limit)) }, func(st *sqlite.Stmt) {
			list = append(list, c.deliveryAt(st))
		})
	})
	return list, err
}

// ClaimDeliveries returns due deliveries of each target, the longest due first,
// and moves their Due on by lease: nobody else gets them before that, and if
// nothing is recorded until then they are due again.
func (s *Store) ClaimDeliveries(ctx context.Context, wants []protocol.Want, lease time.Duration) (claimed []protocol.Dispatch, err error) {
	err = s.write(ctx, "claim deliveries", false, func(t *tx) error {
		claimed = claimed[:0]
		for _, w := range wants {
			list, err := t.claimOf(w, lease)
			if err != nil {
				return err
			}
			claimed = append(claimed, list...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

func (t *tx) claimOf(w protocol.Want, lease time.Duration) (list []protocol.Dispatch, err error) {
	err = t.c.Each(sqlDueOf, func(b *file.Binder) { b.Text(w.Target).Time(t.now).Int(int64(w.Most)).Time(t.now.Add(record.Slack)) }, func(st *sqlite.Stmt) {
		list = append(list, protocol.Dispatch{Delivery: t.c.deliveryAt(st)})
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if list, err = t.turns(list, lease); err != nil {
		return nil, err
	}
	for i := range list {
		d := &list[i].Delivery
		d.Calling = true
		d.Due = record.Time(record.Milli(job.ClaimedUntil(d, t.now, lease)))
		if err := t.runFenced(sqlLease, func(b *file.Binder) { b.Time(d.Due).Time(t.now).Text(d.ID) }); err != nil {
			return nil, err
		}
		o, err := t.hooks(d.Owner)
		if err != nil {
			return nil, err
		}
		if h := record.Webhook(o.list, d.Webhook); h != nil {
			hook := *h
			list[i].Webhook = &hook
		}
	}
	return list, nil
}

// turns leaves of a target's due deliveries those whose turn it is.
func (t *tx) turns(list []protocol.Dispatch, lease time.Duration) ([]protocol.Dispatch, error) {
	due := make([]job.Delivery, len(list))
	for i := range list {
		due[i] = list[i].Delivery
	}
	o, err := t.hooks(due[0].Owner)
	if err != nil {
		return nil, err
	}
	w := record.Webhook(o.list, due[0].Webhook)
	if !job.Turns(due, w) {
		return list, nil
	}
	turn, err := t.turnOf(due[0].Target)
	if err != nil {
		return nil, err
	}
	n, next := record.Turning(due, w, turn, t.now, lease)
	for i := range n {
		list[i].Delivery.Paced = due[i].Paced
	}
	return list[:n], t.setTurn(due[0].Target, next)
}

// ChangeDelivery lets decide change a delivery and its webhook in one
// transaction: of the delivery State, Due, Attempts, Expires, Reason, Log,
// Ordered and Heard, of the webhook what ChangeWebhooks may change; w is nil if the webhook was
// removed. now is the store's clock. It returns the delivery afterwards.
// Failures: decide's, after which nothing is changed, and NotFound
// DELIVERY_NOT_FOUND. decide may be called more than once.
func (s *Store) ChangeDelivery(ctx context.Context, id string, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) (d job.Delivery, err error) {
	err = s.write(ctx, "change delivery", false, func(t *tx) error {
		row, err := t.delivery(id, &d)
		if err != nil {
			return err
		}
		if !row {
			return record.DeliveryNotFound()
		}
		return t.changeDelivery(&d, decide)
	})
	if err != nil {
		return job.Delivery{}, err
	}
	return d, nil
}

// ChangeDeliveries is ChangeDelivery with some of one owner in one transaction; what
// is gone, or not the owner's, is left out.
func (s *Store) ChangeDeliveries(ctx context.Context, owner string, ids []string, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) error {
	return s.write(ctx, "change deliveries", false, func(t *tx) error {
		for _, id := range ids {
			var d job.Delivery
			row, err := t.delivery(id, &d)
			if err == nil && row && d.Owner == owner {
				err = t.changeDelivery(&d, decide)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// delivery reads one.
func (t *tx) delivery(id string, d *job.Delivery) (found bool, err error) {
	return t.c.One(sqlGetDelivery, func(b *file.Binder) { b.Text(id) }, func(st *sqlite.Stmt) { *d = t.c.deliveryAt(st) })
}

func (t *tx) changeDelivery(d *job.Delivery, decide func(*job.Delivery, *job.Webhook, time.Time) error) error {
	o, err := t.hooks(d.Owner)
	if err != nil {
		return err
	}
	before := *d
	was, is, err := record.ChangeDelivery(d, o.list, t.now, decide)
	if err != nil {
		return err
	}
	if record.Turned(&before, d) {
		if err := t.setTurn(d.Target, record.Micro(job.TurnAfter(was, t.now))); err != nil {
			return err
		}
	}
	t.due = t.due || record.DueNow(d, t.now)
	err = t.runFenced(sqlSetDelivery, func(b *file.Binder) {
		b.Int(int64(d.State)).Time(d.Due).Int(int64(d.Attempts)).Time(d.Expires).Text(d.Reason).BlobOrNull(d.Log).Text(d.ID).Time(t.now).Bool(d.Calling).Bool(d.Ordered)
	})
	if err == nil {
		err = t.hear(d)
	}
	if err != nil || was == nil {
		return err
	}
	if err := record.ChangeWebhook(was, is, t); err != nil {
		return fmt.Errorf("change webhook: %w", err)
	}
	*was = *is
	return nil
}

// SweepDeliveries removes up to limit deliveries that have expired at a time and
// returns how many; and what is known of targets that were not called for as
// long. While there are none it only reads.
func (s *Store) SweepDeliveries(ctx context.Context, now time.Time, limit int) (removed int, err error) {
	some := false
	if err := s.forgetTargets(ctx, now, limit); err != nil {
		return 0, err
	}
	err = s.read(ctx, "look for expired deliveries", func(c conn) error {
		_, err := c.One(sqlHasOldDelivery, func(b *file.Binder) { b.Time(now) }, func(st *sqlite.Stmt) { some = st.ColumnInt64(0) != 0 })
		return err
	})
	if err != nil || !some {
		return 0, err
	}
	err = s.write(ctx, "sweep deliveries", false, func(t *tx) error {
		err := t.run(sqlDropDeliveries, func(b *file.Binder) { b.Time(now).Int(int64(limit)) })
		removed = t.c.Changes()
		return err
	})
	return removed, err
}

// deliveryAt reads a row of deliveryColumns.
func (c conn) deliveryAt(st *sqlite.Stmt) job.Delivery {
	d := job.Delivery{
		ID: c.TextAt(st, 0), Webhook: c.TextAt(st, 1), Owner: c.NameAt(st, 2), Target: c.TextAt(st, 3), URL: c.TextAt(st, 4),
		Event: job.Event(c.NameAt(st, 5)), Sequence: st.ColumnInt64(7), Created: record.Time(st.ColumnInt64(8)),
		State: job.DeliveryState(st.ColumnInt64(9)), //nolint:gosec // as written
		Due:   record.Time(st.ColumnInt64(10)), Attempts: st.ColumnInt(11), Expires: record.Time(st.ColumnInt64(12)),
		Reason: c.TextAt(st, 13), Log: file.BlobAt(st, 14), Calling: st.ColumnInt64(15) != 0, Ordered: st.ColumnInt64(16) != 0,
		Data: file.BlobAt(st, 17),
	}
	st.ColumnBytes(6, d.Job[:])
	return d
}
