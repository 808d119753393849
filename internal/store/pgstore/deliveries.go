package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlSetDelivery = "UPDATE claimcheck.deliveries SET state = $2, since = CASE WHEN due = $3 THEN since ELSE $8 END, due = $3, attempts = $4, expires = $5, reason = $6, log = $7 WHERE id = $1"
	sqlOwnerOf     = "SELECT owner FROM claimcheck.deliveries WHERE id = $1"
	sqlGetDelivery = "SELECT " + unit.DeliveryColumns + " FROM claimcheck.deliveries WHERE id = $1 FOR UPDATE"
	sqlDueOf       = "SELECT " + unit.DeliveryColumns + ` FROM claimcheck.deliveries
		WHERE state = 0 AND target = $1 AND due <= $2
		AND NOT EXISTS (SELECT 1 FROM claimcheck.targets WHERE name = $1 AND until > $2 AND heard <= $4) ORDER BY due, n LIMIT $3 FOR UPDATE SKIP LOCKED`
	sqlLease      = "UPDATE claimcheck.deliveries SET due = $1, since = $3 WHERE id = ANY($2)"
	sqlDeliveries = "SELECT " + unit.DeliveryColumns + ` FROM claimcheck.deliveries WHERE webhook = $1
		AND n < coalesce((SELECT n FROM claimcheck.deliveries WHERE id = $2), CASE WHEN $2 = '' THEN 9223372036854775807 ELSE 0 END) ORDER BY n DESC LIMIT $3`
	sqlHasOldDelivery = "SELECT EXISTS (SELECT 1 FROM claimcheck.deliveries WHERE expires <= $1)"
	sqlDropDeliveries = `DELETE FROM claimcheck.deliveries WHERE id IN (SELECT id FROM claimcheck.deliveries
		WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)`
)

// scanDelivery reads a row of deliveryColumns.
func scanDelivery(rows pgx.Rows) (d job.Delivery, err error) {
	var event string
	var id pgtype.UUID
	var created, due, expires int64
	err = rows.Scan(&d.ID, &d.Webhook, &d.Owner, &d.Target, &d.URL, &event, &id, &d.Sequence, &created, &d.State, &due, &d.Attempts, &expires, &d.Reason, &d.Log)
	d.ID, d.Webhook, d.Owner, d.Target = pg.Dec(d.ID), pg.Dec(d.Webhook), pg.Dec(d.Owner), pg.Dec(d.Target)
	d.URL, d.Reason, d.Event, d.Log = pg.Dec(d.URL), pg.Dec(d.Reason), job.Event(pg.Dec(event)), pg.BytesOrNil(d.Log)
	d.Created, d.Due, d.Expires = record.Time(created), record.Time(due), record.Time(expires)
	if id.Valid {
		d.Job = id.Bytes
	}
	return d, err
}

func collectDeliveries(rows pgx.Rows, into *[]job.Delivery) error {
	for rows.Next() {
		d, err := scanDelivery(rows)
		if err != nil {
			return err
		}
		*into = append(*into, d)
	}
	return rows.Err()
}

// AddDelivery writes a delivery that no job's end leads to, as the next event
// of its webhook, and returns it. NotFound WEBHOOK_NOT_FOUND if the owner has
// no such webhook.
func (s *Store) AddDelivery(ctx context.Context, d job.Delivery) (job.Delivery, error) {
	one := d
	err := s.task(ctx, "add delivery", []string{d.Owner}, func(u *unit.Unit) error {
		one = d
		return u.AddDelivery(&one)
	})
	if err != nil {
		return job.Delivery{}, err
	}
	return one, nil
}

// Deliveries returns up to limit deliveries of a webhook, newest first, those
// older than the one with the id before if that is not empty.
func (s *Store) Deliveries(ctx context.Context, webhook, before string, limit int) (list []job.Delivery, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list deliveries", func(rows pgx.Rows) error {
		d, err := scanDelivery(rows)
		list = append(list, d)
		return err
	}, sqlDeliveries, pg.Enc(webhook), pg.Enc(before), limit)
	return list, err
}

