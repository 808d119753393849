package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const lookEvery = 5 * time.Millisecond

// runWatched runs a program and returns the most memory that it and the processes that it has started had, each at
// its own time: the sum of VmHWM of proc(5) as it was last seen.
func runWatched(cmd *exec.Cmd) (int64, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start: %w", err)
	}
	over, seen := make(chan struct{}), make(chan map[int]int64)
	go func() {
		most := map[int]int64{}
		for {
			look(cmd.Process.Pid, most)
			select {
			case <-over:
				seen <- most
				return
			case <-time.After(lookEvery):
			}
		}
	}()
	err := cmd.Wait()
	close(over)
	var sum int64
	for _, m := range <-seen {
		sum += m
	}
	if err != nil {
		return sum, fmt.Errorf("run: %w", err)
	}
	return sum, nil
}

// look notes the most memory that each process of a group has had.
func look(group int, most map[int]int64) {
	stats, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, entry := range stats {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid < group || groupOf(pid) != group {
			continue
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
		if fields := strings.Fields(rest); len(fields) > 0 {
			if kib, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
				most[pid] = max(most[pid], kib<<10)
			}
		}
	}
}

// groupOf is the group of a process, 0 if it has ended.
func groupOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the second field is a name in brackets
	const group = 2                               // field 5 of proc(5)
	fields := strings.Fields(rest)
	if len(fields) <= group {
		return 0
	}
	n, err := strconv.Atoi(fields[group])
	if err != nil {
		return 0
	}
	return n
}
