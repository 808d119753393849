package unit

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	sqlPutCounts = `INSERT INTO claimcheck.counts (owner, tool, queued, running) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
		ON CONFLICT (owner, tool) DO UPDATE SET queued = excluded.queued, running = excluded.running`
	sqlPutStored = `UPDATE claimcheck.owners o SET stored_bytes = u.stored, pending_uploads = u.pending, finishes = u.finishes
		FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) u (owner, stored, pending, finishes) WHERE o.owner = u.owner`
	sqlPutUsage = `INSERT INTO claimcheck.usage (owner, month, jobs, lost_refunds) SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[])
		ON CONFLICT (owner, month) DO UPDATE SET jobs = excluded.jobs, lost_refunds = excluded.lost_refunds`
)

const (
	sqlAddOwners  = "INSERT INTO claimcheck.owners (owner, stored_bytes) SELECT o, 0 FROM unnest($1::text[]) o ORDER BY o ON CONFLICT DO NOTHING"
	sqlLockOwners = "SELECT owner, stored_bytes, pending_uploads, finishes FROM claimcheck.owners WHERE owner = ANY($1) ORDER BY owner FOR NO KEY UPDATE"
	sqlCountsOf   = "SELECT owner, tool, queued, running FROM claimcheck.counts WHERE owner = ANY($1)"
	sqlUsageOf    = "SELECT owner, month, jobs, lost_refunds FROM claimcheck.usage WHERE owner = ANY($1) AND month = ANY($2)"
)

// LoadOwners locks owners and reads what they have, with the usage of the months
// that may be charged, and answers; then it reads the clock.
func (u *Unit) LoadOwners(names []string, answers []AnswerKey) error {
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return u.owners[n] != nil })
	b := u.Start()
	if len(names) > 0 {
		u.queueOwners(b, names)
	}
	if len(answers) > 0 {
		u.queueAnswers(b, answers)
	}
	u.queueGroups(b)
	u.QueueClock(b, &u.Now)
	if err := u.Send(b); err != nil {
		return err
	}
	for _, name := range names {
		if !u.owners[name].locked {
			return u.addOwners(names, answers)
		}
	}
	return nil
}

// addOwners makes rows for owners who have none, and locks and reads everything
// again: what was read without the lock may be old.
func (u *Unit) addOwners(names []string, answers []AnswerKey) error {
	b := u.Start()
	b.Queue(sqlAddOwners, pg.EncAll(names))
	u.queueOwners(b, names)
	if len(answers) > 0 {
		u.queueAnswers(b, answers)
	}
	u.queueGroups(b)
	u.QueueClock(b, &u.Now)
	return u.Send(b)
}

func (u *Unit) queueOwners(b *pgx.Batch, names []string) {
	keys := pg.EncAll(names)
	for _, name := range names {
		o := &Owner{}
		o.Name = name
		u.owners[name] = o
	}
	b.Queue(sqlLockOwners, keys).Query(func(rows pgx.Rows) error {
		var name string
		var stored, pending, finishes int64
		_, err := pgx.ForEachRow(rows, []any{&name, &stored, &pending, &finishes}, func() error {
			o := u.owners[pg.Dec(name)]
			o.StoredBytes, o.PendingUploads, o.Finishes, o.locked = stored, pending, finishes, true
			return nil
		})
		return err
	})
	b.Queue(sqlCountsOf, keys).Query(func(rows pgx.Rows) error {
		var name, tool string
		var queued, running int64
		_, err := pgx.ForEachRow(rows, []any{&name, &tool, &queued, &running}, func() error {
			u.owners[pg.Dec(name)].Read(pg.Dec(tool), queued, running)
			return nil
		})
		return err
	})
	months := u.months()
	for _, name := range names {
		for _, m := range months {
			of := record.Month{Owner: name, Month: int(m)}
			u.usage[of] = &record.Usage{Of: of}
		}
	}
	b.Queue(sqlUsageOf, keys, months).Query(func(rows pgx.Rows) error {
		var name string
		var month int
		var is account.Usage
		_, err := pgx.ForEachRow(rows, []any{&name, &month, &is.Jobs, &is.LostRefunds}, func() error {
			u.usage[record.Month{Owner: pg.Dec(name), Month: month}].Usage = is
			return nil
		})
		return err
	})
	b.Queue(SQLWebhooksOf, keys).Query(func(rows pgx.Rows) error {
		return EachWebhook(rows, func(w job.Webhook) { u.owners[w.Owner].Hooks = append(u.owners[w.Owner].Hooks, w) })
	})
}

