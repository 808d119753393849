package unit

import (
	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

// PutJob notes a new job with its input and its part of the queue.
func (u *Unit) PutJob(j *job.Job, input []byte) error {
	o, err := u.Owner(j.Owner)
	if err != nil {
		return err
	}
	st := u.jobs[j.ID]
	if st == nil { // that the id is free is seen when its row is written
		st = &jobState{gone: true}
		u.jobs[j.ID] = st
	}
	if !st.gone {
		return record.JobTaken(nil)
	}
	if j.Input.Where == job.InUpload {
		if err := u.useUpload(o, input); err != nil {
			return err
		}
	}
	st.is, st.gone, st.input = *j, false, pg.Blob(input)
	ready := *j.Ready
	st.is.Ready = &ready
	record.TidyJob(&st.is)
	record.Date(nil, &ready, u.Now)
	u.touch(st)
	o.Move(j.Tool, record.Finished, record.StageOf(&ready))
	o.Keep(j.Input.Kept())
	return u.group(o, nil, &st.is)
}

// PutOutput notes a new output.
func (u *Unit) PutOutput(out *job.Output) error {
	o, err := u.Owner(out.Owner)
	if err != nil {
		return err
	}
	u.addOutput(o, *out)
	return nil
}

func (u *Unit) addOutput(o *Owner, out job.Output) {
	u.outputs = append(u.outputs, out)
	u.Wrote = true
	o.Keep(out.Size)
}
