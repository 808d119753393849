package pgproc

import (
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// owner is the unprivileged user that PostgreSQL, which refuses root, is run by;
// ok is false if the test is no root itself.
func owner(t testing.TB) (id syscall.Credential, ok bool) {
	t.Helper()
	if os.Geteuid() != 0 {
		return id, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, true
		}
	}
	t.Fatal("there is no user postgres or nobody")
	return id, false
}

// unprivileged runs a command as that user; it is stopped when the test binary
// is killed.
func unprivileged(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if id, ok := owner(t); ok {
		cmd.SysProcAttr.Credential = &id
	}
	cmd.Dir = "/"
}

// spawn starts a command from a thread that stays: the kernel takes the end of
// the thread that started a process for the end of its parent.
func spawn(cmd *exec.Cmd) error {
	failed := make(chan error)
	go func() {
		runtime.LockOSThread()
		failed <- cmd.Start()
		select {} // keeps the thread
	}()
	return <-failed
}
