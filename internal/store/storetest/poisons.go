package storetest

import (
	"cmp"
	"slices"
	"time"

	"claimcheck/internal/job"
)

func poisonsKept(w *world) {
	has := func(want ...job.Poison) {
		w.t.Helper()
		got, err := w.Poisons(w.ctx())
		w.noError(err)
		slices.SortFunc(got, func(a, b job.Poison) int { return cmp.Compare(a.Sum, b.Sum) })
		w.equal("poisons", got, want)
	}
	poison := func(sum int64, life time.Duration) job.Poison {
		return job.Poison{InputMark: job.InputMark{Owner: "ann", Tool: "x", Sum: sum}, Until: milli(w.clock.Now().Add(life))}
	}
	has()
	short, long := poison(-5, time.Minute), poison(1<<62, time.Hour)
	w.noError(w.AddPoison(w.ctx(), short))
	w.noError(w.AddPoison(w.ctx(), long))
	has(short, long)
	w.reopen()
	has(short, long)
	w.clock.advance(time.Minute)
	has(long)
	again := poison(-5, time.Hour) // in place of the one whose time has passed
	w.noError(w.AddPoison(w.ctx(), again))
	has(again, long)
	w.noError(w.AddPoison(w.ctx(), poison(-5, 0))) // forgiven
	has(long)
}
