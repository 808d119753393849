//go:build !linux

package pgproc

import (
	"os/exec"
	"syscall"
	"testing"
)

func owner(testing.TB) (id syscall.Credential, ok bool) { return id, false }

func unprivileged(testing.TB, *exec.Cmd) {}

func spawn(cmd *exec.Cmd) error { return cmd.Start() }
