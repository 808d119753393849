package unit

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	readyColumns = "priority, run_at, worker, attempt, lease_until, cancel_requested, probation, progress, webhook_url, input_sum, trace_parent, since, end_by, message, strand"

	sqlPutReady = `INSERT INTO claimcheck.ready (id, owner, tool, input_size, priority, run_at, state, worker, attempt, lease_until,
			cancel_requested, probation, progress, webhook_url, input_sum, trace_parent, since, end_by, message, strand)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::smallint[], $6::bigint[], $7::smallint[], $8::text[], $9::integer[],
			$10::bigint[], $11::boolean[], $12::smallint[], $13::smallint[], $14::text[], $15::bigint[], $16::text[], $17::bigint[], $18::bigint[], $19::text[], $20::text[])`
	sqlSetReady = `UPDATE claimcheck.ready r SET priority = u.priority, run_at = u.run_at, state = u.state, worker = u.worker, attempt = u.attempt,
			lease_until = u.lease_until, cancel_requested = u.cancel_requested, probation = u.probation, progress = u.progress, since = u.since,
			end_by = u.end_by, message = u.message
		FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::smallint[], $5::text[], $6::integer[], $7::bigint[], $8::boolean[], $9::smallint[], $10::smallint[], $11::bigint[],
			$12::bigint[], $13::text[]) u (id, priority, run_at, state, worker, attempt, lease_until, cancel_requested, probation, progress, since, end_by, message)
		WHERE r.id = u.id`
	sqlSetStrands = "UPDATE claimcheck.ready r SET strand = u.strand FROM unnest($1::uuid[], $2::text[]) u (id, strand) WHERE r.id = u.id"
	sqlDropReady  = "DELETE FROM claimcheck.ready WHERE id = ANY($1)"
)

// readyRows are unfinished jobs' parts of the queue as arrays of columns.
type readyRows struct {
	ids                                      []pgtype.UUID
	owners, tools, workers, urls, traces     []string
	messages, strands                        []string
	sizes, runAt, until, sums, since, endBy  []int64
	priorities, states, probations, progress []int16
	attempts                                 []int32
	canceled                                 []bool
}

//nolint:gosec // all numbers are small and were checked when they were made
func (r *readyRows) add(j *job.Job, now time.Time) {
	is := j.Ready
	r.ids = append(r.ids, pg.UUID(j.ID))
	r.owners, r.tools, r.sizes = append(r.owners, pg.Enc(j.Owner)), append(r.tools, pg.Enc(j.Tool)), append(r.sizes, j.Input.Size)
	r.priorities, r.runAt = append(r.priorities, int16(is.Priority)), append(r.runAt, record.Milli(is.RunAt))
	r.states = append(r.states, int16(record.StateOf(is, now)))
	r.workers, r.attempts = append(r.workers, pg.Enc(is.Lease.Worker)), append(r.attempts, int32(is.Lease.Attempt))
	r.until, r.canceled = append(r.until, record.Milli(is.Lease.Until)), append(r.canceled, is.CancelRequested)
	r.probations, r.progress = append(r.probations, int16(is.Probation)), append(r.progress, int16(is.Progress))
	r.since, r.endBy = append(r.since, record.Milli(record.SinceOf(is))), append(r.endBy, record.Milli(is.EndBy))
	r.urls, r.sums, r.traces = append(r.urls, pg.Enc(is.WebhookURL)), append(r.sums, is.InputSum), append(r.traces, pg.Enc(is.TraceParent))
	r.messages, r.strands = append(r.messages, pg.Enc(is.Message)), append(r.strands, pg.Enc(is.Strand))
}

// strandRows are jobs whose strand has changed.
type strandRows struct {
	ids   []pgtype.UUID
	names []string
}

func (r *strandRows) add(was, is *job.Job) {
	if was.Ready.Strand != is.Ready.Strand {
		r.ids, r.names = append(r.ids, pg.UUID(is.ID)), append(r.names, pg.Enc(is.Ready.Strand))
	}
}

func (r *strandRows) flush(b *pgx.Batch) {
	if n := len(r.ids); n > 0 {
		pg.Must(b.Queue(sqlSetStrands, r.ids, r.names), n)
	}
}

// whole are the parameters of sqlPutReady.
func (r *readyRows) whole() []any {
	return []any{
		r.ids, r.owners, r.tools, r.sizes, r.priorities, r.runAt, r.states, r.workers, r.attempts, r.until, r.canceled, r.probations, r.progress, r.urls,
		r.sums, r.traces, r.since, r.endBy, r.messages, r.strands,
	}
}

// changing are the parameters of sqlSetReady.
func (r *readyRows) changing() []any {
	return []any{r.ids, r.priorities, r.runAt, r.states, r.workers, r.attempts, r.until, r.canceled, r.probations, r.progress, r.since, r.endBy, r.messages}
}

// scanReady reads a row of id and readyColumns.
func scanReady(rows pgx.Rows) (id job.ID, r job.Ready, err error) {
	var of pgtype.UUID
	columns, tidy := ReadyInto(&r)
	err = rows.Scan(append([]any{&of}, columns...)...)
	id = of.Bytes
	tidy(id)
	return id, r, err
}

// ReadyInto returns where readyColumns are to be read into, and what gives them
// their form afterwards.
func ReadyInto(r *job.Ready) (columns []any, tidy func(job.ID)) {
	var runAt, until, since, endBy int64
	columns = []any{
		&r.Priority, &runAt, &r.Lease.Worker, &r.Lease.Attempt, &until, &r.CancelRequested, &r.Probation, &r.Progress, &r.WebhookURL, &r.InputSum, &r.TraceParent, &since, &endBy, &r.Message, &r.Strand,
	}
	return columns, func(id job.ID) {
		r.RunAt, r.WebhookURL, r.TraceParent, r.Message = record.Time(runAt), pg.Dec(r.WebhookURL), pg.Dec(r.TraceParent), pg.Dec(r.Message)
		r.Lease.ID, r.Lease.Worker, r.Lease.Until = id, pg.Dec(r.Lease.Worker), record.Time(until)
		r.EndBy = record.Time(endBy)
		r.Strand = pg.Dec(r.Strand)
		record.SetSince(r, record.Time(since))
		record.TidyLease(&r.Lease, id)
	}
}
