package storetest

import "claimcheck/internal/account"

func usageMonths(w *world) {
	for _, month := range []int{24_000, 24_001, 24_001} {
		s := submission(w.job("ann"))
		s.Admit = charge("ann", month)
		w.noError(w.Submit(w.ctx(), s))
	}
	for month, jobs := range map[int]int64{23_999: 0, 24_000: 1, 24_001: 2} {
		got, has, err := w.Usage(w.ctx(), "ann", month)
		w.noError(err)
		w.equal("usage", got, account.Usage{Jobs: jobs})
		w.equal("counts", has, account.Counts{Queued: 3, StoredBytes: 15})
	}
	got, has, err := w.Usage(w.ctx(), "bob", 24_001)
	w.noError(err)
	w.equal("usage of nobody", got, account.Usage{})
	w.equal("counts of nobody", has, account.Counts{})
}
