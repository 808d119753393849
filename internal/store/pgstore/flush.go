package pgstore

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

// Every statement writes all rows of its kind at once: an array for each column.
const (
	sqlAddJobs = `INSERT INTO claimcheck.jobs (` + jobColumns + `) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[],
		$5::bigint[], $6::smallint[], $7::smallint[], $8::bigint[], $9::integer[], $10::integer[], $11::integer[],
		$12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::integer[], $18::integer[], $19::text[],
		$20::bytea[], $21::bytea[], $22::bytea[], $23::bytea[], $24::bytea[], $25::text[])`
	sqlSetJobs = `UPDATE claimcheck.jobs j SET status = u.status, version = u.version, attempt = u.attempt, failures = u.failures,
			losses = u.losses, updated = u.updated, started = u.started, finished = u.finished, expires = u.expires, link_at = u.link_at,
			charged_month = u.charged_month, output = u.output, history = u.history, error = u.error, result = u.result
		FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::integer[], $5::integer[], $6::integer[], $7::bigint[], $8::bigint[],
			$9::bigint[], $10::bigint[], $11::integer[], $12::integer[], $13::text[], $14::bytea[], $15::bytea[], $16::bytea[])
			u (id, status, version, attempt, failures, losses, updated, started, finished, expires, link_at, charged_month, output, history, error, result)
		WHERE j.id = u.id`
	sqlDropJobs    = "DELETE FROM claimcheck.jobs WHERE id = ANY($1)"
	sqlAddInputs   = "INSERT INTO claimcheck.inputs (id, data) SELECT * FROM unnest($1::uuid[], $2::bytea[])"
	sqlDropInputs  = "DELETE FROM claimcheck.inputs WHERE id = ANY($1)"
	sqlDropOutputs = "DELETE FROM claimcheck.outputs WHERE id = ANY($1) AND has_job RETURNING id, owner, token, size, file"
	sqlAddOutputs  = `INSERT INTO claimcheck.outputs (id, token, owner, has_job, name, content_type, size, sha256, file, created, expires, data)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::bigint[], $8::bytea[],
			$9::boolean[], $10::bigint[], $11::bigint[], $12::bytea[])`
	sqlExpireOutputs = `UPDATE claimcheck.outputs o SET expires = u.expires FROM unnest($1::uuid[], $2::bigint[]) u (id, expires)
		WHERE o.id = u.id AND o.has_job AND o.expires <> u.expires`
	sqlPutCounts = `INSERT INTO claimcheck.counts (owner, tool, queued, running) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
		ON CONFLICT (owner, tool) DO UPDATE SET queued = excluded.queued, running = excluded.running`
	sqlPutStored = `UPDATE claimcheck.owners o SET stored_bytes = u.stored, pending_uploads = u.pending
		FROM unnest($1::text[], $2::bigint[], $3::bigint[]) u (owner, stored, pending) WHERE o.owner = u.owner`
	sqlPutUsage = `INSERT INTO claimcheck.usage (owner, month, jobs, lost_refunds) SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[])
		ON CONFLICT (owner, month) DO UPDATE SET jobs = excluded.jobs, lost_refunds = excluded.lost_refunds`
	sqlPutAnswers = `INSERT INTO claimcheck.answers (owner, key, digest, job, status, link_at, output, expires, body)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $5::integer[], $6::integer[], $7::text[], $8::bigint[], $9::bytea[])
		ON CONFLICT (owner, key) DO UPDATE SET digest = excluded.digest, job = excluded.job, status = excluded.status, link_at = excluded.link_at,
			output = excluded.output, expires = excluded.expires, body = excluded.body`
	sqlCountEvents = `UPDATE claimcheck.webhooks w SET sequence = u.sequence FROM unnest($1::text[], $2::bigint[]) u (id, sequence) WHERE w.id = u.id`
	sqlLastSeqSet  = "UPDATE claimcheck.meta SET last_seq = $1 WHERE last_seq < $1"
)

// flush writes what differs, as the last of the transaction.
func (u *unit) flush() error {
	if err := u.dropRows(); err != nil {
		return err
	}
	b := &pgx.Batch{}
	u.flushJobs(b)
	u.flushOutputs(b)
	u.flushOwners(b)
	u.flushUsage(b)
	u.flushAnswers(b)
	u.flushUploads(b)
	u.flushHooks(b)
	u.QueueMark(b, u.now)
	return u.Send(b)
}

// dropRows removes what belongs to removed jobs; it learns what their outputs
// were, which the owners' counts need to know.
func (u *unit) dropRows() error {
	var ids []job.ID
	var last int64
	var emptied []job.ID // those whose outputs go
	for _, j := range u.changed {
		switch {
		case j.gone && j.stored:
			ids = append(ids, j.was.ID)
			last = max(last, j.was.ID.Seq())
		case j.emptied != nil && j.stored:
			emptied = append(emptied, j.was.ID)
		}
	}
	if len(ids)+len(emptied) == 0 {
		return nil
	}
	param := pg.UUIDs(ids)
	b := &pgx.Batch{}
	b.Queue(sqlDropOutputs, pg.UUIDs(append(emptied, ids...))).Query(func(rows pgx.Rows) error {
		var id pgtype.UUID
		var owner, token string
		var size int64
		var file bool
		_, err := pgx.ForEachRow(rows, []any{&id, &owner, &token, &size, &file}, func() error {
			u.owners[pg.Dec(owner)].Keep(-size)
			if r := u.jobs[id.Bytes].emptied; r != nil && file {
				r.Files = append(r.Files, job.OutputKey(pg.Dec(token)))
			}
			return nil
		})
		return err
	})
	if len(ids) > 0 {
		b.Queue(sqlDropInputs, param)
		b.Queue(sqlDropReady, param)
		pg.Must(b.Queue(sqlDropJobs, param), len(ids))
		b.Queue(sqlLastSeqSet, last)
	}
	return u.Send(b)
}

