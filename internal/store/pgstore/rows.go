package pgstore

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

// jobRows are jobs as arrays of columns.
type jobRows struct {
	ids                                           []pgtype.UUID
	owners, tools, requests, outputs, types       []string
	inputs                                        []int64
	places                                        []int16
	status                                        []int16
	versions                                      []int64
	attempts, failures, losses, links, months     []int32
	created, updated, started, finished, expires  []int64
	options, metadata, histories, errors, results [][]byte
}

//nolint:gosec // all numbers are small and were checked when they were made
func (r *jobRows) add(j *job.Job) {
	r.ids = append(r.ids, pg.UUID(j.ID))
	r.owners, r.tools = append(r.owners, pg.Enc(j.Owner)), append(r.tools, pg.Enc(j.Tool))
	r.requests, r.outputs = append(r.requests, pg.Enc(j.RequestID)), append(r.outputs, pg.Enc(j.Output))
	r.inputs, r.places = append(r.inputs, j.Input.Size), append(r.places, int16(j.Input.Where))
	r.types = append(r.types, pg.Enc(j.Input.Type))
	r.status, r.versions = append(r.status, int16(j.Status)), append(r.versions, j.Version)
	r.attempts, r.failures, r.losses = append(r.attempts, int32(j.Attempt)), append(r.failures, int32(j.Failures)), append(r.losses, int32(j.Losses))
	r.links, r.months = append(r.links, int32(j.LinkAt)), append(r.months, int32(j.Charged.Month))
	r.created, r.updated = append(r.created, record.Milli(j.Created)), append(r.updated, record.Milli(j.Updated))
	r.started, r.finished = append(r.started, record.Milli(j.Started)), append(r.finished, record.Milli(j.Finished))
	r.expires = append(r.expires, record.Milli(j.Expires))
	r.options, r.metadata = append(r.options, pg.BlobOrNull(j.Options)), append(r.metadata, pg.BlobOrNull(j.Metadata))
	r.histories, r.errors = append(r.histories, pg.BlobOrNull(j.History)), append(r.errors, pg.BlobOrNull(j.Error))
	r.results = append(r.results, pg.BlobOrNull(j.Result))
}

// whole are the parameters of sqlAddJobs.
func (r *jobRows) whole() []any {
	return []any{
		r.ids, r.owners, r.tools, r.requests, r.inputs, r.places, r.status, r.versions, r.attempts, r.failures, r.losses,
		r.created, r.updated, r.started, r.finished, r.expires, r.links, r.months, r.outputs,
		r.options, r.metadata, r.histories, r.errors, r.results, r.types,
	}
}

// changing are the parameters of sqlSetJobs.
func (r *jobRows) changing() []any {
	return []any{
		r.ids, r.status, r.versions, r.attempts, r.failures, r.losses, r.updated, r.started, r.finished, r.expires, r.links, r.months,
		r.outputs, r.histories, r.errors, r.results,
	}
}

type inputRows struct {
	ids  []pgtype.UUID
	data [][]byte
}

const (
	readyColumns = "priority, run_at, worker, attempt, lease_until, cancel_requested, probation, progress, webhook_url, input_sum, trace_parent, since"

	sqlPutReady = `INSERT INTO claimcheck.ready (id, owner, tool, input_size, priority, run_at, state, worker, attempt, lease_until,
			cancel_requested, probation, progress, webhook_url, input_sum, trace_parent, since)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::smallint[], $6::bigint[], $7::smallint[], $8::text[], $9::integer[],
			$10::bigint[], $11::boolean[], $12::smallint[], $13::smallint[], $14::text[], $15::bigint[], $16::text[], $17::bigint[])`
	sqlSetReady = `UPDATE claimcheck.ready r SET priority = u.priority, run_at = u.run_at, state = u.state, worker = u.worker, attempt = u.attempt,
			lease_until = u.lease_until, cancel_requested = u.cancel_requested, probation = u.probation, progress = u.progress, since = u.since
		FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::smallint[], $5::text[], $6::integer[], $7::bigint[], $8::boolean[], $9::smallint[], $10::smallint[], $11::bigint[])
			u (id, priority, run_at, state, worker, attempt, lease_until, cancel_requested, probation, progress, since)
		WHERE r.id = u.id`
	sqlDropReady = "DELETE FROM claimcheck.ready WHERE id = ANY($1)"
)

