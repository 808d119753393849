package unit

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

// Every statement writes all rows of its kind at once: an array for each column.
const (
	sqlAddJobs = `INSERT INTO claimcheck.jobs (` + JobColumns + `) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[],
		$5::bigint[], $6::smallint[], $7::smallint[], $8::bigint[], $9::integer[], $10::integer[], $11::integer[],
		$12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::integer[], $18::integer[], $19::text[],
		$20::bytea[], $21::bytea[], $22::bytea[], $23::bytea[], $24::bytea[], $25::bytea[], $26::text[],
		$27::text[], $28::bigint[])`
	sqlSetJobs = `UPDATE claimcheck.jobs j SET status = u.status, version = u.version, attempt = u.attempt, failures = u.failures,
			losses = u.losses, updated = u.updated, started = u.started, finished = u.finished, expires = u.expires, link_at = u.link_at,
			charged_month = u.charged_month, output = u.output, history = u.history, error = u.error, result = u.result, finish_no = u.finish_no
		FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::integer[], $5::integer[], $6::integer[], $7::bigint[], $8::bigint[],
			$9::bigint[], $10::bigint[], $11::integer[], $12::integer[], $13::text[], $14::bytea[], $15::bytea[], $16::bytea[], $17::bigint[])
			u (id, status, version, attempt, failures, losses, updated, started, finished, expires, link_at, charged_month, output, history, error, result, finish_no)
		WHERE j.id = u.id`
	sqlDropJobs      = "DELETE FROM claimcheck.jobs WHERE id = ANY($1)"
	sqlAddInputs     = "INSERT INTO claimcheck.inputs (id, data) SELECT * FROM unnest($1::uuid[], $2::bytea[])"
	sqlDropInputs    = "DELETE FROM claimcheck.inputs WHERE id = ANY($1)"
	sqlDropOutputs   = "DELETE FROM claimcheck.outputs WHERE id = ANY($1) AND has_job RETURNING id, owner, token, size, file"
	sqlExpireOutputs = `UPDATE claimcheck.outputs o SET expires = u.expires FROM unnest($1::uuid[], $2::bigint[]) u (id, expires)
		WHERE o.id = u.id AND o.has_job AND o.expires <> u.expires`
	sqlLastSeqSet = "UPDATE claimcheck.meta SET last_seq = $1 WHERE last_seq < $1"
)

// Flush writes what differs, as the last of the transaction.
func (u *Unit) Flush() error {
	if err := u.dropRows(); err != nil {
		return err
	}
	b := &pgx.Batch{}
	u.flushJobs(b)
	u.flushInputs(b)
	u.flushOutputs(b)
	u.flushWords(b)
	u.flushOwners(b)
	u.flushGroups(b)
	u.flushUsage(b)
	u.flushMeters(b)
	u.flushAnswers(b)
	u.flushUploads(b)
	u.flushHooks(b)
	u.QueueMark(b, u.Now)
	return u.Send(b)
}

// dropRows removes what belongs to removed jobs; it learns what their outputs
// were, which the owners' counts need to know.
func (u *Unit) dropRows() error {
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
		b.Queue(sqlDropSaid, param)
		b.Queue(sqlDropReady, param)
		pg.Must(b.Queue(sqlDropJobs, param), len(ids))
		b.Queue(sqlLastSeqSet, last)
	}
	return u.Send(b)
}

func (u *Unit) flushJobs(b *pgx.Batch) {
	var added, set jobRows
	var putReady, setReady readyRows
	var inputs inputRows
	var strands strandRows
	var dropped, expired []job.ID
	var expires []int64
	for _, j := range u.changed {
		switch {
		case j.gone:
		case !j.stored:
			added.add(&j.is)
			putReady.add(&j.is, u.Now)
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
				setReady.add(&j.is, u.Now)
				strands.add(&j.was, &j.is)
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
	strands.flush(b)
	if n := len(dropped); n > 0 {
		pg.Must(b.Queue(sqlDropReady, pg.UUIDs(dropped)), n)
	}
	if len(expired) > 0 {
		b.Queue(sqlExpireOutputs, pg.UUIDs(expired), expires)
	}
}
