package proxyproc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Memory is what the proxy and its processes have had in memory at most, in bytes:
// pages that they share count for each.
func (p *Proxy) Memory(t testing.TB) int64 {
	t.Helper()
	sum := memory(t, p.PID)
	if sum == 0 {
		t.Fatalf("process %d is not there any more", p.PID)
	}
	return sum
}

// memory is that of a process and those below it; one that has ended has none.
func memory(t testing.TB, pid int) (sum int64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, there := strings.Cut(string(status), "VmHWM:")
	if !there { // it has ended, and nobody has asked how
		return 0
	}
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
	sum = kib << 10
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // a thread that has ended
		}
		for child := range strings.FieldsSeq(string(text)) {
			if n, err := strconv.Atoi(child); err == nil {
				sum += memory(t, n)
			}
		}
	}
	return sum
}
