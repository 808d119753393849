//go:build !linux

package pgproc

import (
	"os/exec"
	"testing"
)

// A credential is of Linux alone: elsewhere the test's own user runs PostgreSQL.
type credential struct{ Uid, Gid uint32 }

func owner(testing.TB) (id credential, ok bool) { return id, false }

func unprivileged(testing.TB, *exec.Cmd) {}

func spawn(cmd *exec.Cmd) error { return cmd.Start() }
