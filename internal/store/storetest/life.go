package storetest

import (
	"fmt"
	"sync"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// concurrentLife: clients of three owners submit, and workers claim, finish,
// give up and remove, all at once; the counts are exact in the end, and every
// reader sees versions grow.
func concurrentLife(w *world.World) {
	const owners, each = 3, 40
	var wg sync.WaitGroup
	ids := make(chan job.ID, owners*each)
	for n := range owners {
		owner := fmt.Sprint("owner", n)
		for range 4 {
			wg.Go(func() {
				for range each / 4 {
					s := world.Submission(w.Job(owner))
					s.Admit = world.Charge(owner, 7)
					if err := w.Submit(w.Ctx(), s); err != nil {
						w.T.Error(err)
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
				if err := w.Live(id, n); err != nil {
					w.T.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(ids)
	workers.Wait()
	if w.T.Failed() {
		return
	}
	w.Equal("backlog", w.ToolCounts(), []account.ToolCount{})
	for n := range owners {
		owner := fmt.Sprint("owner", n)
		usage, has, err := w.Usage(w.Ctx(), owner, 7)
		w.NoError(err)
		w.Equal("usage", usage, account.Usage{Jobs: each})
		kept := w.ListIDs(protocol.Filter{Owner: owner, Limit: 1000})
		w.Equal("counts", has, account.Counts{StoredBytes: 5 * int64(len(kept))})
	}
}
