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
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// bareCommand makes this program the server that the real one is compared with.
const bareCommand = "bare"

// A row measures one thing and says it in one or more lines of the table.
type row struct {
	name    string // what --only is matched with
	measure func(context.Context, *bench) ([]line, error)
}

// rows is the one list of all rows.
func rows() []row {
	return []row{
		{"status of finished jobs", statusFinished},
		{"status of unfinished jobs", statusUnfinished},
		{"status cold", statusCold},
		{"status p50 by number of jobs", statusByNumber},
		{"status beside lists", listsBesideStatus},
		{"submit", submitAccepting},
		{"submit while workers run", submitWorking},
		{"end to end", endToEnd},
		{"end to end against an earlier build", endToEndEarlier},
		{"idle latency", idleLatency},
		{"formatter speed", formatterSpeed},
		{"formatter memory", formatterMemory},
		{"file copies", fileCopies},
		{"idle memory", idleMemory},
		{"start", startTime},
		{"held polls", heldPolls},
		{"polling", polling},
		{"hints", hints},
		{"fairness", fairness},
		{"queue cost", queueCost},
		{"HTTP tool overhead", overhead},
	}
}

// Sizes are how much is measured.
type sizes struct {
	rounds    int           // of which the median is taken
	round     time.Duration // how long a round's load lasts
	polled    int           // jobs whose status is asked for, all of them in memory
	stored    int           // jobs in a full store
	few       int           // jobs in a store with few
	latencies int           // jobs handed in one after the other
	document  int64         // bytes of the formatter's input
	large     int64         // bytes of the input that memory is watched with
}

var (
	wholeRun = sizes{
		rounds: 5, round: 4 * time.Second, polled: 10_000, stored: 1_000_000, few: 1000, latencies: 500,
		document: 100e6, large: 1e9,
	}
	shortRun = sizes{
		rounds: 3, round: time.Second, polled: 1000, stored: 20_000, few: 1000, latencies: 50,
		document: 10e6, large: 100e6,
	}
)

// A bench is one run.
type bench struct {
	sizes
	dir     string // temporary
	keep    string // where full data folders stay
	program string // the built server
	earlier string // an earlier build to compare with; empty: none
	store   string // address of a PostgreSQL cluster; empty: the embedded store is measured
	log     io.Writer
}

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
	if len(args) > 0 && args[0] == bareCommand {
		return serveBare(ctx, os.Stdin, os.Stdout)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "measure only the rows whose name matches this regular `expression`")
	short := flags.Bool("short", false, "measure little, to see whether it works")
	store := flags.String("store", "", "measure servers on PostgreSQL, in databases of the cluster at this `address`")
	earlier := flags.String("earlier", "", "compare with an earlier build of the `program`")
	keep := flags.String("keep", "", "keep the folder of stored jobs in this `folder`, and use it again")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	b := &bench{sizes: wholeRun, keep: *keep, log: os.Stderr, store: *store, earlier: *earlier}
	if *short {
		b.sizes = shortRun
	}
	if err := b.prepare(ctx); err != nil {
		return errors.Join(err, b.clean())
	}
	m := startMeter()
	lines, err := b.measure(ctx, chosen)
	return errors.Join(printReport(os.Stdout, args, b.keep, m.others(), lines), err, b.clean())
}

// prepare builds the program and makes the folders.
func (b *bench) prepare(ctx context.Context) (err error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("the load generator wrk is not installed; on Debian and Ubuntu: apt-get install wrk")
	}
	if b.dir, err = os.MkdirTemp("", "claimcheck-bench-"); err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	if b.keep == "" {
		b.keep = b.dir
	}
	if err := os.MkdirAll(b.keep, 0o700); err != nil {
		return fmt.Errorf("make the folder to keep: %w", err)
	}
	b.program = filepath.Join(b.dir, "claimcheck")
	if err := b.build(ctx, b.program); err != nil {
		return err
	}
	return b.writeConfig()
}

func (b *bench) clean() error { return os.RemoveAll(b.dir) }

// measure runs the chosen rows. A row that breaks is reported in the end; the
// others are measured all the same.
func (b *bench) measure(ctx context.Context, chosen *regexp.Regexp) ([]line, error) {
	var lines []line
	var broken error
	all := rows()
	if b.store != "" {
		all = sharedRows()
	}
	for _, r := range all {
		if !chosen.MatchString(r.name) || ctx.Err() != nil {
			continue
		}
		b.say("%s ...", r.name)
		found, err := r.measure(ctx, b)
		if err != nil {
			broken = errors.Join(broken, fmt.Errorf("%s: %w", r.name, err))
		}
		lines = append(lines, found...)
	}
	if broken == nil {
		broken = ctx.Err()
	}
	return lines, broken
}

// say tells what goes on, beside the table.
func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.log, format+"\n", args...) }