// months are those whose usage may be charged or given back: this one and those
// that paid for the jobs at hand.
func (u *Unit) months() []int32 {
	this := int32(account.MonthOf(u.DB.Now())) //nolint:gosec // years times twelve
	months := []int32{this, this + 1}          // the database's clock may be past the turn
	for _, j := range u.jobs {
		if m := int32(j.was.Charged.Month); m != 0 { //nolint:gosec // as above
			months = append(months, m)
		}
	}
	slices.Sort(months)
	return slices.Compact(months)
}

// Owner returns an owner's state, locked and read now if that was not foreseen.
func (u *Unit) Owner(name string) (*Owner, error) {
	if u.owners[name] == nil {
		if err := u.LoadOwners([]string{name}, nil); err != nil {
			return nil, err
		}
	}
	return u.owners[name], nil
}

// usageOf returns an owner's usage of a month, read now if that was not foreseen.
func (u *Unit) usageOf(of record.Month) (*record.Usage, error) {
	if _, err := u.Owner(of.Owner); err != nil {
		return nil, err
	}
	if is := u.usage[of]; is != nil {
		return is, nil
	}
	is := &record.Usage{Of: of}
	b := u.Start()
	b.Queue(sqlUsageOf, []string{pg.Enc(of.Owner)}, []int32{int32(of.Month)}).Query(func(rows pgx.Rows) error { //nolint:gosec // years times twelve
		var name string
		var m int
		_, err := pgx.ForEachRow(rows, []any{&name, &m, &is.Jobs, &is.LostRefunds}, func() error { return nil })
		return err
	})
	u.usage[of] = is
	return is, u.Send(b)
}

func (u *Unit) flushOwners(b *pgx.Batch) {
	var owners, countOwners, tools []string
	var stored, pending, finishes, queued, running []int64
	for _, o := range u.owners {
		if o.Dirty {
			owners, stored, pending = append(owners, pg.Enc(o.Name)), append(stored, o.StoredBytes), append(pending, o.PendingUploads)
			finishes = append(finishes, o.Finishes)
		}
		for _, t := range o.Tools {
			if t.Dirty {
				countOwners, tools = append(countOwners, pg.Enc(o.Name)), append(tools, pg.Enc(t.Name))
				queued, running = append(queued, t.Queued), append(running, t.Running)
			}
		}
	}
	if len(owners) > 0 {
		pg.Must(b.Queue(sqlPutStored, owners, stored, pending, finishes), len(owners))
	}
	if len(tools) > 0 {
		b.Queue(sqlPutCounts, countOwners, tools, queued, running)
	}
}

func (u *Unit) flushUsage(b *pgx.Batch) {
	var owners []string
	var months []int32
	var jobs, refunds []int64
	for _, is := range u.usage {
		if is.Dirty {
			owners, months = append(owners, pg.Enc(is.Of.Owner)), append(months, int32(is.Of.Month)) //nolint:gosec // years times twelve
			jobs, refunds = append(jobs, is.Jobs), append(refunds, is.LostRefunds)
		}
	}
	if len(owners) > 0 {
		b.Queue(sqlPutUsage, owners, months, jobs, refunds)
	}
}

// An Owner is what an owner has.
type Owner struct {
	record.Owner

	Hooks   []job.Webhook
	locked  bool // its row is there, and locked
	counted bool // a Sequence of hooks differs
}
