package storetest

import (
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/store/storetest/world"
)

// audited adds a row about a target and returns it as it is to be read.
func audited(w *world.World, target string) account.AuditRow {
	w.T.Helper()
	r := account.AuditRow{Key: "key_1", Owner: "ops", Action: "keys.revoke", Target: target, RequestID: "r-" + target}
	w.NoError(w.AddAudit(w.Ctx(), r))
	r.At = w.Now()
	return r
}

// rows reads rows and checks that their numbers fall; they are returned without.
func rows(w *world.World, before int64, since time.Time, limit int) (list []account.AuditRow, last int64) {
	w.T.Helper()
	got, err := w.AuditRows(w.Ctx(), before, since, limit)
	w.NoError(err)
	for _, r := range got {
		if r.N < 1 || last > 0 && r.N >= last || before > 0 && r.N >= before {
			w.T.Fatalf("row %d after %d, before %d", r.N, last, before)
		}
		last, r.N = r.N, 0
		list = append(list, r)
	}
	return list, last
}

func auditKept(w *world.World) {
	list, _ := rows(w, 0, time.Time{}, 10)
	w.Equal("rows of a new store", len(list), 0)
	a, b := audited(w, "a"), audited(w, "b") // of one moment
	w.Clock.Advance(time.Hour)
	c := audited(w, "\x00\xff/ü"+strings.Repeat("x", 2000))
	w.Clock.Advance(-2 * time.Hour) // the order is that of writing
	d := audited(w, "")
	w.Reopen()
	list, _ = rows(w, 0, time.Time{}, 10)
	w.Equal("rows, newest first", list, []account.AuditRow{d, c, b, a})
	list, next := rows(w, 0, time.Time{}, 3)
	w.Equal("the first page", list, []account.AuditRow{d, c, b})
	list, _ = rows(w, next, time.Time{}, 3)
	w.Equal("the second page", list, []account.AuditRow{a})
	list, _ = rows(w, 0, a.At, 10)
	w.Equal("rows since the first", list, []account.AuditRow{c, b, a})
	list, _ = rows(w, 0, a.At.Add(time.Millisecond), 10)
	w.Equal("rows since later", list, []account.AuditRow{c})
}

func auditDropped(w *world.World) {
	a := audited(w, "a")
	w.Clock.Advance(time.Hour)
	b := audited(w, "b")
	w.Clock.Advance(time.Hour)
	c := audited(w, "c")
	drop := func(before time.Time, limit, want int) {
		w.T.Helper()
		n, err := w.DropAudit(w.Ctx(), before, limit)
		w.NoError(err)
		w.Equal("rows dropped", n, want)
	}
	drop(a.At, 10, 0)
	drop(c.At, 1, 1) // the oldest
	list, last := rows(w, 0, time.Time{}, 10)
	w.Equal("rows", list, []account.AuditRow{c, b})
	drop(c.At.Add(time.Millisecond), 10, 2)
	drop(c.At.Add(time.Hour), 10, 0)
	w.Reopen()
	audited(w, "d")
	if _, again := rows(w, 0, time.Time{}, 10); again <= last+1 {
		w.T.Fatalf("row %d after %d was dropped: a number was given again", again, last+1)
	}
}
