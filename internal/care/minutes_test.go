package care_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/store/protocol"
)

// minutesLeft are the ages of the rows that are there, in minutes.
func (b *bench) minutesLeft(length int) (ages []int) {
	b.t.Helper()
	now := time.Now()
	rows, err := b.store.Minutes(b.t.Context(), protocol.Minute{Length: length, Writer: -1}, now.Add(10000*time.Hour), 100)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range rows {
		ages = append(ages, int(now.Sub(r.At)/time.Minute))
	}
	return ages
}

// TestWhatWasCountedIsKeptForEightDays, and what a clock dated far ahead that was put
// right since is gone.
func TestWhatWasCountedIsKeptForEightDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		const day = 24 * 60
		for _, length := range protocol.MinuteLengths() {
			var rows []protocol.Minute
			for _, age := range []int{20 * day, 8*day + length + 1, 8 * day, 1, 0, -59, -61, -30 * day} {
				rows = append(rows, protocol.Minute{Length: length, At: time.Now().Add(-time.Duration(age) * time.Minute), Tool: "x", Accepted: 1})
			}
			if err := b.store.SaveMinutes(t.Context(), rows); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.keeper.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, length := range protocol.MinuteLengths() {
			if got, want := b.minutesLeft(length), []int{8 * day, 1, 0, -59}; !slices.Equal(got, want) {
				t.Errorf("of length %d there are rows that are %d minutes old, want %d", length, got, want)
			}
		}
		pass(time.Hour)
		if err := b.keeper.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := b.minutesLeft(1), []int{61, 60, 1}; !slices.Equal(got, want) {
			t.Errorf("an hour later they are %d minutes old, want %d", got, want)
		}
	})
}

// TestManyOldRowsGoInOneSweep, in small transactions.
func TestManyOldRowsGoInOneSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var rows []protocol.Minute
		for i := range 2500 {
			rows = append(rows, protocol.Minute{Length: 1, At: time.Now().Add(-10*24*time.Hour + time.Duration(i)*time.Minute), Tool: "x"})
		}
		if err := b.store.SaveMinutes(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
		if err := b.keeper.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := b.minutesLeft(1); len(got) != 0 {
			t.Errorf("%d rows are left", len(got))
		}
	})
}