// readyRows are unfinished jobs' parts of the queue as arrays of columns.
type readyRows struct {
	ids                                      []pgtype.UUID
	owners, tools, workers, urls, traces     []string
	sizes, runAt, until, sums, since         []int64
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
	r.since = append(r.since, record.Milli(record.SinceOf(is)))
	r.urls, r.sums, r.traces = append(r.urls, pg.Enc(is.WebhookURL)), append(r.sums, is.InputSum), append(r.traces, pg.Enc(is.TraceParent))
}

// whole are the parameters of sqlPutReady.
func (r *readyRows) whole() []any {
	return []any{
		r.ids, r.owners, r.tools, r.sizes, r.priorities, r.runAt, r.states, r.workers, r.attempts, r.until, r.canceled, r.probations, r.progress, r.urls,
		r.sums, r.traces, r.since,
	}
}

// changing are the parameters of sqlSetReady.
func (r *readyRows) changing() []any {
	return []any{r.ids, r.priorities, r.runAt, r.states, r.workers, r.attempts, r.until, r.canceled, r.probations, r.progress, r.since}
}

// scanReady reads a row of id and readyColumns.
func scanReady(rows pgx.Rows) (id job.ID, r job.Ready, err error) {
	var of pgtype.UUID
	columns, tidy := readyInto(&r)
	err = rows.Scan(append([]any{&of}, columns...)...)
	id = of.Bytes
	tidy(id)
	return id, r, err
}

// readyInto returns where readyColumns are to be read into, and what gives them
// their form afterwards.
func readyInto(r *job.Ready) (columns []any, tidy func(job.ID)) {
	var runAt, until, since int64
	columns = []any{
		&r.Priority, &runAt, &r.Lease.Worker, &r.Lease.Attempt, &until, &r.CancelRequested, &r.Probation, &r.Progress, &r.WebhookURL, &r.InputSum, &r.TraceParent, &since,
	}
	return columns, func(id job.ID) {
		r.RunAt, r.WebhookURL, r.TraceParent = record.Time(runAt), pg.Dec(r.WebhookURL), pg.Dec(r.TraceParent)
		r.Lease.ID, r.Lease.Worker, r.Lease.Until = id, pg.Dec(r.Lease.Worker), record.Time(until)
		record.SetSince(r, record.Time(since))
		record.TidyLease(&r.Lease, id)
	}
}

// outputRows are outputs as arrays of columns.
type outputRows struct {
	ids                          []pgtype.UUID
	tokens, owners, names, types []string
	hasJob, files                []bool
	sizes, created, expires      []int64
	sums, data                   [][]byte
}

func (r *outputRows) add(o *job.Output) {
	id := o.Job
	if id == (job.ID{}) {
		id = pg.IDAt(o.Created)
	}
	r.ids = append(r.ids, pg.UUID(id))
	r.tokens, r.owners, r.hasJob = append(r.tokens, pg.Enc(o.Token)), append(r.owners, pg.Enc(o.Owner)), append(r.hasJob, o.Job != job.ID{})
	r.names, r.types, r.sizes = append(r.names, pg.Enc(o.Name)), append(r.types, pg.Enc(o.ContentType)), append(r.sizes, o.Size)
	sum := o.SHA256
	r.sums, r.files = append(r.sums, sum[:]), append(r.files, o.File)
	r.created, r.expires = append(r.created, record.Milli(o.Created)), append(r.expires, record.Milli(o.Expires))
	data := pg.Blob(o.Data)
	if o.File {
		data = nil
	}
	r.data = append(r.data, data)
}
