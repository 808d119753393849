package queue_test

import (
	"testing"
)

// BenchmarkGet asks again for a job that is in memory.
func BenchmarkGet(b *testing.B) {
	w := newBench(b)
	j := w.submit("ann")
	w.get("ann", j.ID)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.q.Get(ctx, "ann", j.ID); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSubmit hands in jobs on the real store.
func BenchmarkSubmit(b *testing.B) {
	w := newBench(b)
	b.ReportAllocs()
	for b.Loop() {
		w.submit("ann")
	}
}

// BenchmarkClaim claims jobs and hands them back, as many at once as workers do.
func BenchmarkClaim(b *testing.B) {
	const atOnce = 16
	w := newBench(b)
	for range 2 * atOnce {
		w.submit("ann")
	}
	b.ReportAllocs()
	for b.Loop() {
		claimed, err := w.q.Claim(b.Context(), atOnce)
		if err != nil || len(claimed) != atOnce {
			b.Fatalf("claimed %d jobs, err %v; want %d", len(claimed), err, atOnce)
		}
		for _, c := range claimed {
			if err := w.q.Release(b.Context(), c); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkHint asks when to ask again about a job that waits behind others.
func BenchmarkHint(b *testing.B) {
	w := newBench(b)
	for range 100 {
		w.submit("ann")
	}
	j := w.submit("ann")
	plan := w.plans["default"]
	b.ReportAllocs()
	for b.Loop() {
		w.q.Hint(&j, &plan)
	}
}
