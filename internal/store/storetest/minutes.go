package storetest

import (
	"cmp"
	"slices"
	"time"

	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// allMinutes fails unless these are the rows of a length from one time up to
// another, read in pages of two.
func allMinutes(w *world.World, length int, from, before time.Time, want ...protocol.Minute) {
	w.T.Helper()
	var got []protocol.Minute
	after := protocol.Minute{Length: length, At: from, Writer: -1 << 63}
	for {
		page, err := w.Minutes(w.Ctx(), after, before, 2)
		w.NoError(err)
		got = append(got, page...)
		if len(page) < 2 {
			break
		}
		after = page[1]
	}
	if !slices.IsSortedFunc(got, func(a, b protocol.Minute) int { return a.At.Compare(b.At) }) {
		w.T.Fatalf("rows are not in the order of time: %v", got)
	}
	byKey := func(a, b protocol.Minute) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Writer, b.Writer))
	}
	slices.SortFunc(got, byKey)
	slices.SortFunc(want, byKey)
	w.Equal("minutes", got, want)
}

// minute is a row that begins n minutes after the world did.
func minute(n, length int, tool string, writer, accepted int64) protocol.Minute {
	at := time.Date(2026, 3, 1, 12, n, 0, 0, time.UTC)
	return protocol.Minute{
		Length: length, At: at, Tool: tool, Writer: writer, Accepted: accepted, Succeeded: accepted - 1, Failed: 1, Detail: []byte(tool + "\x00\xff"),
	}
}

func minutesKept(w *world.World) {
	always := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	allMinutes(w, 1, time.Time{}, always)
	w.NoError(w.SaveMinutes(w.Ctx(), nil))
	first, none := minute(0, 1, "x", 7, 3), minute(0, 1, "", -1<<62, 1)
	second, other, third := minute(1, 1, "x", 7, 4), minute(1, 1, "x", 8, 5), minute(2, 1, "\x00\xff/ü", 1<<62, 6)
	five := minute(0, 5, "x", 7, 7)
	w.NoError(w.SaveMinutes(w.Ctx(), []protocol.Minute{third, first, none}))
	w.NoError(w.SaveMinutes(w.Ctx(), []protocol.Minute{second, other, five}))
	allMinutes(w, 1, time.Time{}, always, first, none, second, other, third)
	allMinutes(w, 5, time.Time{}, always, five)
	allMinutes(w, 30, time.Time{}, always)
	allMinutes(w, 1, second.At, third.At, second, other)
	first.Accepted, first.Succeeded, first.Failed, first.Detail = 30, 20, 10, nil // in place of what was written before
	w.NoError(w.SaveMinutes(w.Ctx(), []protocol.Minute{first}))
	w.NoError(w.SaveMinutes(w.Ctx(), []protocol.Minute{first}))
	w.Reopen()
	allMinutes(w, 1, time.Time{}, always, first, none, second, other, third)
}

func minutesDropped(w *world.World) {
	always := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var rows []protocol.Minute
	for n := range 6 {
		rows = append(rows, minute(n, 1, "x", 7, int64(n)))
	}
	five := minute(0, 5, "x", 7, 7)
	w.NoError(w.SaveMinutes(w.Ctx(), append(slices.Clone(rows), five)))
	drop := func(before, after time.Time, limit, want int) {
		w.T.Helper()
		n, err := w.DropMinutes(w.Ctx(), 1, before, after, limit)
		w.NoError(err)
		w.Equal("removed", n, want)
	}
	drop(rows[0].At, rows[5].At, 10, 0) // neither before nor after
	drop(rows[3].At, rows[5].At, 2, 2)
	drop(rows[3].At, rows[5].At, 2, 1)
	allMinutes(w, 1, time.Time{}, always, rows[3:]...)
	drop(rows[3].At, rows[4].At, 10, 1)
	w.Reopen()
	allMinutes(w, 1, time.Time{}, always, rows[3], rows[4])
	allMinutes(w, 5, time.Time{}, always, five)
}
