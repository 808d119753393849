package files

import (
	"errors"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// endKeeping makes a job failed whose input goes at a time.
func endKeeping(until time.Time) world.Decision {
	return func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		c.InputUntil = until
		return world.GiveUp(c, j, l)
	}
}

// loseInput removes a job's input.
func loseInput(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
	c.DropInput = true
	return nil
}

// dueInputs are the jobs whose input is to go.
func dueInputs(w *world.World, limit int) []job.ID {
	ids, err := protocol.ExpiredInputs(w.Ctx(), w, w.Now(), limit)
	w.NoError(err)
	return append([]job.ID{}, ids...)
}

// inputsGo: inputs of three kinds go before their jobs, which stay and know it.
func inputsGo(w *world.World) {
	u := w.PendingUpload("ann", 1)
	w.Arrived(u, 7)
	inline, file := w.SubmitJob("ann"), w.SubmitJob("ann", world.WithFile(1000))
	uploaded, err := w.SubmitUpload(u)
	w.NoError(err)
	kept := w.SubmitJob("ann")
	stored := int64(5 + 1000 + 7 + 5)
	w.Has("ann", account.Counts{Queued: 4, StoredBytes: stored})
	at := w.Now()
	for i, j := range []*job.Job{inline, file, uploaded} {
		w.Must(j.ID, endKeeping(at.Add(time.Duration(i+1)*time.Minute)))
	}
	w.Must(kept.ID, world.GiveUp)
	w.Equal("none is due", dueInputs(w, 10), []job.ID{})
	w.Reopen()
	w.Clock.Advance(3 * time.Minute)
	w.Equal("the longest due first", dueInputs(w, 10), []job.ID{inline.ID, file.ID, uploaded.ID})
	w.Equal("the limit is kept", dueInputs(w, 2), []job.ID{inline.ID, file.ID})

	for _, c := range []struct {
		of    *job.Job
		files []string
		freed int64
	}{{inline, nil, 5}, {file, []string{job.InputKey(file.ID)}, 1000}, {uploaded, []string{u.BlobKey()}, 7}} {
		made, err := w.ChangeJob(c.of.ID, loseInput)
		w.NoError(err)
		w.Equal("files", append([]string(nil), made.Files...), c.files)
		w.Equal("where it is", made.Job.Input, job.Input{Size: c.of.Input.Size, Where: job.Gone, Type: c.of.Input.Type})
		stored -= c.freed
		w.Has("ann", account.Counts{StoredBytes: stored})
		got, err := w.Get(w.Ctx(), c.of.ID)
		w.NoError(err)
		w.Equal("as it is read", got.Input, made.Job.Input)
		_, err = w.Input(w.Ctx(), c.of.ID)
		w.IsKind(err, fault.NotFound, "")
	}
	w.Equal("none is left", dueInputs(w, 10), []job.ID{})
	w.IsGone(u.ID)
	w.Must(file.ID, world.Remove)
	w.Must(inline.ID, world.Remove)
	w.Has("ann", account.Counts{StoredBytes: stored})
	_, err = w.Input(w.Ctx(), kept.ID)
	w.NoError(err)
}

// inputsStay: nothing of a job's input goes while it may be needed, and a refused decision
// changes nothing.
func inputsStay(w *world.World) {
	j := w.SubmitJob("ann")
	for what, decide := range map[string]world.Decision{
		"an unfinished job's input is dropped": loseInput,
		"an unfinished job's input has a time": func(c *protocol.Change, _ *job.Job, l protocol.Ledger) error {
			c.InputUntil = l.Now()
			return nil
		},
		"the decision is none": func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			c.DropInput = true
			return errors.Join(world.GiveUp(c, j, l), world.ErrBusy)
		},
	} {
		if _, err := w.ChangeJob(j.ID, decide); err == nil {
			w.T.Errorf("%s: it was taken", what)
		}
	}
	w.Must(j.ID, world.GiveUp)
	w.Clock.Advance(24 * time.Hour)
	w.Equal("nothing is due", dueInputs(w, 10), []job.ID{})
	_, err := w.Input(w.Ctx(), j.ID)
	w.NoError(err)
	w.Has("ann", account.Counts{StoredBytes: 5})
}
