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
	sqlKeepInputs = `UPDATE claimcheck.jobs j SET input_until = u.until FROM unnest($1::uuid[], $2::bigint[]) u (id, until) WHERE j.id = u.id`
	sqlLoseInputs = "UPDATE claimcheck.jobs SET input_where = $2, input_until = NULL WHERE id = ANY($1)"
)

// dropInput notes that what is kept of a job's input goes, and names its blobs.
func (u *Unit) dropInput(o *Owner, st *jobState, r *record.Changed) error {
	switch st.is.Input.Where {
	case job.InUpload:
		if err := u.leaveUpload(o, st, r); err != nil {
			return err
		}
	case job.InFile:
		r.Files = append(r.Files, job.InputKey(st.is.ID))
	default: // it is in the store, or gone
	}
	o.Keep(-st.is.Input.Kept())
	return nil
}

// loseInput is dropInput of a job that stays.
func (u *Unit) loseInput(o *Owner, st *jobState, r *record.Changed) error {
	if err := u.dropInput(o, st, r); err != nil {
		return err
	}
	st.lost, st.until = true, time.Time{}
	u.touch(st)
	return nil
}

// keepInput notes when a job's input goes; the zero time: with the job.
func (u *Unit) keepInput(st *jobState, until time.Time) {
	if !until.IsZero() {
		st.until = until
		u.touch(st)
	}
}

// flushInputs writes when inputs go, and which are gone.
func (u *Unit) flushInputs(b *pgx.Batch) {
	var lost []job.ID
	var kept []pgtype.UUID
	var untils []int64
	for _, j := range u.changed {
		switch {
		case j.gone:
		case j.lost:
			lost = append(lost, j.is.ID)
		case !j.until.IsZero():
			kept, untils = append(kept, pg.UUID(j.is.ID)), append(untils, record.Milli(j.until))
		}
	}
	if n := len(kept); n > 0 {
		pg.Must(b.Queue(sqlKeepInputs, kept, untils), n)
	}
	if n := len(lost); n > 0 {
		pg.Must(b.Queue(sqlLoseInputs, pg.UUIDs(lost), int16(job.Gone)), n)
		b.Queue(sqlDropInputs, pg.UUIDs(lost))
	}
}
