// Command bench builds the real program, starts it, drives it over loopback
// and prints what it reached, as a table for docs/PERFORMANCE.md. Where the
// target is a ratio, both servers were measured in the same run, in turns, on
// the same cores as the load generator. A target that was not reached is said,
// and is no failure: the exit code is 0 unless something broke.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"claimcheck/bench/earlier"
	"claimcheck/bench/rig"
	"claimcheck/bench/rows"
	"claimcheck/bench/table"
)

const usage = `bench [flags] [ROW...]: measures the rows, or those whose name a ROW is the beginning of.
With --earlier, this build and an earlier one take turns, at least five rounds, in the rows
  %s

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == rig.BareCommand {
		return rig.ServeBare(ctx, os.Stdin, os.Stdout)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "measure only the rows whose name matches this regular `expression`")
	short := flags.Bool("short", false, "measure little, to see whether it works")
	store := flags.String("store", "", "measure servers on PostgreSQL, in databases of the cluster at this `address`")
	old := flags.String("earlier", "", "compare with an earlier build of the `program`")
	rounds := flags.Int("rounds", 0, "measure each row so many `times`; 0: as the size of the run says")
	keep := flags.String("keep", "", "keep the folder of stored jobs in this `folder`, and use it again; an earlier build opens only one that its own benchmarks, or older ones, have made, as schemas grow")
	flags.Usage = func() {
		_, _ = fmt.Fprintf(flags.Output(), usage, strings.Join(names(turns("")), ", "))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	all := rows.Rows()
	switch {
	case *old != "":
		all = turns(*old)
	case *store != "":
		all = rows.SharedRows()
	}
	chosen, err := choose(all, *only, flags.Args())
	if err != nil {
		return err
	}
	b := &rig.Rig{Sizes: rig.WholeRun, Keep: *keep, Log: os.Stderr, Store: *store}
	if *short {
		b.Sizes = rig.ShortRun
	}
	if *rounds > 0 {
		b.Rounds = *rounds
	}
	if err := b.Prepare(ctx); err != nil {
		return errors.Join(err, b.Clean())
	}
	m := rig.StartMeter()
	lines, err := measure(ctx, b, chosen)
	return errors.Join(table.PrintReport(os.Stdout, append([]string{"./bench"}, args...), b.Keep, m.Others(), lines), err, b.Clean())
}

// turns are the rows in which an earlier program takes turns with this build.
func turns(program string) []rows.Row {
	var all []rows.Row
	for _, r := range earlier.Rows() {
		all = append(all, rows.Row{Name: r.Name, Measure: func(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
			return r.Measure(ctx, b, program)
		}})
	}
	return all
}

func names(all []rows.Row) (list []string) {
	for _, r := range all {
		list = append(list, r.Name)
	}
	return list
}

// choose returns the rows that are asked for by an expression and by the
// beginnings of their names.
func choose(all []rows.Row, only string, begins []string) (chosen []rows.Row, err error) {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	unknown := make(map[string]bool)
	for _, begin := range begins {
		unknown[begin] = true
	}
	for _, r := range all {
		named := len(begins) == 0
		for _, begin := range begins {
			if strings.HasPrefix(r.Name, begin) {
				named = true
				delete(unknown, begin)
			}
		}
		if named && wanted.MatchString(r.Name) {
			chosen = append(chosen, r)
		}
	}
	for begin := range unknown {
		return nil, fmt.Errorf("there is no row %q; there are %s", begin, strings.Join(names(all), ", "))
	}
	return chosen, nil
}

// measure runs rows. One that breaks is reported in the end; the others are
// measured all the same.
func measure(ctx context.Context, b *rig.Rig, chosen []rows.Row) ([]table.Line, error) {
	var lines []table.Line
	var broken error
	for _, r := range chosen {
		if ctx.Err() != nil {
			break
		}
		b.Say("%s ...", r.Name)
		found, err := r.Measure(ctx, b)
		if err != nil {
			broken = errors.Join(broken, fmt.Errorf("%s: %w", r.Name, err))
		}
		lines = append(lines, found...)
	}
	if broken == nil {
		broken = ctx.Err()
	}
	return lines, broken
}
