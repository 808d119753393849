package pause_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/pause"
	"claimcheck/internal/store/protocol"
)

// notes are the notes of servers that share a store.
type notes struct {
	mu     sync.Mutex
	kept   map[string]protocol.Note
	reads  int
	broken error         // of every call
	lost   bool          // what is written is answered with an error all the same
	slow   chan struct{} // nil, or closed when reading is to go on
}

var errAway = errors.New("away")

func (n *notes) Notes(ctx context.Context, kind string) ([]protocol.Note, error) {
	n.mu.Lock()
	slow := n.slow
	n.reads++
	n.mu.Unlock()
	if slow != nil {
		select {
		case <-slow:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if kind != protocol.PauseNotes {
		return nil, errors.New("another kind")
	}
	return slices.Collect(maps.Values(n.kept)), n.broken
}

func (n *notes) SaveNotes(context.Context, string, []protocol.Note) error {
	return errors.New("pauses are added and dropped one by one")
}

func (n *notes) AddNote(_ context.Context, _ string, note protocol.Note) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken != nil && !n.lost {
		return false, n.broken
	}
	_, ok := n.kept[note.Name]
	if !ok {
		n.kept[note.Name] = note
	}
	return !ok && n.broken == nil, n.broken
}

func (n *notes) DropNote(_ context.Context, _, name string) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken != nil && !n.lost {
		return false, n.broken
	}
	_, ok := n.kept[name]
	delete(n.kept, name)
	return ok && n.broken == nil, n.broken
}

func (n *notes) breaks(err error, lost bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken, n.lost = err, lost
}

func (n *notes) asked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.reads
}

// told is what a board has told last.
type told struct {
	mu            sync.Mutex
	times         int
	tools, owners map[string]bool
}

func (t *told) tell(tools, owners map[string]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times++
	t.tools, t.owners = tools, owners
}

func newBoard(n *notes, shared bool) (*pause.Board, *told) {
	heard := &told{}
	return pause.New(pause.Config{Store: n, Now: time.Now, Shared: shared, Tell: heard.tell}), heard
}

func newNotes() *notes { return &notes{kept: map[string]protocol.Note{}} }

func wantChanged(t *testing.T, what string, changed bool, err error, want bool) {
	t.Helper()
	if err != nil || changed != want {
		t.Errorf("%s: changed %t, %v; want %t", what, changed, err, want)
	}
}

func TestPausesAreKeptAndSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNotes()
		b, heard := newBoard(n, false)
		ctx, began := t.Context(), time.Now()
		changed, err := b.Pause(ctx, pause.Tool, "x", "key_1")
		wantChanged(t, "pause", changed, err, true)
		<-time.After(time.Second)
		changed, err = b.Pause(ctx, pause.Tool, "x", "key_2")
		wantChanged(t, "pause again", changed, err, false)
		changed, err = b.Pause(ctx, pause.Owner, "x", "")
		wantChanged(t, "pause the owner of that name", changed, err, true)
		changed, err = b.Pause(ctx, pause.Tool, "a:b", strings.Repeat("b", 1000))
		wantChanged(t, "pause another", changed, err, true)
		changed, err = b.Resume(ctx, pause.Owner, "y")
		wantChanged(t, "resume what is not paused", changed, err, false)
		if !heard.tools["x"] || !heard.owners["x"] || len(heard.tools) != 2 || heard.times != 3 {
			t.Errorf("told %+v", heard)
		}
		again, heardAgain := newBoard(n, false)
		if err := again.Load(ctx); err != nil {
			t.Fatal(err)
		}
		all := again.All()
		if len(all) != 3 || all[0].Name != "a:b" || len(all[0].By) != 200 || all[2].Kind != pause.Owner {
			t.Errorf("kept %+v", all)
		}
		if x := all[1]; x.Name != "x" || x.By != "key_1" || !x.Since.Equal(began) {
			t.Errorf("the first one to pause is kept: %+v", x)
		}
		if !heardAgain.tools["a:b"] {
			t.Errorf("told %+v", heardAgain)
		}
		changed, err = b.Resume(ctx, pause.Tool, "x")
		wantChanged(t, "resume", changed, err, true)
		if b.Paused(pause.Tool, "x") || !b.Paused(pause.Owner, "x") || heard.tools["x"] {
			t.Error("the tool is paused still, or the owner is not")
		}
	})
}

func TestAPauseThatCouldNotBeWrittenIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNotes()
		b, heard := newBoard(n, false)
		n.breaks(errAway, false)
		if changed, err := b.Pause(t.Context(), pause.Tool, "x", ""); !errors.Is(err, errAway) || changed {
			t.Errorf("changed %t, %v", changed, err)
		}
		if b.Paused(pause.Tool, "x") || heard.tools["x"] || heard.times != 2 {
			t.Errorf("it is paused all the same: %+v", heard)
		}
		if err := b.Fresh(t.Context()); !errors.Is(err, errAway) {
			t.Errorf("whether it was written is not known: %v", err)
		}
		n.breaks(nil, false)
		<-time.After(150 * time.Millisecond)
		if err := b.Fresh(t.Context()); err != nil || b.Paused(pause.Tool, "x") {
			t.Errorf("it was not: %v", err)
		}
	})
}

