package unit

import (
	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	// DeliveryColumns are all that a delivery has.
	DeliveryColumns = "id, webhook, owner, target, url, event, job, sequence, created, state, due, attempts, expires, reason, log, calling, ordered, data"
	sqlPutDelivery  = "INSERT INTO claimcheck.deliveries (" + DeliveryColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
)

func queueDelivery(b *pgx.Batch, d *job.Delivery) {
	b.Queue(sqlPutDelivery, pg.Enc(d.ID), pg.Enc(d.Webhook), pg.Enc(d.Owner), pg.Enc(d.Target), pg.Enc(d.URL), pg.Enc(string(d.Event)), pg.UUIDOrNull(d.Job),
		d.Sequence, record.Milli(d.Created), int16(d.State), record.Milli(d.Due), d.Attempts, record.Milli(d.Expires), pg.Enc(d.Reason), pg.BlobOrNull(d.Log),
		d.Calling, d.Ordered, pg.BlobOrNull(d.Data))
}

// AddDelivery notes a delivery that no job's end leads to, as the next event of its
// webhook.
func (u *Unit) AddDelivery(d *job.Delivery) error {
	o, err := u.Owner(d.Owner)
	if err != nil {
		return err
	}
	w, err := record.NextDelivery(d, o.Hooks)
	if err != nil {
		return err
	}
	w.Sequence++
	o.counted, u.Due = true, true
	u.made = append(u.made, *d)
	return nil
}

// announce notes the deliveries that a job's end leads to.
func (u *Unit) announce(o *Owner, j *job.Job, address string) {
	if len(o.Hooks) == 0 {
		return
	}
	u.told(o, job.Announce(j, address, o.Hooks, u.Now))
}

// told notes deliveries of an owner's webhooks, which have been counted.
func (u *Unit) told(o *Owner, list []job.Delivery) {
	if len(list) > 0 {
		o.counted, u.Due = true, true
		u.made = append(u.made, list...)
	}
}
