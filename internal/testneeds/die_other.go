//go:build !linux

package testneeds

import "os/exec"

// DieWithParent does nothing where the kernel cannot; t.Cleanup still ends it.
func DieWithParent(*exec.Cmd) {}
