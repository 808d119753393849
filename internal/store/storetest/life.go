package storetest

import (
	"fmt"
	"sync"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// concurrentLife: clients of three owners submit, and workers claim, finish,
// give up and remove, all at once; the counts are exact in the end, and every
// reader sees versions grow.
func concurrentLife(w *world) {
	const owners, each = 3, 40
	var wg sync.WaitGroup
	ids := make(chan job.ID, owners*each)
	for n := range owners {
		owner := fmt.Sprint("owner", n)
		for range 4 {
			wg.Go(func() {
				for range each / 4 {
					s := submission(w.job(owner))
					s.Admit = charge(owner, 7)
					if err := w.Submit(w.ctx(), s); err != nil {
						w.t.Error(err)
						return
					}
					ids <- s.Job.ID
				}
			})
		}
	}
	var workers sync.WaitGroup
	for n := range 6 {
		workers.Go(func() {
			for id := range ids {
				if err := w.live(id, n); err != nil {
					w.t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(ids)
	workers.Wait()
	if w.t.Failed() {
		return
	}
	w.equal("backlog", w.backlog(), []account.ToolCount{})
	for n := range owners {
		owner := fmt.Sprint("owner", n)
		usage, has, err := w.Usage(w.ctx(), owner, 7)
		w.noError(err)
		w.equal("usage", usage, account.Usage{Jobs: each})
		kept := w.list(protocol.Filter{Owner: owner, Limit: 1000})
		w.equal("counts", has, account.Counts{StoredBytes: 5 * int64(len(kept))})
	}
}

// live takes one job to its end, in a way that depends on the worker.
func (w *world) live(id job.ID, worker int) error {
	var lease job.Lease
	steps := []decision{claim(fmt.Sprint("w", worker)), func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if worker%3 == 0 {
			return giveUp(c, j, l)
		}
		return finish(lease, nil)(c, j, l)
	}}
	if worker%3 == 1 {
		steps = append(steps, remove)
	}
	var version int64
	for _, decide := range steps {
		c := &protocol.Change{ID: id, Decide: decide}
		if err := w.Change(w.ctx(), []*protocol.Change{c}); err != nil {
			return err
		}
		if c.Err != nil {
			return c.Err
		}
		if c.Job.Ready != nil {
			lease = c.Job.Ready.Lease
		}
		if c.Delete {
			return nil
		}
		j, err := w.Get(w.ctx(), id)
		if err != nil {
			return err
		}
		if j.Version <= version || j.Version != c.Job.Version {
			return fmt.Errorf("job %s: read version %d after %d, written %d", id, j.Version, version, c.Job.Version)
		}
		version = j.Version
	}
	return nil
}
