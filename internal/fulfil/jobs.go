package fulfil

import (
	"context"

	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

// submit makes the order a job, and waits for it if the client wants that.
func (e *errand) submit(ctx context.Context) (Answer, error) {
	if err := e.Input.Persist(ctx); err != nil {
		e.Input.Discard()
		return Answer{}, err
	}
	defer e.Input.Release()
	j, replay, err := e.Queue.Submit(context.WithoutCancel(ctx), e.spec())
	if err != nil || replay != nil {
		e.Input.Forget(err)
	}
	switch {
	case err != nil:
		return Answer{}, err
	case replay != nil:
		return e.replay(ctx, replay)
	case e.patience() == 0:
		return Answer{Job: &j}, nil
	}
	known, err := e.await(ctx, e.ID)
	return Answer{Job: known, Waited: true}, err
}

// await waits until a job is finished or the patience is over. A job that was
// accepted is not refused because too many requests wait: it is answered as it
// is.
func (e *errand) await(ctx context.Context, id job.ID) (*job.Job, error) {
	leave, _ := e.Enter(e.Owner, e.Plan.MaxHeld)
	if leave == nil {
		return jobOf(e.Queue.Get(ctx, e.Owner, id))
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, e.patience())
	defer cancel()
	defer context.AfterFunc(e.Stopping, cancel)()
	return jobOf(e.Queue.Await(ctx, e.Owner, id, view.Finished))
}

func jobOf(snap *view.Snapshot, err error) (*job.Job, error) {
	if err != nil {
		return nil, err
	}
	return &snap.Job, nil
}
