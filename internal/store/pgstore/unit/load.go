package unit

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
)

const (
	sqlLockJobs = "SELECT " + JobColumns + ", xmin FROM claimcheck.jobs WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
	sqlReadyOf  = "SELECT id, " + readyColumns + " FROM claimcheck.ready WHERE id = ANY($1)"
	sqlInputsOf = "SELECT id, data FROM claimcheck.inputs WHERE id = ANY($1)"
)

// Wants are what a unit is to lock and read before decisions are asked.
type Wants struct {
	Jobs    []job.ID
	Inputs  []job.ID // of jobs
	Owners  []string
	Answers []AnswerKey
	Groups  []job.GroupName
}

// Load locks and reads: first jobs by id, then their owners and those asked for by
// name, then tools. Two transactions that need the same wait for each other in one order.
func (u *Unit) Load(w Wants) error {
	if len(w.Jobs) > 0 {
		if err := u.loadJobs(w.Jobs, w.Inputs); err != nil {
			return err
		}
	}
	owners := slices.Clone(w.Owners)
	u.grouped = append(u.grouped, w.Groups...)
	for _, id := range w.Jobs {
		if j := u.jobs[id]; j.stored {
			owners = append(owners, j.was.Owner)
			if j.was.Group != "" {
				u.grouped = append(u.grouped, job.GroupName{Owner: j.was.Owner, Name: j.was.Group})
			}
		}
	}
	if err := u.LoadOwners(owners, w.Answers); err != nil {
		return err
	}
	return u.foreseeTools()
}

func (u *Unit) loadJobs(ids, inputs []job.ID) error {
	for _, id := range ids {
		u.jobs[id] = &jobState{gone: true}
	}
	param := pg.UUIDs(ids)
	b := u.Start()
	b.Queue(sqlLockJobs, param).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var j job.Job
			var tx uint32
			if err := ScanJob(rows, &j, &tx); err != nil {
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

// job returns a job's state, read now if that was not foreseen.
func (u *Unit) job(id job.ID) (*jobState, error) {
	if u.jobs[id] == nil {
		if err := u.loadJobs([]job.ID{id}, nil); err != nil {
			return nil, err
		}
	}
	return u.jobs[id], nil
}
