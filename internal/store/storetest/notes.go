package storetest

import (
	"cmp"
	"slices"
	"time"

	"claimcheck/internal/store/protocol"
)

// notes fails unless these are what is noted of a kind, by name.
func (w *world) notes(kind string, want ...protocol.Note) {
	w.t.Helper()
	got, err := w.Notes(w.ctx(), kind)
	w.noError(err)
	slices.SortFunc(got, func(a, b protocol.Note) int { return cmp.Compare(a.Name, b.Name) })
	w.equal("notes of "+kind, got, want)
}

func (w *world) note(kind string, notes ...protocol.Note) {
	w.t.Helper()
	w.noError(w.SaveNotes(w.ctx(), kind, notes))
}

func notesKept(w *world) {
	w.notes("a")
	one, two, three := protocol.Note{Name: "x", Data: []byte("1\x00\xff")}, protocol.Note{Name: "y", Data: []byte("2")}, protocol.Note{Name: "y", Data: []byte("3")}
	empty, awkward := protocol.Note{}, protocol.Note{Name: "\x00\xff/ü", Data: []byte{0}}
	w.note("a", one, two)
	w.note("a", three, empty, awkward)
	w.note("a")
	w.note("b\x00", two)
	w.reopen()
	w.notes("a", empty, awkward, one, three)
	w.notes("b\x00", two)
	w.notes("b")
}

func notesEnd(w *world) {
	until := func(name string, life time.Duration) protocol.Note {
		return protocol.Note{Name: name, Data: []byte(life.String()), Until: milli(w.clock.Now().Add(life))}
	}
	short, long, always := until("-5", time.Minute), until("4611686018427387904", time.Hour), protocol.Note{Name: "always", Data: []byte("x")}
	w.note("a", short)
	w.note("a", long)
	w.note("a", always)
	w.note("b", short)
	w.notes("a", short, long, always)
	w.reopen()
	w.notes("a", short, long, always)
	w.clock.advance(time.Minute)
	w.notes("a", long, always)
	w.notes("b")
	again := until("-5", time.Hour) // in place of the one whose time has passed
	w.note("a", again)
	w.notes("a", again, long, always)
	w.note("a", until("-5", 0)) // forgiven
	w.notes("a", long, always)
}
