package pgstore

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	sqlLockJobs   = "SELECT " + jobColumns + ", xmin FROM claimcheck.jobs WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
	sqlReadyOf    = "SELECT id, " + readyColumns + " FROM claimcheck.ready WHERE id = ANY($1)"
	sqlInputsOf   = "SELECT id, data FROM claimcheck.inputs WHERE id = ANY($1)"
	sqlAddOwners  = "INSERT INTO claimcheck.owners (owner, stored_bytes) SELECT o, 0 FROM unnest($1::text[]) o ORDER BY o ON CONFLICT DO NOTHING"
	sqlLockOwners = "SELECT owner, stored_bytes, pending_uploads FROM claimcheck.owners WHERE owner = ANY($1) ORDER BY owner FOR NO KEY UPDATE"
	sqlCountsOf   = "SELECT owner, tool, queued, running FROM claimcheck.counts WHERE owner = ANY($1)"
	sqlUsageOf    = "SELECT owner, month, jobs, lost_refunds FROM claimcheck.usage WHERE owner = ANY($1) AND month = ANY($2)"
	sqlAnswersOf  = `SELECT a.owner, a.key, ` + answerColumns + ` FROM unnest($1::text[], $2::text[]) k (owner, key)
		JOIN claimcheck.answers a ON a.owner = k.owner AND a.key = k.key`
)

// wants are what a unit is to lock and read before decisions are asked.
type wants struct {
	jobs    []job.ID
	inputs  []job.ID // of jobs
	owners  []string
	answers []answerOf
}

// load locks and reads: first jobs by id, then their owners and the others by
// name, then tools. Two transactions that need the same wait for each other in one order.
func (u *unit) load(w wants) error {
	if len(w.jobs) > 0 {
		if err := u.loadJobs(w.jobs, w.inputs); err != nil {
			return err
		}
	}
	owners := slices.Clone(w.owners)
	for _, id := range w.jobs {
		if j := u.jobs[id]; j.stored {
			owners = append(owners, j.was.Owner)
		}
	}
	if err := u.loadOwners(owners, w.answers); err != nil {
		return err
	}
	return u.foreseeTools()
}

func (u *unit) loadJobs(ids, inputs []job.ID) error {
	for _, id := range ids {
		u.jobs[id] = &jobState{gone: true}
	}
	param := pg.UUIDs(ids)
	b := u.Start()
	b.Queue(sqlLockJobs, param).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var j job.Job
			var tx uint32
			if err := scanJob(rows, &j, &tx); err != nil {
				return err
			}
			*u.jobs[j.ID] = jobState{was: j, is: j, stored: true, tx: tx}
		}
		return rows.Err()
	})
	b.Queue(sqlReadyOf, param).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			id, r, err := scanReady(rows)
			if err != nil {
				return err
			}
			if j := u.jobs[id]; j.stored {
				was, is := r, r
				j.was.Ready, j.is.Ready = &was, &is
			}
		}
		return rows.Err()
	})
	if len(inputs) > 0 {
		b.Queue(sqlInputsOf, pg.UUIDs(inputs)).Query(func(rows pgx.Rows) error {
			var id pgtype.UUID
			var input []byte
			_, err := pgx.ForEachRow(rows, []any{&id, &input}, func() error {
				u.jobs[id.Bytes].input = bytes.Clone(input)
				return nil
			})
			return err
		})
	}
	if err := u.Send(b); err != nil {
		return err
	}
	for id, j := range u.jobs {
		if j.stored && j.was.Status.Final() != (j.was.Ready == nil) {
			return fmt.Errorf("job %s is %s and its part of the queue says otherwise", id, j.was.Status)
		}
	}
	return nil
}

// loadOwners locks owners and reads what they have, with the usage of the months
// that may be charged, and answers; then it reads the clock.
func (u *unit) loadOwners(names []string, answers []answerOf) error {
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return u.owners[n] != nil })
	b := u.Start()
	if len(names) > 0 {
		u.queueOwners(b, names)
	}
	if len(answers) > 0 {
		u.queueAnswers(b, answers)
	}
	u.QueueClock(b, &u.now)
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
func (u *unit) addOwners(names []string, answers []answerOf) error {
	b := u.Start()
	b.Queue(sqlAddOwners, pg.EncAll(names))
	u.queueOwners(b, names)
	if len(answers) > 0 {
		u.queueAnswers(b, answers)
	}
	u.QueueClock(b, &u.now)
	return u.Send(b)
}

func (u *unit) queueOwners(b *pgx.Batch, names []string) {
	keys := pg.EncAll(names)
	for _, name := range names {
		o := &ownerState{}
		o.Name = name
		u.owners[name] = o
	}
	b.Queue(sqlLockOwners, keys).Query(func(rows pgx.Rows) error {
		var name string
		var stored, pending int64
		_, err := pgx.ForEachRow(rows, []any{&name, &stored, &pending}, func() error {
			o := u.owners[pg.Dec(name)]
			o.StoredBytes, o.PendingUploads, o.locked = stored, pending, true
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
	b.Queue(sqlWebhooksOf, keys).Query(func(rows pgx.Rows) error {
		return eachWebhook(rows, func(w job.Webhook) { u.owners[w.Owner].hooks = append(u.owners[w.Owner].hooks, w) })
	})
}

// months are those whose usage may be charged or given back: this one and those
// that paid for the jobs at hand.
func (u *unit) months() []int32 {
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

func (u *unit) queueAnswers(b *pgx.Batch, keys []answerOf) {
	owners, names := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		owners[i], names[i] = pg.Enc(k.owner), pg.Enc(k.key)
		u.answers[k] = &answerState{}
	}
	b.Queue(sqlAnswersOf, owners, names).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var owner, key string
			var tx uint32
			a, err := scanAnswer(rows, &owner, &key, &tx)
			if err != nil {
				return err
			}
			*u.answers[answerOf{pg.Dec(owner), a.Key}] = answerState{is: a, tx: tx}
		}
		return rows.Err()
	})
}

// job returns a job's state, read now if that was not foreseen.
func (u *unit) job(id job.ID) (*jobState, error) {
	if u.jobs[id] == nil {
		if err := u.loadJobs([]job.ID{id}, nil); err != nil {
			return nil, err
		}
	}
	return u.jobs[id], nil
}

// owner returns an owner's state, locked and read now if that was not foreseen.
func (u *unit) owner(name string) (*ownerState, error) {
	if u.owners[name] == nil {
		if err := u.loadOwners([]string{name}, nil); err != nil {
			return nil, err
		}
	}
	return u.owners[name], nil
}

// usageOf returns an owner's usage of a month, read now if that was not foreseen.
func (u *unit) usageOf(of record.Month) (*record.Usage, error) {
	if _, err := u.owner(of.Owner); err != nil {
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

// answer returns the unexpired remembered answer of a key, its owner locked.
func (u *unit) answer(owner, key string) (*answerState, error) {
	of := answerOf{owner, key}
	if u.answers[of] == nil {
		b := u.Start()
		u.queueAnswers(b, []answerOf{of})
		if err := u.Send(b); err != nil {
			return nil, err
		}
	}
	a := u.answers[of]
	if a.is != nil && !a.is.Expires.After(u.now) {
		a.is = nil
	}
	return a, nil
}
