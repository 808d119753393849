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
	sqlSetDelivery = "UPDATE claimcheck.deliveries SET state = $2, since = CASE WHEN due = $3 THEN since ELSE $8 END, due = $3, attempts = $4, expires = $5, reason = $6, log = $7, calling = $9, ordered = $10 WHERE id = $1"
	sqlOwnerOf     = "SELECT owner FROM claimcheck.deliveries WHERE id = $1"
	sqlGetDelivery = "SELECT " + unit.DeliveryColumns + " FROM claimcheck.deliveries WHERE id = $1 FOR UPDATE"
	sqlDueOf       = "SELECT " + unit.DeliveryColumns + ` FROM claimcheck.deliveries
		WHERE state = 0 AND target = $1 AND due <= $2
		AND NOT EXISTS (SELECT 1 FROM claimcheck.targets WHERE name = $1 AND until > $2 AND heard <= $4) ORDER BY due, n LIMIT $3 FOR UPDATE SKIP LOCKED`
	sqlLease      = "UPDATE claimcheck.deliveries SET due = $1, since = $3, calling = true WHERE id = ANY($2)"
	sqlDeliveries = "SELECT " + unit.DeliveryColumns + ` FROM claimcheck.deliveries WHERE webhook = $1
		AND n < coalesce((SELECT n FROM claimcheck.deliveries WHERE id = $2), CASE WHEN $2 = '' THEN 9223372036854775807 ELSE 0 END) ORDER BY n DESC LIMIT $3`
	sqlGetDeliveries = "SELECT " + unit.DeliveryColumns + " FROM claimcheck.deliveries WHERE id = ANY($1) AND owner = $2 ORDER BY n FOR UPDATE"
	sqlUndelivered   = "SELECT " + unit.DeliveryColumns + ` FROM claimcheck.deliveries WHERE webhook = $1 AND state <> 1 AND created >= $3
		AND n > coalesce((SELECT n FROM claimcheck.deliveries WHERE id = $2), 0) ORDER BY n LIMIT $4`
	sqlHasOldDelivery = "SELECT EXISTS (SELECT 1 FROM claimcheck.deliveries WHERE expires <= $1)"
	sqlDropDeliveries = `DELETE FROM claimcheck.deliveries WHERE id IN (SELECT id FROM claimcheck.deliveries
		WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)`
)

// scanDelivery reads a row of deliveryColumns.
func scanDelivery(rows pgx.Rows) (d job.Delivery, err error) {
	var event string
	var id pgtype.UUID
	var created, due, expires int64
	err = rows.Scan(&d.ID, &d.Webhook, &d.Owner, &d.Target, &d.URL, &event, &id, &d.Sequence, &created, &d.State, &due, &d.Attempts, &expires, &d.Reason, &d.Log, &d.Calling, &d.Ordered, &d.Data)
	d.ID, d.Webhook, d.Owner, d.Target = pg.Dec(d.ID), pg.Dec(d.Webhook), pg.Dec(d.Owner), pg.Dec(d.Target)
	d.URL, d.Reason, d.Event, d.Log = pg.Dec(d.URL), pg.Dec(d.Reason), job.Event(pg.Dec(event)), pg.BytesOrNil(d.Log)
	d.Data = pg.BytesOrNil(d.Data)
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

// Undelivered returns up to limit deliveries of a webhook that were not accepted, of
// events at or after since, oldest first, those newer than the one with the id after.
func (s *Store) Undelivered(ctx context.Context, webhook string, since time.Time, after string, limit int) (list []job.Delivery, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list undelivered", func(rows pgx.Rows) error {
		d, err := scanDelivery(rows)
		list = append(list, d)
		return err
	}, sqlUndelivered, pg.Enc(webhook), pg.Enc(after), record.Milli(since), limit)
	return list, err
}

// ClaimDeliveries returns due deliveries of each target, the longest due first,
// and moves their Due on by lease; those that another server is claiming are
// left to it.
func (s *Store) ClaimDeliveries(ctx context.Context, wants []protocol.Want, lease time.Duration) (claimed []protocol.Dispatch, err error) {
	err = s.task(ctx, "claim deliveries", nil, func(u *unit.Unit) error {
		claimed = claimed[:0]
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
		hooks, err := hooksOf(u, found)
		if err != nil {
			return err
		}
		if found, err = turns(u, found, hooks, lease); err != nil {
			return err
		}
		if err := takeUp(u, found, lease); err != nil {
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

// takeUp notes that deliveries are claimed, those with the same time together.
func takeUp(u *unit.Unit, found []job.Delivery, lease time.Duration) error {
	ids := map[int64][]string{}
	for i := range found {
		d := &found[i]
		due := record.Milli(job.ClaimedUntil(d, u.Now, lease))
		d.Due, d.Calling = record.Time(due), true
		ids[due] = append(ids[due], pg.Enc(d.ID))
	}
	if len(ids) == 0 {
		return nil
	}
	b := u.Start()
	for due, of := range ids {
		pg.Must(b.Queue(sqlLease, due, of, record.Milli(u.Now)), len(of))
	}
	return u.Send(b)
}

// hooksOf returns the webhooks of the owners of deliveries, by id.
func hooksOf(u *unit.Unit, found []job.Delivery) (map[string]job.Webhook, error) {
	var owners []string
	for i := range found {
		owners = append(owners, pg.Enc(found[i].Owner))
	}
	hooks := map[string]job.Webhook{}
	b := u.Start()
	b.Queue(unit.SQLWebhooksOf, owners).Query(func(rows pgx.Rows) error {
		return unit.EachWebhook(rows, func(w job.Webhook) { hooks[w.ID] = w })
	})
	return hooks, u.Send(b)
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

// ChangeDeliveries is ChangeDelivery with some of one owner in one transaction; see
// protocol.Hooks.
func (s *Store) ChangeDeliveries(ctx context.Context, owner string, ids []string, decide func(d *job.Delivery, w *job.Webhook, now time.Time) error) error {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = pg.Enc(id)
	}
	return s.task(ctx, "change deliveries", []string{owner}, func(u *unit.Unit) error {
		var list []job.Delivery
		b := u.Start()
		b.Queue(sqlGetDeliveries, names, pg.Enc(owner)).Query(func(rows pgx.Rows) error { return collectDeliveries(rows, &list) })
		if err := u.Send(b); err != nil {
			return err
		}
		for i := range list {
			if err := changeDelivery(u, &list[i], decide); err != nil {
				return err
			}
		}
		return nil
	})
}

func changeDelivery(u *unit.Unit, d *job.Delivery, decide func(*job.Delivery, *job.Webhook, time.Time) error) error {
	o, err := u.Owner(d.Owner)
	if err != nil {
		return err
	}
	before := *d
	was, is, err := record.ChangeDelivery(d, o.Hooks, u.Now, decide)
	if err != nil {
		return err
	}
	u.Due = u.Due || record.DueNow(d, u.Now)
	b := u.Start()
	pg.Must(b.Queue(sqlSetDelivery, pg.Enc(d.ID), int16(d.State), record.Milli(d.Due), d.Attempts, record.Milli(d.Expires), pg.Enc(d.Reason), pg.BlobOrNull(d.Log), record.Milli(u.Now), d.Calling, d.Ordered), 1)
	queueHeard(u, b, d)
	if record.Turned(&before, d) {
		b.Queue(sqlSetTurn, pg.Enc(d.Target), record.Micro(job.TurnAfter(was, u.Now)))
	}
	if was != nil {
		if err := record.ChangeWebhook(was, is, (*unit.WebhookBatch)(b)); err != nil {
			return err
		}
		*was = *is
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
