package storetest

import (
	"claimcheck/internal/account"
	"claimcheck/internal/store/storetest/world"
)

func usageMonths(w *world.World) {
	for _, month := range []int{24_000, 24_001, 24_001} {
		s := world.Submission(w.Job("ann"))
		s.Admit = world.Charge("ann", month)
		w.NoError(w.Submit(w.Ctx(), s))
	}
	for month, jobs := range map[int]int64{23_999: 0, 24_000: 1, 24_001: 2} {
		got, has, err := w.Usage(w.Ctx(), "ann", month)
		w.NoError(err)
		w.Equal("usage", got, account.Usage{Jobs: jobs})
		w.Equal("counts", has, account.Counts{Queued: 3, StoredBytes: 15})
	}
	got, has, err := w.Usage(w.Ctx(), "bob", 24_001)
	w.NoError(err)
	w.Equal("usage of nobody", got, account.Usage{})
	w.Equal("counts of nobody", has, account.Counts{})
}