func (u *unit) flushJobs(b *pgx.Batch) {
	var added, set jobRows
	var putReady, setReady readyRows
	var inputs inputRows
	var dropped, expired []job.ID
	var expires []int64
	for _, j := range u.changed {
		switch {
		case j.gone:
		case !j.stored:
			added.add(&j.is)
			putReady.add(&j.is, u.now)
			if j.is.Input.InStore() {
				inputs.ids, inputs.data = append(inputs.ids, pg.UUID(j.is.ID)), append(inputs.data, j.input)
			}
		default:
			if !record.SameRow(&j.was, &j.is) {
				set.add(&j.is)
			}
			switch {
			case j.was.Ready == nil:
			case j.is.Ready == nil:
				dropped = append(dropped, j.is.ID)
			case *j.was.Ready != *j.is.Ready:
				setReady.add(&j.is, u.now)
			}
			if !j.is.Expires.Equal(j.was.Expires) {
				expired, expires = append(expired, j.is.ID), append(expires, record.Milli(j.is.Expires))
			}
		}
	}
	if n := len(added.ids); n > 0 {
		pg.Must(b.Queue(sqlAddJobs, added.whole()...), n)
		pg.Must(b.Queue(sqlPutReady, putReady.whole()...), n)
	}
	if n := len(inputs.ids); n > 0 {
		pg.Must(b.Queue(sqlAddInputs, inputs.ids, inputs.data), n)
	}
	if n := len(set.ids); n > 0 {
		pg.Must(b.Queue(sqlSetJobs, set.changing()...), n)
	}
	if n := len(setReady.ids); n > 0 {
		pg.Must(b.Queue(sqlSetReady, setReady.changing()...), n)
	}
	if n := len(dropped); n > 0 {
		pg.Must(b.Queue(sqlDropReady, pg.UUIDs(dropped)), n)
	}
	if len(expired) > 0 {
		b.Queue(sqlExpireOutputs, pg.UUIDs(expired), expires)
	}
}

func (u *unit) flushOutputs(b *pgx.Batch) {
	if len(u.outputs) == 0 {
		return
	}
	var r outputRows
	for i := range u.outputs {
		o := &u.outputs[i]
		if j := u.jobs[o.Job]; o.Job != (job.ID{}) && j != nil {
			o.Expires = j.is.Expires
		}
		r.add(o)
	}
	pg.Must(b.Queue(sqlAddOutputs, r.ids, r.tokens, r.owners, r.hasJob, r.names, r.types, r.sizes, r.sums, r.files, r.created, r.expires, r.data), len(r.ids))
}

func (u *unit) flushOwners(b *pgx.Batch) {
	var owners, countOwners, tools []string
	var stored, pending, queued, running []int64
	for _, o := range u.owners {
		if o.Dirty {
			owners, stored, pending = append(owners, pg.Enc(o.Name)), append(stored, o.StoredBytes), append(pending, o.PendingUploads)
		}
		for _, t := range o.Tools {
			if t.Dirty {
				countOwners, tools = append(countOwners, pg.Enc(o.Name)), append(tools, pg.Enc(t.Name))
				queued, running = append(queued, t.Queued), append(running, t.Running)
			}
		}
	}
	if len(owners) > 0 {
		pg.Must(b.Queue(sqlPutStored, owners, stored, pending), len(owners))
	}
	if len(tools) > 0 {
		b.Queue(sqlPutCounts, countOwners, tools, queued, running)
	}
}

func (u *unit) flushUsage(b *pgx.Batch) {
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

func (u *unit) flushAnswers(b *pgx.Batch) {
	var owners, keys, outputs []string
	var digests, bodies [][]byte
	var jobs []pgtype.UUID
	var status, linkAt []int32
	var expires []int64
	for of, a := range u.answers {
		if !a.dirty {
			continue
		}
		owners, keys, outputs = append(owners, pg.Enc(of.owner)), append(keys, pg.Enc(of.key)), append(outputs, pg.Enc(a.is.Output))
		digests, bodies = append(digests, a.is.Digest[:]), append(bodies, pg.BlobOrNull(a.is.Body))
		jobs = append(jobs, pg.UUIDOrNull(a.is.Job))
		status, linkAt = append(status, int32(a.is.Status)), append(linkAt, int32(a.is.LinkAt)) //nolint:gosec // an HTTP status, an offset in a body
		expires = append(expires, record.Milli(a.is.Expires))
	}
	if len(owners) > 0 {
		b.Queue(sqlPutAnswers, owners, keys, digests, jobs, status, linkAt, outputs, expires, bodies)
	}
}

func (u *unit) flushHooks(b *pgx.Batch) {
	var ids []string
	var sequences []int64
	for _, o := range u.owners {
		if !o.counted {
			continue
		}
		for i := range o.hooks {
			ids, sequences = append(ids, pg.Enc(o.hooks[i].ID)), append(sequences, o.hooks[i].Sequence)
		}
	}
	if len(ids) > 0 {
		pg.Must(b.Queue(sqlCountEvents, ids, sequences), len(ids))
	}
	for i := range u.made {
		queueDelivery(b, &u.made[i])
	}
}
