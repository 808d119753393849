// Package table is the table of results: its lines, what they are judged by, and
// how numbers are written. It measures nothing.
package table

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// A Line is a line of the table. Its verdict is empty where there is no target.
type Line struct {
	What   string
	Ours   string
	Other  string // what it is compared with
	Result string
	Spread string // least and greatest of the rounds
	Target string
	Met    string
}

// AtLeast gives a line a target.
func (l Line) AtLeast(got, want float64) Line {
	return l.Judged(got >= want, fmt.Sprintf("≥ %v", want))
}

// Judged gives a line a target and says whether it was reached.
func (l Line) Judged(reached bool, target string) Line {
	l.Target, l.Met = target, "not reached"
	if reached {
		l.Met = "reached"
	}
	return l
}

// PrintReport prints the machine and the table in Markdown. args are what stands behind go run, data is where the
// database was, others the share of the cores that other programs used.
func PrintReport(w io.Writer, args []string, data string, others float64, lines []Line) error {
	var b strings.Builder
	command := strings.TrimSpace("go run " + strings.Join(args, " "))
	fmt.Fprintf(&b, "Measured on %s with `%s`: %s. Other programs used %.0f %% of the cores meanwhile.\n\n",
		time.Now().UTC().Format("2006-01-02 15:04 UTC"), command, machine(data), others*100)
	b.WriteString("| measured | ours | compared with | result | rounds | target | |\n|---|---|---|---|---|---|---|\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s |\n", strings.Join([]string{l.What, l.Ours, l.Other, l.Result, l.Spread, l.Target, l.Met}, " | "))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}

// machine describes where it was measured.
func machine(data string) string {
	model := field("/proc/cpuinfo", "model name")
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		kernel = []byte("unknown")
	}
	return fmt.Sprintf("%d cores (%s) shared with the load generator, %s memory, Linux %s, data on %s, %s",
		runtime.NumCPU(), model, field("/proc/meminfo", "MemTotal"), strings.TrimSpace(string(kernel)), fileSystem(data), runtime.Version())
}

// field returns a value of a file of "name: value" lines.
func field(path, name string) string {
	text, err := os.ReadFile(path) //nolint:gosec // files of the kernel
	if err != nil {
		return "unknown"
	}
	for l := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
