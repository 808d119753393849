package datatool

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

const (
	aheadBuffers = 4
	aheadBytes   = 128 << 10 // of a buffer

	slowWrite  = 500 * time.Nanosecond // of a thousand bytes, from when on it is worth a goroutine
	fewToJudge = 256 << 10             // bytes are too few to say how slow an output is
)

// An ahead lets a tool go on while what it wrote is written: where outputs are summed
// and stored, that takes as long as the tool itself. What is little, or written faster than the copy is worth, is written as it comes;
// else a goroutine begins. It is gone when [ahead.during] returns.
type ahead struct {
	out     io.Writer
	written int           // bytes, as they came
	took    time.Duration // to write them

	full, free chan []byte
	gone       chan struct{}         // closed when the goroutine has ended
	failed     atomic.Pointer[error] // of out; nothing is written behind it
	broken     any                   // what out panicked with; to be read when the goroutine is gone
}

// Write takes p. Its errors may be those of what was taken before.
func (a *ahead) Write(p []byte) (n int, err error) {
	if a.full == nil {
		if a.written < fewToJudge || a.took/time.Duration(a.written/1000) < slowWrite {
			began := time.Now()
			n, err = a.out.Write(p)
			a.took += time.Since(began)
			a.written += n
			return n, err
		}
		a.start()
	}
	for n < len(p) {
		if failed := a.failed.Load(); failed != nil {
			return n, *failed
		}
		buf := append((<-a.free)[:0], p[n:min(len(p), n+aheadBytes)]...)
		n += len(buf)
		a.full <- buf
	}
	return n, nil
}

func (a *ahead) start() {
	a.full, a.free, a.gone = make(chan []byte, aheadBuffers), make(chan []byte, aheadBuffers), make(chan struct{})
	for range aheadBuffers {
		a.free <- nil
	}
	go func() {
		defer close(a.gone)
		for buf := range a.full {
			a.write(buf)
			a.free <- buf
		}
	}()
}

// write writes a piece, unless one before it failed.
func (a *ahead) write(p []byte) {
	if a.failed.Load() != nil {
		return
	}
	defer func() {
		if a.broken = recover(); a.broken != nil {
			a.fail(io.ErrClosedPipe)
		}
	}()
	n, err := a.out.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		a.fail(err)
	}
}

func (a *ahead) fail(err error) { a.failed.CompareAndSwap(nil, &err) }

// during does the work of which the output is, and returns when all is written, or what is not
// thrown away because the work failed. It panics where the output did, so that this is known where panics of tools are.
func (a *ahead) during(work func() error) (err error) {
	err = errPanic
	defer func() {
		if a.full == nil {
			return
		}
		if err != nil {
			a.fail(err)
		}
		close(a.full)
		<-a.gone
		if a.broken != nil {
			panic(a.broken)
		}
		if failed := a.failed.Load(); failed != nil && err == nil {
			err = fmt.Errorf("write output: %w", *failed)
		}
	}()
	err = work()
	return err
}

// errPanic is why nothing is written any more behind work that has panicked.
var errPanic = errors.New("the tool panicked")
