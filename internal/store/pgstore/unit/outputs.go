package unit

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	sqlAddOutputs = `INSERT INTO claimcheck.outputs (id, token, owner, has_job, name, content_type, size, sha256, file, created, expires, data, filename, on_read)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::bigint[], $8::bytea[],
			$9::boolean[], $10::bigint[], $11::bigint[], $12::bytea[], $13::text[], $14::boolean[])`
)

// outputRows are outputs as arrays of columns.
type outputRows struct {
	ids                          []pgtype.UUID
	tokens, owners, names, types []string
	filenames                    []string
	hasJob, files, onRead        []bool
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
	r.filenames, r.onRead = append(r.filenames, pg.Enc(o.Filename)), append(r.onRead, o.OnRead)
	data := pg.Blob(o.Data)
	if o.File {
		data = nil
	}
	r.data = append(r.data, data)
}

func (u *Unit) flushOutputs(b *pgx.Batch) {
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
	pg.Must(b.Queue(sqlAddOutputs, r.ids, r.tokens, r.owners, r.hasJob, r.names, r.types, r.sizes, r.sums, r.files, r.created, r.expires, r.data, r.filenames, r.onRead), len(r.ids))
}
