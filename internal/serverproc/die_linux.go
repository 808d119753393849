package serverproc

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel end the process if the test binary is killed.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
