package world

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Sorted returns texts in order.
func Sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// At is a job's position.
func At(j *job.Job) protocol.Cursor { return protocol.Cursor{Created: j.Created, ID: j.ID} }

// A Clock is moved by hand.
type Clock struct {
	mu sync.Mutex // guards the field below
	is time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.is
}

// Advance moves it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.is = c.is.Add(d)
}

// NewClock returns a clock that stands.
func NewClock(now time.Time) *Clock { return &Clock{is: now} }

// A World is one test's store, clock and source of ids.
type World struct {
	Store

	T     *testing.T
	Place Place
	Clock *Clock
	IDs   *job.IDSource
	Open  func() Store

	counts protocol.Counts
}

// New makes a world for a test; what it opened is closed with the test.
func New(t *testing.T, place Place) *World {
	t.Helper()
	w := &World{T: t, Place: place, Clock: NewClock(time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC))}
	w.IDs = job.NewIDSource(w.Clock.Now, rand.Reader, 0)
	w.Open = place(t, w.Clock.Now)
	w.Store = w.Open()
	t.Cleanup(func() { w.NoError(w.Close()) })
	return w
}

// Reopen closes the store and opens the same data.
func (w *World) Reopen() {
	w.T.Helper()
	w.NoError(w.Close())
	w.Store = w.Open()
}

// Ctx is the test's.
func (w *World) Ctx() context.Context { return w.T.Context() }

// Now is the clock as the store keeps times.
func (w *World) Now() time.Time { return Milli(w.Clock.Now()) }

// Milli is a time as stores keep it.
func Milli(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// NoError fails if there is one.
func (w *World) NoError(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// IsKind fails unless err is a fault of this kind, with this code if that is
// not empty.
func (w *World) IsKind(err error, kind fault.Kind, code string) {
	w.T.Helper()
	if err == nil || !fault.Is(err, kind) || code != "" && !fault.IsCode(err, code) {
		w.T.Fatalf("got error %v, want kind %d with code %q", err, kind, code)
	}
}

// Equal compares what a store returned; it may return nil for empty bytes.
func (w *World) Equal(what string, got, want any) {
	w.T.Helper()
	if diff := cmp.Diff(want, got, EmptyIsNil, sameNetwork); diff != "" {
		w.T.Fatalf("%s differs (-want +got):\n%s", what, diff)
	}
}

// EmptyIsNil compares bytes as bytes: a store may return nil for none.
var EmptyIsNil = cmp.Comparer(bytes.Equal)

// sameNetwork compares networks, whose fields nobody else sees.
var sameNetwork = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
