package pause

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/store/protocol"
)

const (
	// Every is how often a server looks for pauses that others have made.
	Every = 400 * time.Millisecond
	// believed is for how long what was read is believed without reading it again:
	// a second after a pause no server begins anything of it, however busy.
	believed = 900 * time.Millisecond

	maxPauses = 10_000                 // at a time
	maxBy     = 200                    // bytes of who did it
	readTime  = 2 * time.Second        // for the store to answer one who waits to begin
	readAgain = 100 * time.Millisecond // after it did not
)

// Config is what a Board needs. Store and Now must be set.
type Config struct {
	Store  protocol.Notes
	Now    func() time.Time // the store's clock
	Steady func() time.Time // a clock that never steps; nil: time.Now
	Shared bool             // other servers pause and resume, too
	// Tell is told which tools and owners are paused, before a pause is answered and
	// whenever that has changed; they are not to be changed. Nil: nobody is told.
	Tell func(tools, owners map[string]bool)
}

// A Board knows what is paused. It is safe for concurrent use.
type Board struct {
	config Config
	known  atomic.Pointer[list]
	read   atomic.Int64  // when what is known was asked for, in nanoseconds of the steady clock since the board was made; 0: never
	doubt  atomic.Bool   // a change may or may not have been written
	made   time.Time     // of the steady clock
	turn   chan struct{} // has room for one, who reads or changes and may use the fields below

	failed time.Time // when reading failed last
	err    error     // how
}

// A list is what is paused; it is never changed once it is known.
type list struct {
	pauses map[Kind]map[string]Pause
}

func (l *list) clone() *list {
	c := &list{pauses: map[Kind]map[string]Pause{Tool: {}, Owner: {}}}
	for kind, pauses := range l.pauses {
		maps.Copy(c.pauses[kind], pauses)
	}
	return c
}

func (l *list) names(kind Kind) map[string]bool {
	names := make(map[string]bool, len(l.pauses[kind]))
	for name := range l.pauses[kind] {
		names[name] = true
	}
	return names
}

func (l *list) size() int { return len(l.pauses[Tool]) + len(l.pauses[Owner]) }

// New returns a board that knows of no pause until Load.
func New(c Config) *Board {
	if c.Steady == nil {
		c.Steady = time.Now
	}
	b := &Board{config: c, made: c.Steady(), turn: make(chan struct{}, 1)}
	b.known.Store((&list{}).clone())
	return b
}

// Paused reports whether a tool or an owner is paused, as far as is known here.
func (b *Board) Paused(kind Kind, name string) bool {
	_, ok := b.known.Load().pauses[kind][name]
	return ok
}

// All lists what is paused, tools before owners, each by name.
func (b *Board) All() []Pause {
	l := b.known.Load()
	byName := func(p, q Pause) int { return cmp.Compare(p.Name, q.Name) }
	return slices.Concat(
		slices.SortedFunc(maps.Values(l.pauses[Tool]), byName),
		slices.SortedFunc(maps.Values(l.pauses[Owner]), byName),
	)
}

// Load reads what is paused.
func (b *Board) Load(ctx context.Context) error {
	if err := b.enter(ctx); err != nil {
		return err
	}
	defer b.leave()
	return b.load(ctx)
}

// Fresh makes sure that what is known is believed: it was read within the last
// second, or nobody else changes it. A failure is the store's.
func (b *Board) Fresh(ctx context.Context) error {
	if b.fresh() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	if err := b.enter(ctx); err != nil {
		return err
	}
	defer b.leave()
	switch {
	case b.fresh(): // somebody has read it meanwhile
		return nil
	case b.err != nil && b.config.Steady().Sub(b.failed) < readAgain: // all who wait need not ask one by one
		return b.err
	}
	return b.load(ctx)
}

func (b *Board) fresh() bool {
	if !b.config.Shared {
		return !b.doubt.Load()
	}
	read := b.read.Load()
	return read > 0 && b.age()-time.Duration(read) < believed
}

