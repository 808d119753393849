package unit

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	// JobColumns are what ScanJob reads.
	JobColumns = `id, owner, tool, request_id, input_size, input_where, status, version, attempt, failures, losses,
		created, updated, started, finished, expires, link_at, charged_month, output, options, metadata, history, error, result, terms, input_type,
		job_group, finish_no`
	// SQLInput reads a job's inline input.
	SQLInput = "SELECT data FROM claimcheck.inputs WHERE id = $1"
)

// ScanJob reads a row of jobColumns, and what comes after them.
func ScanJob(rows pgx.Rows, j *job.Job, more ...any) error {
	var id pgtype.UUID
	var created, updated, started, finished, expires int64
	var group pgtype.Text
	var number pgtype.Int8
	err := rows.Scan(append([]any{
		&id, &j.Owner, &j.Tool, &j.RequestID, &j.Input.Size, &j.Input.Where, &j.Status, &j.Version, &j.Attempt, &j.Failures, &j.Losses,
		&created, &updated, &started, &finished, &expires, &j.LinkAt, &j.Charged.Month, &j.Output,
		&j.Options, &j.Metadata, &j.History, &j.Error, &j.Result, &j.Terms, &j.Input.Type, &group, &number,
	}, more...)...)
	j.ID = id.Bytes
	j.Input.Type = pg.Dec(j.Input.Type)
	j.Group, j.FinishNo = group.String, number.Int64
	j.Owner, j.Tool, j.RequestID, j.Output = pg.Dec(j.Owner), pg.Dec(j.Tool), pg.Dec(j.RequestID), pg.Dec(j.Output)
	j.Created, j.Updated, j.Started = record.Time(created), record.Time(updated), record.Time(started)
	j.Finished, j.Expires = record.Time(finished), record.Time(expires)
	return err
}

// jobRows are jobs as arrays of columns.
type jobRows struct {
	ids                                                  []pgtype.UUID
	owners, tools, requests, outputs, types              []string
	inputs                                               []int64
	wheres                                               []int16
	status                                               []int16
	versions                                             []int64
	attempts, failures, losses, links, months            []int32
	created, updated, started, finished, expires         []int64
	options, metadata, histories, errors, results, terms [][]byte
	groups                                               []pgtype.Text
	numbers                                              []pgtype.Int8
}

//nolint:gosec // all numbers are small and were checked when they were made
func (r *jobRows) add(j *job.Job) {
	r.ids = append(r.ids, pg.UUID(j.ID))
	r.owners, r.tools = append(r.owners, pg.Enc(j.Owner)), append(r.tools, pg.Enc(j.Tool))
	r.requests, r.outputs = append(r.requests, pg.Enc(j.RequestID)), append(r.outputs, pg.Enc(j.Output))
	r.inputs, r.wheres = append(r.inputs, j.Input.Size), append(r.wheres, int16(j.Input.Where))
	r.types = append(r.types, pg.Enc(j.Input.Type))
	r.status, r.versions = append(r.status, int16(j.Status)), append(r.versions, j.Version)
	r.attempts, r.failures, r.losses = append(r.attempts, int32(j.Attempt)), append(r.failures, int32(j.Failures)), append(r.losses, int32(j.Losses))
	r.links, r.months = append(r.links, int32(j.LinkAt)), append(r.months, int32(j.Charged.Month))
	r.created, r.updated = append(r.created, record.Milli(j.Created)), append(r.updated, record.Milli(j.Updated))
	r.started, r.finished = append(r.started, record.Milli(j.Started)), append(r.finished, record.Milli(j.Finished))
	r.expires = append(r.expires, record.Milli(j.Expires))
	r.options, r.metadata = append(r.options, pg.BlobOrNull(j.Options)), append(r.metadata, pg.BlobOrNull(j.Metadata))
	r.histories, r.errors = append(r.histories, pg.BlobOrNull(j.History)), append(r.errors, pg.BlobOrNull(j.Error))
	r.results, r.terms = append(r.results, pg.BlobOrNull(j.Result)), append(r.terms, pg.BlobOrNull(j.Terms))
	r.groups = append(r.groups, pgtype.Text{String: j.Group, Valid: j.Group != ""})
	r.numbers = append(r.numbers, pgtype.Int8{Int64: j.FinishNo, Valid: j.FinishNo != 0})
}

// whole are the parameters of sqlAddJobs.
func (r *jobRows) whole() []any {
	return []any{
		r.ids, r.owners, r.tools, r.requests, r.inputs, r.wheres, r.status, r.versions, r.attempts, r.failures, r.losses,
		r.created, r.updated, r.started, r.finished, r.expires, r.links, r.months, r.outputs,
		r.options, r.metadata, r.histories, r.errors, r.results, r.terms, r.types, r.groups, r.numbers,
	}
}

// changing are the parameters of sqlSetJobs.
func (r *jobRows) changing() []any {
	return []any{
		r.ids, r.status, r.versions, r.attempts, r.failures, r.losses, r.updated, r.started, r.finished, r.expires, r.links, r.months,
		r.outputs, r.histories, r.errors, r.results, r.numbers,
	}
}

// inputRows are inputs as arrays of columns.
type inputRows struct {
	ids  []pgtype.UUID
	data [][]byte
}
