// Command tools measures the tools that convert data: how fast each of them goes through a
// document, in megabytes of input a second, and the most memory that it has meanwhile. Each is a
// process of its own, and so is the usual program for the same work, in turns with it. A program
// that is not installed is said, and is no failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// runCommand is the word behind which this program is the process of a tool.
const runCommand = "run-tool"

const usage = `tools [flags] [TOOL...]: measures the tools, or those whose name a TOOL is the beginning of.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "tools:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 1 && args[0] == runCommand {
		return runTool(ctx, args[1], args[2:], os.Stdin, os.Stdout)
	}
	flags := flag.NewFlagSet("tools", flag.ContinueOnError)
	size := flags.Int64("size", 100_000_000, "`bytes` of a document")
	rounds := flags.Int("rounds", 3, "measure each tool so many `times`")
	alone := flags.Bool("alone", false, "do not measure the usual programs")
	flags.Usage = func() {
		_, _ = fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(rows(), flags.Args())
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-tools-")
	if err != nil {
		return fmt.Errorf("make a folder for documents: %w", err)
	}
	b := &bench{dir: dir, size: *size, rounds: *rounds, alone: *alone, made: map[string]int64{}}
	m := rig.StartMeter()
	lines, err := b.measureAll(ctx, chosen)
	report := table.PrintReport(os.Stdout, append([]string{"./bench/tools"}, args...), dir, m.Others(), lines)
	return errors.Join(report, err, os.RemoveAll(dir))
}

// choose returns the rows that are asked for by the beginnings of their tools' names.
func choose(all []row, begins []string) (chosen []row, err error) {
	for _, begin := range begins {
		found := false
		for _, r := range all {
			if strings.HasPrefix(r.tool, begin) {
				chosen, found = append(chosen, r), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no row of a tool %q", begin)
		}
	}
	if len(begins) == 0 {
		return all, nil
	}
	return chosen, nil
}
