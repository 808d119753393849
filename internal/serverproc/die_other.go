//go:build !linux

package serverproc

import "os/exec"

// dieWithParent does nothing where the kernel cannot; t.Cleanup still ends it.
func dieWithParent(*exec.Cmd) {}
