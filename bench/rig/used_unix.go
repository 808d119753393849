//go:build unix

package rig

import (
	"fmt"
	"syscall"
	"time"
)

// ProcessorTime is what this process has used so far.
func ProcessorTime() (time.Duration, error) { return used(syscall.RUSAGE_SELF) }

// childrenTime is what its ended children have used.
func childrenTime() (time.Duration, error) { return used(syscall.RUSAGE_CHILDREN) }

func used(who int) (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
