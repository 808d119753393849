// Package rig is what measuring needs: it builds the real program, starts it
// and what it is compared with, fills stores, and loads servers. What is
// measured, and how much of it is enough, is not its business.
package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Sizes are how much is measured.
type Sizes struct {
	Rounds    int           // of which the median is taken
	Round     time.Duration // how long a round's load lasts
	Polled    int           // jobs whose status is asked for, all of them in memory
	Stored    int           // jobs in a full store
	Few       int           // jobs in a store with few
	Latencies int           // jobs handed in one after the other
	Document  int64         // bytes of the formatter's input
	Large     int64         // bytes of the input that memory is watched with
}

// How much is measured by a run, and by one that only shows that all works.
var (
	WholeRun = Sizes{
		Rounds: 5, Round: 4 * time.Second, Polled: 10_000, Stored: 1_000_000, Few: 1000, Latencies: 500,
		Document: 100e6, Large: 1e9,
	}
	ShortRun = Sizes{
		Rounds: 3, Round: time.Second, Polled: 1000, Stored: 20_000, Few: 1000, Latencies: 50,
		Document: 10e6, Large: 100e6,
	}
)

// A Rig is what one run of the benchmarks works with. It is made as a value of
// its first five fields.
type Rig struct {
	Sizes

	Dir     string    // temporary; set by Prepare
	Keep    string    // where full data folders stay
	Program string    // the server; set by Prepare
	Store   string    // address of a PostgreSQL cluster; empty: the embedded store is measured
	Log     io.Writer // of what goes on, beside the table
}

// Prepare builds the program and makes the folders.
func (b *Rig) Prepare(ctx context.Context) (err error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("the load generator wrk is not installed; on Debian and Ubuntu: apt-get install wrk")
	}
	if b.Dir, err = os.MkdirTemp("", "claimcheck-bench-"); err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	if b.Keep == "" {
		b.Keep = b.Dir
	}
	if err := os.MkdirAll(b.Keep, 0o700); err != nil {
		return fmt.Errorf("make the folder to keep: %w", err)
	}
	b.Program = filepath.Join(b.Dir, "claimcheck")
	if err := b.Build(ctx, b.Program); err != nil {
		return err
	}
	return b.writeConfig()
}

// Clean removes what the run made, but for what it was told to keep.
func (b *Rig) Clean() error { return os.RemoveAll(b.Dir) }

// Say tells what goes on, beside the table.
func (b *Rig) Say(format string, args ...any) { _, _ = fmt.Fprintf(b.Log, format+"\n", args...) }
