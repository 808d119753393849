package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// A target's due is made earlier by triggers on deliveries, see the schema, in
// transactions that have locked its owner. It is made later by those too,
// and by claims, which lock only targets that nobody else has locked, and only
// in the end: nobody waits for a target while another waits for what he has.
const (
	sqlDueTargets = `WITH RECURSIVE o (owner) AS (
			SELECT min(owner) FROM claimcheck.targets WHERE due > 0 AND EXISTS (SELECT 1 FROM claimcheck.targets WHERE due > 0 AND due <= $1)
			UNION ALL
			SELECT (SELECT min(owner) FROM claimcheck.targets WHERE due > 0 AND owner > o.owner) FROM o WHERE o.owner IS NOT NULL
		)
		SELECT t.name, t.due, t.standing FROM o CROSS JOIN (VALUES (0), (1), (2)) s (standing) CROSS JOIN LATERAL (
			SELECT name, due, standing FROM claimcheck.targets WHERE owner = o.owner AND standing = s.standing AND due > 0 AND due <= $1
			AND NOT (until > $1 AND heard <= $2) AND NOT (turn > $4 AND turn <= $5) ORDER BY due LIMIT $3
		) t WHERE o.owner IS NOT NULL
		UNION ALL
		(SELECT name, due, standing FROM (
			(SELECT name, due, standing FROM claimcheck.targets WHERE due > 0 AND due > $1 ORDER BY due LIMIT 1)
			UNION ALL
			(SELECT name, (turn + 999) / 1000, standing FROM claimcheck.targets WHERE turn > 0 AND turn > $4 AND turn <= $5 AND due > 0 ORDER BY turn LIMIT 1)
		) next ORDER BY due LIMIT 1)`
	sqlTurns       = "SELECT name, turn FROM claimcheck.targets WHERE name = ANY($1) FOR UPDATE SKIP LOCKED"
	sqlSetTurn     = "UPDATE claimcheck.targets SET turn = $2 WHERE name = $1"
	sqlFreeTargets = "SELECT name FROM claimcheck.targets WHERE name = ANY($1) FOR UPDATE SKIP LOCKED"
	sqlPutOff      = `UPDATE claimcheck.targets t SET due = n.due FROM (
			SELECT name, coalesce((SELECT min(due) FROM claimcheck.deliveries WHERE state = 0 AND target = name), 0) AS due FROM unnest($1::text[]) name
		) n WHERE t.name = n.name AND t.due <> n.due`
	sqlHear          = "UPDATE claimcheck.targets SET standing = $2, heard = $3, until = $4 WHERE name = $1"
	sqlForgetTargets = `DELETE FROM claimcheck.targets WHERE name IN (SELECT name FROM claimcheck.targets
		WHERE due = 0 AND heard <= $1 ORDER BY heard LIMIT $2 FOR UPDATE SKIP LOCKED)`
	sqlHasIdle = "SELECT EXISTS (SELECT 1 FROM claimcheck.targets WHERE due = 0 AND heard <= $1)"
)

// DueTargets returns targets that have a delivery due at a time, of each owner
// and standing up to each, and the next one that will have; see protocol.Outbox.
func (s *Store) DueTargets(ctx context.Context, now time.Time, each int) (list []job.Target, err error) {
	err = s.db.Read(ctx, s.db.Pool, "list targets", func(rows pgx.Rows) error {
		var t job.Target
		var due int64
		err := rows.Scan(&t.Name, &due, &t.Standing)
		t.Name, t.Due = pg.Dec(t.Name), record.Time(due)
		list = append(list, t)
		return err
	}, sqlDueTargets, record.Milli(now), record.Milli(now.Add(record.Slack)), each, now.UnixMicro(), now.Add(job.LongestTurn).UnixMicro())
	return list, err
}

// putOff makes targets due when their first delivery is, after a claim. They are
// locked before that is looked up, so that no delivery is overlooked whose
// transaction had them in between.
func putOff(u *unit.Unit, wants []protocol.Want) error {
	names := make([]string, len(wants))
	for i, w := range wants {
		names[i] = pg.Enc(w.Target)
	}
	var free []string
	b := u.Start()
	b.Queue(sqlFreeTargets, names).Query(func(rows pgx.Rows) (err error) {
		free, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err := u.Send(b); err != nil || len(free) == 0 {
		return err
	}
	b = u.Start()
	b.Queue(sqlPutOff, free)
	return u.Send(b)
}

// turns leaves of targets' due deliveries those whose turn it is: all of the targets
// that take none. A target whose turn another server is deciding has none now.
// Nobody is waited for: see above.
func turns(u *unit.Unit, found []job.Delivery, hooks map[string]job.Webhook, lease time.Duration) ([]job.Delivery, error) {
	var names []string
	of := map[string][]job.Delivery{}
	for _, d := range found {
		of[d.Target] = append(of[d.Target], d)
	}
	takes := func(target string) (*job.Webhook, bool) {
		due := of[target]
		w, there := hooks[due[0].Webhook]
		if !there || w.Owner != due[0].Owner {
			return nil, job.Turns(due, nil)
		}
		return &w, job.Turns(due, &w)
	}
	for target := range of {
		if _, some := takes(target); some {
			names = append(names, pg.Enc(target))
		}
	}
	if len(names) == 0 {
		return found, nil
	}
	turn := map[string]int64{}
	b := u.Start()
	b.Queue(sqlTurns, names).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var name string
			var at int64
			if err := rows.Scan(&name, &at); err != nil {
				return err
			}
			turn[pg.Dec(name)] = at
		}
		return rows.Err()
	})
	if err := u.Send(b); err != nil {
		return nil, err
	}
	b = u.Start()
	var mine []job.Delivery
	for target, due := range of {
		w, some := takes(target)
		at, free := turn[target]
		switch {
		case !some:
			mine = append(mine, due...)
		case free:
			n, next := record.Turning(due, w, at, u.Now, lease)
			mine = append(mine, due[:n]...)
			b.Queue(sqlSetTurn, pg.Enc(target), next)
		}
	}
	return mine, u.Send(b)
}

// queueHeard keeps what a call told of its target, and when that is due now.
func queueHeard(u *unit.Unit, b *pgx.Batch, d *job.Delivery) {
	b.Queue(sqlPutOff, []string{pg.Enc(d.Target)})
	if h := d.Heard; h != (job.Heard{}) {
		b.Queue(sqlHear, pg.Enc(d.Target), int16(h.Standing), record.Milli(u.Now), record.Milli(h.Until))
	}
	d.Heard = job.Heard{}
}

// forgetTargets removes what is known of targets that were not called for as
// long as deliveries are kept.
func (s *Store) forgetTargets(ctx context.Context, now time.Time, limit int) error {
	old, some := record.Milli(now.Add(-job.DeliveryLife)), false
	if _, err := s.db.One(ctx, "look for idle targets", []any{&some}, sqlHasIdle, old); err != nil || !some {
		return err
	}
	return s.task(ctx, "forget targets", nil, func(u *unit.Unit) error {
		_, err := u.Exec(sqlForgetTargets, old, limit)
		return err
	})
}
