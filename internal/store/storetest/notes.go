package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func notesKept(w *world.World) {
	w.AllNotes("a")
	one, two, three := protocol.Note{Name: "x", Data: []byte("1\x00\xff")}, protocol.Note{Name: "y", Data: []byte("2")}, protocol.Note{Name: "y", Data: []byte("3")}
	empty, awkward := protocol.Note{}, protocol.Note{Name: "\x00\xff/ü", Data: []byte{0}}
	w.Note("a", one, two)
	w.Note("a", three, empty, awkward)
	w.Note("a")
	w.Note("b\x00", two)
	w.Reopen()
	w.AllNotes("a", empty, awkward, one, three)
	w.AllNotes("b\x00", two)
	w.AllNotes("b")
}

func notesEnd(w *world.World) {
	until := func(name string, life time.Duration) protocol.Note {
		return protocol.Note{Name: name, Data: []byte(life.String()), Until: world.Milli(w.Clock.Now().Add(life))}
	}
	short, long, always := until("-5", time.Minute), until("4611686018427387904", time.Hour), protocol.Note{Name: "always", Data: []byte("x")}
	w.Note("a", short)
	w.Note("a", long)
	w.Note("a", always)
	w.Note("b", short)
	w.AllNotes("a", short, long, always)
	w.Reopen()
	w.AllNotes("a", short, long, always)
	w.Clock.Advance(time.Minute)
	w.AllNotes("a", long, always)
	w.AllNotes("b")
	again := until("-5", time.Hour) // in place of the one whose time has passed
	w.Note("a", again)
	w.AllNotes("a", again, long, always)
	w.Note("a", until("-5", 0)) // forgiven
	w.AllNotes("a", long, always)
}

func notesOnce(w *world.World) {
	first, second, awkward := protocol.Note{Name: "x", Data: []byte("1")}, protocol.Note{Name: "x", Data: []byte("2")}, protocol.Note{Name: "\x00\xff/ü", Data: []byte{0, 255}}
	w.AddsNote("a", first, true)
	w.AddsNote("a", second, false)
	w.AddsNote("b", second, true)
	w.AddsNote("a", awkward, true)
	w.Reopen()
	w.AllNotes("a", awkward, first)
	w.DropsNote("a", "x", true)
	w.DropsNote("a", "x", false)
	w.DropsNote("a", awkward.Name, true)
	w.DropsNote("never", "x", false)
	w.AllNotes("a")
	w.AllNotes("b", second)
	w.AddsNote("a", second, true)
	w.Reopen()
	w.AllNotes("a", second)
}

// notesAtOnce: of several that add a note, or drop it, one is told that it did.
func notesAtOnce(w *world.World) {
	const rounds, callers = 5, 8
	atOnce := func(do func() (bool, error)) int64 {
		var did atomic.Int64
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				ok, err := do()
				w.NoErrorHere(err)
				if ok {
					did.Add(1)
				}
			})
		}
		all.Wait()
		return did.Load()
	}
	for range rounds {
		w.Equal("added", atOnce(func() (bool, error) { return w.AddNote(w.Ctx(), "a", protocol.Note{Name: "x"}) }), int64(1))
		w.Equal("dropped", atOnce(func() (bool, error) { return w.DropNote(w.Ctx(), "a", "x") }), int64(1))
	}
}
