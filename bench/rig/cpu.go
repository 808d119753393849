package rig

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc (USER_HZ).
const tick = 10 * time.Millisecond

// CPU is the processor time that a process has used.
func (p *Process) CPU() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the time of a process: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the second field is a name in brackets
	fields := strings.Fields(rest)
	const user, system = 11, 12 // fields 14 and 15 of proc(5)
	if len(fields) <= system {
		return 0, fmt.Errorf("/proc/PID/stat is %q", text)
	}
	return ticks(fields[user]) + ticks(fields[system]), nil
}

func ticks(text string) time.Duration {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * tick
}

// A Meter tells how much other programs disturb a run.
type Meter struct {
	began     time.Time
	busy, own time.Duration
}

// StartMeter returns a meter that begins now.
func StartMeter() Meter { return Meter{time.Now(), busyTime(), ownTime()} }

// Others is the share of all cores' time since the meter was started that
// other programs used. It is to be asked when all processes of the run have
// ended.
func (m Meter) Others() float64 {
	foreign := (busyTime() - m.busy) - (ownTime() - m.own)
	all := time.Since(m.began) * time.Duration(runtime.NumCPU())
	return max(float64(foreign)/float64(all), 0)
}

// busyTime is how long all cores together were not idle since the machine was
// started, 0 if it is not known.
func busyTime() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	var busy time.Duration
	for i, field := range strings.Fields(first) {
		switch i {
		case 1, 2, 3, 6, 7, 8: // user, nice, system, irq, softirq, steal
			busy += ticks(field)
		}
	}
	return busy
}

// ownTime is what this process and its ended children used, as far as it is known.
func ownTime() time.Duration {
	var total time.Duration
	for _, used := range []func() (time.Duration, error){ProcessorTime, childrenTime} {
		if t, err := used(); err == nil {
			total += t
		}
	}
	return total
}
