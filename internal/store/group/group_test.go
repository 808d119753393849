package group_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/store/group"
)

// An op is an operation of so many parts.
type op struct {
	parts int
	ended []group.Verdict
}

func (o *op) Parts() int { return o.parts }
func (o *op) Bytes() int { return 1 }

var errClosed = errors.New("closed")

func newQueue() *group.Queue[*op] {
	return group.New[*op](group.Limits{Parts: 8, Bytes: 100, Queue: 16})
}

func TestCallersShareAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		ops := []*op{{parts: 1}, {parts: 2}, {parts: 3}}
		var answered atomic.Int64
		for _, o := range ops {
			go func() {
				if err := q.Do(t.Context(), o, errClosed); err != nil {
					t.Error(err)
				}
				answered.Add(1)
			}()
			synctest.Wait()
		}
		var g group.Group[*op]
		if err := q.Take(t.Context(), &g); err != nil || len(g.Parts) != 6 {
			t.Fatalf("took %d parts, %v, want all 6", len(g.Parts), err)
		}
		synctest.Wait()
		if answered.Load() != 0 {
			t.Fatalf("%d callers went on before their answer", answered.Load())
		}
		g.Answer()
		synctest.Wait()
		if answered.Load() != 3 {
			t.Errorf("%d callers went on, want 3", answered.Load())
		}
	})
}

func TestTheLimitEndsAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		for range 5 {
			go func() { _ = q.Do(t.Context(), &op{parts: 3}, errClosed) }()
		}
		synctest.Wait()
		var g group.Group[*op]
		for _, want := range []int{9, 6} { // the operation that passes the limit is the last
			if err := q.Take(t.Context(), &g); err != nil || len(g.Parts) != want {
				t.Errorf("took %d parts, %v, want %d", len(g.Parts), err, want)
			}
			g.Answer()
		}
	})
}

func TestACallerWhoLeftIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			if err := q.Do(ctx, &op{parts: 1}, errClosed); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's error", err)
			}
		}()
		synctest.Wait()
		leave()
		synctest.Wait()
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var g group.Group[*op]
		if err := q.Take(late, &g); !errors.Is(err, context.DeadlineExceeded) || len(g.Parts) != 0 {
			t.Errorf("took %d parts, %v, want nothing", len(g.Parts), err)
		}
	})
}

func TestWhatWaitsAtCloseIsStillTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		go func() { _ = q.Do(t.Context(), &op{parts: 1}, errClosed) }()
		synctest.Wait()
		q.Close()
		if err := q.Do(t.Context(), &op{parts: 1}, errClosed); !errors.Is(err, errClosed) {
			t.Errorf("after Close: %v", err)
		}
		var g group.Group[*op]
		if err := q.Take(t.Context(), &g); err != nil || len(g.Parts) != 1 {
			t.Errorf("took %d parts, %v", len(g.Parts), err)
		}
		g.Answer()
		if err := q.Take(t.Context(), &g); !errors.Is(err, group.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
		q.Gone()
	})
}

func TestEachPartGetsItsOwnAnswer(t *testing.T) {
	for _, c := range []struct {
		whole group.Verdict
		want  []group.Verdict
		tries int
	}{
		{group.Kept, []group.Verdict{group.Kept, group.Kept, group.Kept}, 1},
		{group.Lost, []group.Verdict{group.Lost, group.Lost, group.Lost}, 1},
		{group.Doubted, []group.Verdict{group.Doubted, group.Doubted, group.Doubted}, 1},
		{group.Undone, []group.Verdict{group.Kept, group.Undone, group.Kept}, 4}, // the second one is at fault
	} {
		o := &op{parts: 3}
		parts := []group.Part[*op]{{Op: o, I: 0}, {Op: o, I: 1}, {Op: o, I: 2}}
		tries := 0
		group.Write(parts, func(some []group.Part[*op]) (group.Verdict, error) {
			tries++
			switch {
			case len(some) == 3:
				return c.whole, nil
			case some[0].I == 1:
				return group.Undone, nil
			default:
				return group.Kept, nil
			}
		}, func(some []group.Part[*op], v group.Verdict, _ error) {
			for _, p := range some {
				p.Op.ended = append(p.Op.ended, v)
			}
		})
		if !slices.Equal(o.ended, c.want) || tries != c.tries {
			t.Errorf("as a whole %d: ended %v after %d tries, want %v after %d", c.whole, o.ended, tries, c.want, c.tries)
		}
	}
}
