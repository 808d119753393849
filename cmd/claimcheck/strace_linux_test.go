package main_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// tracedCalls is everything by which a process changes files, makes the
// changes last, or answers a client. SQLite's index of its log (-shm) is in
// shared memory and made anew after a crash, so that it is left out.
const tracedCalls = "openat,open,creat,close,close_range,dup,dup2,dup3,lseek,write,pwrite64,writev,pwritev,pwritev2," +
	"rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,fsync,fdatasync,sync,syncfs," +
	"sync_file_range,ftruncate,truncate,fallocate,sendfile,copy_file_range,splice"

// strace returns the command that runs a program and writes what it does to a
// log, or ends the test where that is not possible.
func strace(t *testing.T, log string) []string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		testneeds.Missing(t, "strace (apt-get install strace)")
	}
	args := []string{path, "-D", "-f", "--seccomp-bpf", "-a1", "-xx", "-s", "16777216", "-e", "signal=none", "-e", "trace=" + tracedCalls, "-o", log}
	try := append(append([]string{}, args...), "true")
	try[len(try)-2] = os.DevNull
	if out, err := exec.CommandContext(t.Context(), try[0], try[1:]...).CombinedOutput(); err != nil {
		testneeds.Missing(t, fmt.Sprintf("a strace that may trace: %v: %s", err, out))
	}
	return args
}

// waitForLog waits until the end of the process is in its log.
func waitForLog(t *testing.T, log string, pid int) {
	t.Helper()
	end := fmt.Appendf(nil, "\n%-5d +++ ", pid)
	serverproc.Until(t, time.Minute, func() (bool, string) {
		f, err := os.Open(log)
		if err != nil {
			return false, err.Error()
		}
		defer f.Close()
		tail := make([]byte, 4096)
		if info, err := f.Stat(); err == nil {
			n, _ := f.ReadAt(tail, max(0, info.Size()-int64(len(tail)))) // EOF is what there is
			tail = tail[:n]
		}
		return bytes.Contains(tail, end), "the log of strace is not finished"
	})
}

// A sysCall is one system call of the log. Its arguments are texts as strace
// writes them.
type sysCall struct {
	name string
	args []string
	ret  int64
	mark any // what its begin left for its end
}

// number is argument i as a number; words and flags are 0.
func (c *sysCall) number(i int) int64 {
	n, _ := strconv.ParseInt(c.args[i], 0, 64) // AT_FDCWD and the like
	return n
}

// bytes is the texts in argument i, one after the other.
func (c *sysCall) bytes(i int) ([]byte, error) {
	var all []byte
	rest := c.args[i]
	for {
		_, after, ok := strings.Cut(rest, `"`)
		if !ok {
			return all, nil
		}
		text, after, ok := strings.Cut(after, `"`)
		if !ok || strings.HasPrefix(after, "...") {
			return nil, fmt.Errorf("%s: a text is cut off", c.name)
		}
		b, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		all, rest = append(all, b...), after
	}
}

// path is the text of argument i.
func (c *sysCall) path(i int) (string, error) {
	b, err := c.bytes(i)
	return string(b), err
}

// A step is the begin or the end of a call, in the order of the log.
type step struct {
	call *sysCall
	end  bool
}

// readLog reads a log of strace -f.
func readLog(path string) ([]step, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	var steps []step
	begun := map[string]string{} // by thread: the first part of an unfinished call
	calls := map[string]*sysCall{}
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if err != nil {
			return steps, nil // the end; a half line is the tracer's own death
		}
		thread, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		text = strings.TrimLeft(text, " ")
		switch first, unfinished := strings.CutSuffix(text, " <unfinished ...>"); {
		case strings.HasPrefix(text, "+++") || strings.HasPrefix(text, "---"):
			continue
		case unfinished:
			begun[thread], calls[thread] = first, &sysCall{name: strings.SplitN(first, "(", 2)[0]}
			if err := calls[thread].readArgs(first); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			steps = append(steps, step{call: calls[thread]})
			continue
		case strings.HasPrefix(text, "<... "):
			_, rest, _ := strings.Cut(text, " resumed>")
			text = begun[thread] + rest
		default:
			calls[thread] = &sysCall{}
			steps = append(steps, step{call: calls[thread]})
		}
		if calls[thread] == nil {
			return nil, fmt.Errorf("line %d: the end of a call that did not begin", n)
		}
		if err := calls[thread].read(text); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		steps = append(steps, step{call: calls[thread], end: true})
		delete(calls, thread)
	}
}

// read reads name(arguments) = result.
func (c *sysCall) read(text string) error {
	at := strings.LastIndex(text, " = ")
	if at < 0 {
		return fmt.Errorf("no result in %.200q", text)
	}
	result, _, _ := strings.Cut(text[at+len(" = "):], " ")
	var err error
	if c.ret, err = strconv.ParseInt(result, 0, 64); err != nil && result != "?" {
		return err
	}
	return c.readArgs(strings.TrimSuffix(strings.TrimRight(text[:at], " "), ")"))
}

// readArgs splits name(a, b, c; commas in brackets do not separate.
func (c *sysCall) readArgs(text string) error {
	name, list, ok := strings.Cut(text, "(")
	if !ok {
		return fmt.Errorf("no call in %.200q", text)
	}
	c.name, c.args = name, nil
	depth, from := 0, 0
	for i := range len(list) {
		switch list[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 0 {
				c.args = append(c.args, strings.TrimSpace(list[from:i]))
				from = i + 1
			}
		}
	}
	c.args = append(c.args, strings.TrimSpace(list[from:]))
	return nil
}
