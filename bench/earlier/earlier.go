// Package earlier has the rows in which this build of the program and an
// earlier one take turns on the same machine, each on a store of its own: what
// a change made quicker or slower shows, whatever else the machine does. One
// file a row; to add one, its file and its line in the list below.
package earlier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const (
	fewestRounds = 5
	least        = 0.97 // of the earlier build's speed
)

// A Row measures one number of a build.
type Row struct {
	Name string

	about    func(*rig.Rig) string
	text     func(float64) string
	less     bool // less is better: it is a time
	embedded bool // it is measured on the embedded store alone
	open     func(ctx context.Context, b *build) (measure, error)
}

// A measure is made once in each round. It returns the number and how many
// requests, or jobs, were answered for it.
type measure func(context.Context) (number float64, done int64, err error)

// Rows is the one list of these rows.
func Rows() []Row {
	return []Row{
		statusKnown,
		statusCold,
		submit,
		idleLatency,
		endToEnd,
		longPolls,
		list,
	}
}

// A build is one of the two programs with a server of it.
type build struct {
	*rig.Rig

	name   string
	server *rig.Server
}

// serve starts the build's server on a fresh folder or database.
func (b *build) serve(ctx context.Context, flags ...string) (err error) {
	if b.Store == "" {
		b.server, err = b.ServeNew(ctx, flags...)
		return err
	}
	db, err := b.Database(ctx, "bench_"+b.name, false)
	if err == nil {
		b.server, err = b.ServeShared(ctx, db, "api,worker", flags...)
	}
	return err
}

func (b *build) stop() error {
	if b.server == nil {
		return nil
	}
	return b.server.Stop()
}

// Measure lets this build and the earlier program take turns; who begins
// changes with each round, and a first one is not counted.
func (r Row) Measure(ctx context.Context, this *rig.Rig, program string) (_ []table.Line, err error) {
	if r.embedded && this.Store != "" {
		this.Say("  on the embedded store alone")
		return nil, nil
	}
	old := *this
	old.Program = program
	builds := [2]*build{{Rig: this, name: "this"}, {Rig: &old, name: "earlier"}}
	var measures [2]measure
	for i, b := range builds {
		defer func() { err = errors.Join(err, b.stop()) }()
		if measures[i], err = r.open(ctx, b); err != nil {
			return nil, fmt.Errorf("%s build: %w", b.name, err)
		}
	}
	var numbers, cpu [2][]float64
	for round := range max(this.Rounds, fewestRounds) + 1 {
		for turn := range builds {
			i := (round + turn) % len(builds)
			n, each, err := builds[i].timed(ctx, measures[i])
			if err != nil {
				return nil, fmt.Errorf("%s build: %w", builds[i].name, err)
			}
			if round > 0 {
				numbers[i], cpu[i] = append(numbers[i], n), append(cpu[i], each)
			}
			this.Say("  round %d, %s build: %s, %s of processor time each", round, builds[i].name, r.text(n), inMicros(each))
		}
	}
	used := Row{about: func(*rig.Rig) string { return "… server's processor time for each" }, text: inMicros, less: true}
	return []table.Line{r.line(this, numbers[0], numbers[1]), used.line(this, cpu[0], cpu[1])}, nil
}

// timed measures, and returns as well the server's processor time for each
// request or job, in nanoseconds: other programs disturb it less.
func (b *build) timed(ctx context.Context, m measure) (number, each float64, err error) {
	before, err := b.server.CPU()
	if err != nil {
		return 0, 0, err
	}
	number, done, err := m(ctx)
	if err != nil {
		return 0, 0, err
	}
	after, err := b.server.CPU()
	return number, float64(after-before) / float64(max(done, 1)), err
}

func inMicros(nanoseconds float64) string { return fmt.Sprintf("%.1f µs", nanoseconds/1e3) }

// line says how quick this build is: above 1 is quicker than the earlier one.
func (r Row) line(this *rig.Rig, ours, earlier []float64) table.Line {
	speed := make([]float64, len(ours))
	for i := range ours {
		speed[i] = ours[i] / earlier[i]
		if r.less {
			speed[i] = 1 / speed[i]
		}
	}
	l := table.Line{
		What: r.about(this), Ours: r.text(table.Median(ours)), Other: r.text(table.Median(earlier)), Result: fmt.Sprintf("%.2f", table.Median(speed)),
		Spread: fmt.Sprintf("%.2f to %.2f (%d rounds)", slices.Min(speed), slices.Max(speed), len(speed)),
	}
	return l.AtLeast(table.Median(speed), least)
}