// TestAChangeOfWhichNothingWasHeardIsFoundOut: the answer of the commit was lost.
func TestAChangeOfWhichNothingWasHeardIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNotes()
		b, _ := newBoard(n, false)
		n.breaks(errAway, true)
		if _, err := b.Pause(t.Context(), pause.Tool, "x", ""); !errors.Is(err, errAway) {
			t.Fatal(err)
		}
		n.breaks(nil, false)
		<-time.After(time.Second)
		if err := b.Fresh(t.Context()); err != nil || !b.Paused(pause.Tool, "x") {
			t.Errorf("paused %t, %v", b.Paused(pause.Tool, "x"), err)
		}
		n.breaks(errAway, true)
		if _, err := b.Resume(t.Context(), pause.Tool, "x"); !errors.Is(err, errAway) || !b.Paused(pause.Tool, "x") {
			t.Errorf("it is resumed: %v", err)
		}
		n.breaks(nil, false)
		<-time.After(time.Second)
		if err := b.Fresh(t.Context()); err != nil || b.Paused(pause.Tool, "x") {
			t.Errorf("paused still, %v", err)
		}
	})
}

func TestServersBelieveEachOtherForLessThanASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNotes()
		one, _ := newBoard(n, true)
		two, heard := newBoard(n, true)
		for _, b := range []*pause.Board{one, two} {
			if err := b.Fresh(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		changed, err := one.Pause(t.Context(), pause.Owner, "ann", "")
		wantChanged(t, "pause", changed, err, true)
		reads := n.asked()
		<-time.After(850 * time.Millisecond)
		if err := two.Fresh(t.Context()); err != nil || n.asked() != reads {
			t.Errorf("read again before it had to: %v", err)
		}
		<-time.After(100 * time.Millisecond)
		if err := two.Fresh(t.Context()); err != nil || !two.Paused(pause.Owner, "ann") || !heard.owners["ann"] {
			t.Errorf("after 0.95 s the other server does not know, %v", err)
		}
		changed, err = two.Pause(t.Context(), pause.Owner, "ann", "")
		wantChanged(t, "pause on the other server", changed, err, false)
		changed, err = two.Resume(t.Context(), pause.Owner, "ann")
		wantChanged(t, "resume on the other server", changed, err, true)
		changed, err = one.Resume(t.Context(), pause.Owner, "ann")
		wantChanged(t, "resume what the other one has resumed", changed, err, false)
		if one.Paused(pause.Owner, "ann") {
			t.Error("the first server has it paused still")
		}
		changed, err = one.Pause(t.Context(), pause.Tool, "x", "first")
		wantChanged(t, "pause", changed, err, true)
		changed, err = two.Pause(t.Context(), pause.Tool, "x", "second")
		wantChanged(t, "pause what the other one has paused", changed, err, false)
		if all := two.All(); len(all) != 1 || all[0].By != "first" {
			t.Errorf("the second one knows %+v", all)
		}
	})
}

// TestNothingIsBelievedOfAStoreThatDoesNotAnswer: and those who wait for it do not
// ask one by one.
func TestNothingIsBelievedOfAStoreThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNotes()
		b, _ := newBoard(n, true)
		if err := b.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.slow = make(chan struct{})
		<-time.After(time.Second)
		began, reads := time.Now(), n.asked()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if b.Fresh(t.Context()) == nil {
					t.Error("something was believed")
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 3*time.Second || n.asked()-reads > 3 {
			t.Errorf("%s, %d reads", took, n.asked()-reads)
		}
		close(n.slow)
		<-time.After(time.Second)
		if err := b.Fresh(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestNotesOfOthersAreNoPauses(t *testing.T) {
	n := newNotes()
	for _, name := range []string{"", "tool", "plan:x", "tool:known", "owner:"} {
		n.kept[name] = protocol.Note{Name: name, Data: []byte("{")}
	}
	b, _ := newBoard(n, false)
	if err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, p := range b.All() {
		if p.Kind != pause.Tool && p.Kind != pause.Owner {
			t.Errorf("unknown kind %+v", p)
		}
	}
	if !b.Paused(pause.Tool, "known") {
		t.Error("a pause whose data cannot be read is none")
	}
}

func TestThereMayBeSoManyPauses(t *testing.T) {
	n := newNotes()
	for i := range 10_000 {
		name := "tool:" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		n.kept[name] = protocol.Note{Name: name}
	}
	b, _ := newBoard(n, false)
	if err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Pause(t.Context(), pause.Owner, "ann", ""); !fault.IsCode(err, "TOO_MANY_PAUSES") {
		t.Errorf("one more: %v", err)
	}
	changed, err := b.Pause(t.Context(), pause.Tool, "a", "")
	wantChanged(t, "one that is there", changed, err, false)
}
