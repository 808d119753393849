package rows

import (
	"fmt"
	"slices"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// each returns one number of every round.
func each(rounds []rig.Round, f func(rig.Round) float64) []float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, f(r))
	}
	return all
}

// ratioLines says how many requests a second ours answers over the bare
// handler, and how long they took.
func ratioLines(what string, rounds []rig.Round, least float64) []table.Line {
	perSecond := func(s rig.Sample) float64 { return s.PerSecond }
	l := compared(what, rounds, perSecond, func(v float64) string { return fmt.Sprintf("%.0f/s", v) })
	if least > 0 {
		l = l.AtLeast(table.Median(ratios(rounds, perSecond)), least)
	}
	cpu := func(s rig.Sample) float64 { return float64(s.CPU) / float64(time.Microsecond) }
	return []table.Line{l, latencyLine(rounds), compared("… server's processor time a request", rounds, cpu,
		func(v float64) string { return fmt.Sprintf("%.1f µs", v) })}
}

// compared says one number of both servers and the ratio.
func compared(what string, rounds []rig.Round, of func(rig.Sample) float64, text func(float64) string) table.Line {
	all := ratios(rounds, of)
	return table.Line{
		What:   what,
		Ours:   text(table.Median(each(rounds, func(r rig.Round) float64 { return of(r.Ours) }))),
		Other:  text(table.Median(each(rounds, func(r rig.Round) float64 { return of(r.Other) }))),
		Result: fmt.Sprintf("%.2f", table.Median(all)),
		Spread: fmt.Sprintf("%.2f to %.2f", slices.Min(all), slices.Max(all)),
	}
}

// ratios returns a number of ours over the other's, round by round.
func ratios(rounds []rig.Round, of func(rig.Sample) float64) []float64 {
	return each(rounds, func(r rig.Round) float64 { return of(r.Ours) / of(r.Other) })
}

// latencyLine says how long the requests of the line above took.
func latencyLine(rounds []rig.Round) table.Line {
	text := func(side func(rig.Round) rig.Sample) string {
		at := func(percentile func(rig.Sample) time.Duration) string {
			return table.Millis(time.Duration(table.Median(each(rounds, func(r rig.Round) float64 { return float64(percentile(side(r))) }))))
		}
		return at(func(s rig.Sample) time.Duration { return s.P50 }) + ", " + at(func(s rig.Sample) time.Duration { return s.P90 }) +
			", " + at(func(s rig.Sample) time.Duration { return s.P99 })
	}
	return table.Line{
		What: "… its p50, p90, p99", Ours: text(func(r rig.Round) rig.Sample { return r.Ours }),
		Other: text(func(r rig.Round) rig.Sample { return r.Other }),
	}
}
