package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A line is a line of the table. Its verdict is empty where there is no target.
type line struct {
	what   string
	ours   string
	other  string // what it is compared with
	result string
	spread string // least and greatest of the rounds
	target string
	met    string
}

// atLeast gives a line a target.
func (l line) atLeast(got, want float64) line {
	return l.judged(got >= want, fmt.Sprintf("≥ %v", want))
}

// judged gives a line a target and says whether it was reached.
func (l line) judged(reached bool, target string) line {
	l.target, l.met = target, "not reached"
	if reached {
		l.met = "reached"
	}
	return l
}

// printReport prints the machine and the table in Markdown. data is where the
// database was, others the share of the cores that other programs used.
func printReport(w io.Writer, args []string, data string, others float64, lines []line) error {
	var b strings.Builder
	command := strings.TrimSpace("go run ./bench " + strings.Join(args, " "))
	fmt.Fprintf(&b, "Measured on %s with `%s`: %s. Other programs used %.0f %% of the cores meanwhile.\n\n",
		time.Now().UTC().Format("2006-01-02 15:04 UTC"), command, machine(data), others*100)
	b.WriteString("| measured | ours | compared with | result | rounds | target | |\n|---|---|---|---|---|---|---|\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s |\n", strings.Join([]string{l.what, l.ours, l.other, l.result, l.spread, l.target, l.met}, " | "))
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

// fileSystem names what holds a folder: an fsync is quick where nothing is
// kept. The numbers are those of statfs(2).
func fileSystem(path string) string {
	names := map[int64]string{
		0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x2fc12fc1: "zfs", 0x794c7630: "overlayfs",
		0x01021994: "tmpfs (nothing is durable there)",
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return "an unknown file system"
	}
	if name, ok := names[int64(st.Type)]; ok { //nolint:unconvert // its type differs between machines
		return name
	}
	return fmt.Sprintf("file system %#x", st.Type)
}

func rate(perSecond float64) string { return fmt.Sprintf("%.0f/s", perSecond) }

func millis(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
