package sched

import (
	"math"
	"slices"
	"time"
)

// A forecast says how likely an unfinished job ends in each of the next
// seconds, in parts of a whole that need not be 1.
type forecast struct {
	mass [maxHint + 2]float64 // mass[s]: it is seen to have ended s seconds from now, and not before; the last one: later
	when [maxHint + 2]float64 // the same parts times when it ends, in seconds
}

const (
	// pollCost is how many seconds of late notice a poll is worth: what a client
	// pays that asks every two seconds and so notices a second late.
	pollCost = 1.0
	// noticeable is how long after its end a job is seen to have ended, and how
	// much the clocks of both sides differ in the course of a job.
	noticeable = 20 * time.Millisecond
)

// unseen is how likely a run of which nothing is known takes longer than so
// many seconds. Most are over at once; of the others a heavy tail takes seconds
// to hours (a Pareto distribution of exponent 2).
func unseen(seconds float64) float64 {
	const (
		quick     = 0.7 // part of the runs that are over at once
		quickMean = 0.2 // seconds that these take
		slowScale = 12  // seconds; of the slow ones a quarter take longer
	)
	slow := slowScale / (slowScale + seconds)
	return quick*math.Exp(-seconds/quickMean) + (1-quick)*slow*slow
}

// add says that a part ends after so many seconds.
func (f *forecast) add(seconds, part float64) {
	s := min(int(math.Ceil(max(seconds+noticeable.Seconds(), 0))), maxHint+1)
	f.mass[max(s, 1)] += part
	f.when[max(s, 1)] += part * max(seconds, 0)
}

// addTail says that a part ends after a wait and whatever longer gives: how
// likely it takes longer than so many seconds.
func (f *forecast) addTail(wait, part float64, longer func(seconds float64) float64) {
	from, left := 0.0, 1.0
	for from < maxHint && left > 0.001 {
		to := from + max(0.5, math.Floor(from/8)) // it matters less and less when exactly
		more := longer(to)
		f.add(wait+(from+to)/2, part*(left-more))
		from, left = to, more
	}
	f.add(wait+maxHint, part*left)
}

// addRun says that a part ends after a wait and a run of which nothing is known
// but that it has taken ran seconds.
func (f *forecast) addRun(wait, ran, part float64) {
	whole := unseen(ran)
	f.addTail(wait, part, func(seconds float64) float64 { return unseen(ran+seconds) / whole })
}

// addLost says that it ends after as long again as it has waited, as likely as
// not: it is not known what it waits for.
func (f *forecast) addLost(wait, waited float64) {
	waited += 0.5
	f.addTail(wait, 1, func(seconds float64) float64 { return waited / (waited + seconds) })
}

// addRuns says how the runs of which took tells (milliseconds) would go on
// after ran seconds, behind a wait, together a part of 1. Few runs are believed
// less than many, and none longer than ran says nothing.
func (f *forecast) addRuns(took []uint32, wait, ran float64, part float64) {
	longer := 0
	for _, ms := range took {
		if float64(ms)/1000 > ran {
			longer++
		}
	}
	doubt := part
	if longer > 0 {
		n := float64(len(took))
		unsure := unseen(ran) / n
		each := part / (float64(longer) + unsure)
		for _, ms := range took {
			if left := float64(ms)/1000 - ran; left > 0 {
				f.add(wait+left, each)
			}
		}
		doubt = unsure * each
	}
	f.addRun(wait, ran, doubt)
}

// best returns after how many whole seconds it is best to ask, so that polls and late
// notice together cost least until the end is noticed. It looks at each later
// poll as well: what is best at s seconds is known once that is known for all
// later ones.
func (f *forecast) best() int64 {
	var sooner, when [maxHint + 1]float64 // parts that are over by then
	total := f.mass[maxHint+1]
	for s := 1; s <= maxHint; s++ {
		total += f.mass[s]
		sooner[s], when[s] = sooner[s-1]+f.mass[s], when[s-1]+f.when[s]
	}
	var cost [maxHint + 1]float64
	cost[maxHint] = f.mass[maxHint+1] * pollCost
	best := maxHint
	for s := maxHint - 1; s >= 0; s-- {
		cost[s] = math.Inf(1)
		for at := s + 1; at <= maxHint; at++ {
			late := float64(at)*(sooner[at]-sooner[s]) - (when[at] - when[s])
			if late >= cost[s] {
				break // it only grows
			}
			if c := pollCost*(total-sooner[s]) + late + cost[at]; c < cost[s] {
				cost[s], best = c, at-s
			}
		}
	}
	return int64(best)
}

// typical is how much longer a run of those that took tells of (milliseconds) takes that
// has taken ran: half of the longer ones were over by then. ok is false if none was longer.
func typical(took []uint32, ran time.Duration) (left time.Duration, ok bool) {
	longer := make([]uint32, 0, len(took))
	for _, ms := range took {
		if time.Duration(ms)*time.Millisecond > ran {
			longer = append(longer, ms)
		}
	}
	if len(longer) == 0 {
		return 0, false
	}
	slices.Sort(longer)
	return time.Duration(longer[len(longer)/2])*time.Millisecond - ran, true
}
