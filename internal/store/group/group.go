// Package group lets many callers share one transaction: what they ask for
// waits in a queue, whoever writes takes all that waits, does it in one
// transaction and answers every caller after its commit. There is no timer: the
// group grows with the time that a commit takes. It knows no store.
package group

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// ErrClosed is what [Queue.Take] returns after Close when nothing waits any
// more.
var ErrClosed = errors.New("the queue is closed")

// An Operation is what a caller asks for, in parts that each happen wholly or
// not at all.
type Operation interface {
	// Parts is how many it has, Bytes about how much it writes.
	Parts() int
	Bytes() int
}

// Limits are what one group has at most, but that a single operation may be
// larger.
type Limits struct {
	Parts int
	Bytes int
	Queue int // operations that wait; the next ones wait to wait
}

// A Queue has operations that wait. It is safe for concurrent use.
type Queue[O Operation] struct {
	limits  Limits
	waiting chan *call[O]
	closing chan struct{}
	end     sync.Once
	gone    chan struct{} // closed when nobody takes any more
	calls   sync.Pool
}

// A call is an operation on its way there and back.
type call[O Operation] struct {
	op    O
	state atomic.Int32
	done  chan struct{} // receives once when it was answered
}

// The states of a call: who moves it away from waiting has it.
const (
	callWaiting int32 = iota
	callTaken         // by a writer, which will answer
	callLeft          // by the caller, who did not wait; nothing is written
)

// New returns an empty queue.
func New[O Operation](l Limits) *Queue[O] {
	q := &Queue[O]{limits: l, waiting: make(chan *call[O], l.Queue), closing: make(chan struct{}), gone: make(chan struct{})}
	q.calls.New = func() any { return &call[O]{done: make(chan struct{}, 1)} }
	return q
}

// Do waits until the operation was answered. It returns ctx's error if that
// ended before the operation was taken, and closed after Close; then nobody has
// seen the operation.
func (q *Queue[O]) Do(ctx context.Context, op O, closed error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, ok := q.calls.Get().(*call[O])
	if !ok {
		panic("group: the pool of calls has something else")
	}
	c.op = op
	c.state.Store(callWaiting)
	select {
	case <-q.closing:
		return closed
	default:
	}
	select {
	case q.waiting <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-q.closing:
		return closed
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.state.CompareAndSwap(callWaiting, callLeft) {
			return ctx.Err()
		}
		<-c.done
	case <-q.gone:
		if c.state.CompareAndSwap(callWaiting, callLeft) {
			return closed
		}
		<-c.done
	}
	var none O
	c.op = none
	q.calls.Put(c)
	return nil
}

// Close refuses further operations; those that wait are still taken.
func (q *Queue[O]) Close() { q.end.Do(func() { close(q.closing) }) }

// Gone says that nobody takes operations any more: those that wait are
// refused. It is called once, after the last Take.
func (q *Queue[O]) Gone() { close(q.gone) }

// Len is how many operations wait.
func (q *Queue[O]) Len() int { return len(q.waiting) }

// Closed says when Close was called.
func (q *Queue[O]) Closed() <-chan struct{} { return q.closing }

// A Group is what is done in one transaction. Whoever takes groups keeps one
// and uses it again and again.
type Group[O Operation] struct {
	Parts []Part[O]
	calls []*call[O]
	bytes int
}

// Take waits for operations and fills g with all that wait, as far as the
// limits go. It returns ErrClosed after Close when none is left, and ctx's error
// if that ended first.
func (q *Queue[O]) Take(ctx context.Context, g *Group[O]) error {
	clear(g.calls)
	clear(g.Parts)
	g.calls, g.Parts, g.bytes = g.calls[:0], g.Parts[:0], 0
	for len(g.calls) == 0 {
		select {
		case c := <-q.waiting:
			g.add(c)
			runtime.Gosched() // those just answered may have more
		case <-q.closing:
			if q.fill(g); len(g.calls) == 0 {
				return ErrClosed
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	q.fill(g)
	return nil
}

func (q *Queue[O]) fill(g *Group[O]) {
	for len(g.Parts) < q.limits.Parts && g.bytes < q.limits.Bytes {
		select {
		case c := <-q.waiting:
			g.add(c)
		default:
			return
		}
	}
}

func (g *Group[O]) add(c *call[O]) {
	if !c.state.CompareAndSwap(callWaiting, callTaken) {
		return
	}
	g.calls = append(g.calls, c)
	g.bytes += c.op.Bytes()
	for i := range c.op.Parts() {
		g.Parts = append(g.Parts, Part[O]{Op: c.op, I: i})
	}
}

// Answer lets the callers go on. What they are to know must be in their
// operations by now.
func (g *Group[O]) Answer() {
	for _, c := range g.calls {
		c.done <- struct{}{}
	}
}