// ClaimDeliveries returns due deliveries of each target, the longest due first,
// and moves their Due on by lease; those that another server is claiming are
// left to it.
func (s *Store) ClaimDeliveries(ctx context.Context, wants []protocol.Want, lease time.Duration) (claimed []protocol.Dispatch, err error) {
	err = s.task(ctx, "claim deliveries", nil, func(u *unit.Unit) error {
		claimed = claimed[:0]
		due := record.Time(record.Milli(u.Now.Add(lease)))
		var found []job.Delivery
		b := u.Start()
		for _, w := range wants {
			b.Queue(sqlDueOf, pg.Enc(w.Target), record.Milli(u.Now), w.Most, record.Milli(u.Now.Add(record.Slack))).Query(func(rows pgx.Rows) error { return collectDeliveries(rows, &found) })
		}
		if err := u.Send(b); err != nil {
			return err
		}
		if len(found) == 0 {
			return putOff(u, wants)
		}
		var ids, owners []string
		for i := range found {
			found[i].Due = due
			ids, owners = append(ids, pg.Enc(found[i].ID)), append(owners, pg.Enc(found[i].Owner))
		}
		hooks := map[string]job.Webhook{}
		b = u.Start()
		pg.Must(b.Queue(sqlLease, record.Milli(due), ids, record.Milli(u.Now)), len(ids))
		b.Queue(unit.SQLWebhooksOf, owners).Query(func(rows pgx.Rows) error {
			return unit.EachWebhook(rows, func(w job.Webhook) { hooks[w.ID] = w })
		})
		if err := u.Send(b); err != nil {
			return err
		}
		for _, d := range found {
			one := protocol.Dispatch{Delivery: d}
			if w, ok := hooks[d.Webhook]; ok && w.Owner == d.Owner {
				one.Webhook = &w
			}
			claimed = append(claimed, one)
		}
		return putOff(u, wants)
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// ChangeDelivery lets decide change a delivery and its webhook in one
// transaction; see protocol.Outbox.
func (s *Store) ChangeDelivery(ctx context.Context, id string, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) (d job.Delivery, err error) {
	var owner string
	found, err := s.db.One(ctx, "find delivery", []any{&owner}, sqlOwnerOf, pg.Enc(id))
	if err == nil && !found {
		err = record.DeliveryNotFound()
	}
	if err != nil {
		return job.Delivery{}, err
	}
	err = s.task(ctx, "change delivery", []string{pg.Dec(owner)}, func(u *unit.Unit) error {
		var list []job.Delivery
		b := u.Start()
		b.Queue(sqlGetDelivery, pg.Enc(id)).Query(func(rows pgx.Rows) error { return collectDeliveries(rows, &list) })
		if err := u.Send(b); err != nil {
			return err
		}
		if len(list) == 0 {
			return record.DeliveryNotFound()
		}
		d = list[0]
		return changeDelivery(u, &d, decide)
	})
	if err != nil {
		return job.Delivery{}, err
	}
	return d, nil
}

func changeDelivery(u *unit.Unit, d *job.Delivery, decide func(*job.Delivery, *job.Webhook, time.Time) error) error {
	o, err := u.Owner(d.Owner)
	if err != nil {
		return err
	}
	was, is, err := record.ChangeDelivery(d, o.Hooks, u.Now, decide)
	if err != nil {
		return err
	}
	u.Due = u.Due || record.DueNow(d, u.Now)
	b := u.Start()
	pg.Must(b.Queue(sqlSetDelivery, pg.Enc(d.ID), int16(d.State), record.Milli(d.Due), d.Attempts, record.Milli(d.Expires), pg.Enc(d.Reason), pg.BlobOrNull(d.Log), record.Milli(u.Now)), 1)
	queueHeard(u, b, d)
	if was != nil {
		if err := record.ChangeWebhook(was, is, (*unit.WebhookBatch)(b)); err != nil {
			return err
		}
	}
	return u.Send(b)
}

// SweepDeliveries removes up to limit deliveries that have expired at a time and
// returns how many; and what is known of targets that were not called for as
// long. While there are none it only reads.
func (s *Store) SweepDeliveries(ctx context.Context, now time.Time, limit int) (removed int, err error) {
	some := false
	if err := s.forgetTargets(ctx, now, limit); err != nil {
		return 0, err
	}
	if _, err := s.db.One(ctx, "look for expired deliveries", []any{&some}, sqlHasOldDelivery, record.Milli(now)); err != nil || !some {
		return 0, err
	}
	err = s.task(ctx, "sweep deliveries", nil, func(u *unit.Unit) error {
		n, err := u.Exec(sqlDropDeliveries, record.Milli(now), limit)
		removed = int(n)
		return err
	})
	return removed, err
}
