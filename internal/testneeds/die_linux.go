package testneeds

import (
	"os/exec"
	"syscall"
)

// DieWithParent has the kernel end the process if the test binary is killed.
func DieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
