package rig

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a process may take to stop.
const patience = 40 * time.Second

// A Process is a server that was started and said where it listens.
type Process struct {
	cmd    *exec.Cmd
	URL    string        // http://ADDRESS:PORT
	Ready  time.Duration // from its start until it said so
	errors *bytes.Buffer // what it wrote to standard error; read after its end
}

// Build makes the real program as it is released, with flags for others.
func (b *Rig) Build(ctx context.Context, program string, flags ...string) error {
	args := append(append([]string{"build", "-trimpath", "-o", program}, flags...), "./cmd/claimcheck")
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // our own folder
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program (bench is run from the module's root): %w\n%s", err, out)
	}
	return nil
}

// launch starts a server that says "listening on URL" when it is ready.
func launch(ctx context.Context, stdin io.Reader, name string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.CommandContext(ctx, name, args...), errors: &bytes.Buffer{}} //nolint:gosec // our own programs
	p.cmd.Stdin, p.cmd.Stderr = stdin, p.errors
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = patience
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	text, err := bufio.NewReader(stdout).ReadString('\n')
	p.Ready = time.Since(began)
	url, ok := strings.CutPrefix(strings.TrimSpace(text), "listening on ")
	if err != nil || !ok {
		return nil, fmt.Errorf("%s did not start: it said %q: %w", name, text, errors.Join(err, p.Stop()))
	}
	p.URL = url
	return p, nil
}

// Stop ends the process in good order and waits for it.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.cmd.Path, err)
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s ended with %w: %s", p.cmd.Path, err, p.lastWords())
	}
	return nil
}

// lastWords is the end of what the process wrote to standard error.
func (p *Process) lastWords() []byte {
	const enough = 1000
	all := p.errors.Bytes()
	return all[max(len(all)-enough, 0):]
}

// Memory reads a field of /proc/PID/status in bytes: VmRSS is what is resident
// now, VmHWM the most that ever was.
func (p *Process) Memory(field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of a process: %w", err)
	}
	for l := range strings.Lines(string(text)) {
		words := strings.Fields(l)
		if len(words) == 3 && words[0] == field+":" {
			kib, err := strconv.ParseInt(words[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("there is no %s in /proc/PID/status", field)
}