func (b *Board) age() time.Duration { return b.config.Steady().Sub(b.made) }

// Pause pauses a tool or an owner; changed is false if it was paused already.
// When it returns nil this server begins nothing of it, and after a second no
// server does, until it is resumed. Failures: Conflict TOO_MANY_PAUSES, and the
// store's.
func (b *Board) Pause(ctx context.Context, kind Kind, name, by string) (changed bool, err error) {
	if err := b.enter(ctx); err != nil {
		return false, err
	}
	defer b.leave()
	was := b.known.Load()
	_, known := was.pauses[kind][name]
	if !known && was.size() >= maxPauses {
		return false, fault.New(fault.Conflict, "TOO_MANY_PAUSES", "%d tools and owners are paused already, as many as may be; resume some of them.", was.size()).With("limit", maxPauses)
	}
	p := Pause{Kind: kind, Name: name, Since: time.UnixMilli(b.config.Now().UnixMilli()), By: by[:min(len(by), maxBy)]}
	n, err := p.note()
	if err != nil {
		return false, fmt.Errorf("encode a pause: %w", err)
	}
	if !known { // first here: what is decided from now on knows, what was decided before is written before the note
		next := was.clone()
		next.pauses[kind][name] = p
		b.learn(next)
	}
	changed, err = b.config.Store.AddNote(ctx, protocol.PauseNotes, n)
	switch {
	case err != nil:
		b.recover(ctx, was)
		return false, fmt.Errorf("pause the %s %s: %w", kind, name, err)
	case !changed && !known:
		_ = b.load(ctx) // who did it, and when; the next look says so, too
	}
	return changed, nil
}

// Resume ends a pause; changed is false if there was none. Failures are the
// store's.
func (b *Board) Resume(ctx context.Context, kind Kind, name string) (changed bool, err error) {
	if err := b.enter(ctx); err != nil {
		return false, err
	}
	defer b.leave()
	was := b.known.Load()
	changed, err = b.config.Store.DropNote(ctx, protocol.PauseNotes, noteName(kind, name))
	if err != nil {
		b.recover(ctx, was)
		return false, fmt.Errorf("resume the %s %s: %w", kind, name, err)
	}
	if _, known := was.pauses[kind][name]; known {
		next := was.clone()
		delete(next.pauses[kind], name)
		b.learn(next)
	}
	return changed, nil
}

// recover finds out what is paused after a change of which it is not known whether
// it was written. Until it is read, what was is believed.
func (b *Board) recover(ctx context.Context, was *list) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
	defer cancel()
	if b.load(ctx) != nil {
		b.doubt.Store(true)
		b.learn(was)
	}
}

func (b *Board) load(ctx context.Context) error {
	asked := max(b.age(), 1)
	notes, err := b.config.Store.Notes(ctx, protocol.PauseNotes)
	if err != nil {
		b.failed, b.err = b.config.Steady(), fmt.Errorf("read what is paused: %w", err)
		return b.err
	}
	next := (&list{}).clone()
	for i := range notes {
		if p, ok := parse(&notes[i]); ok {
			next.pauses[p.Kind][p.Name] = p
		}
	}
	b.err = nil
	b.learn(next)
	b.doubt.Store(false)
	b.read.Store(int64(asked))
	return nil
}

// learn makes a list what is known.
func (b *Board) learn(next *list) {
	was := b.known.Swap(next)
	if b.config.Tell == nil {
		return
	}
	tools, owners := next.names(Tool), next.names(Owner)
	if !maps.Equal(tools, was.names(Tool)) || !maps.Equal(owners, was.names(Owner)) {
		b.config.Tell(tools, owners)
	}
}

func (b *Board) enter(ctx context.Context) error {
	select {
	case b.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to see what is paused: %w", ctx.Err())
	}
}

func (b *Board) leave() { <-b.turn }
