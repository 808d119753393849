// Package words has what jobs say while they run, from the moment when it is said: who
// listens need not wait until a store has it, and who comes later finds it there. It
// decides nothing about jobs and writes nothing.
package words

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// Config is what a Board needs.
type Config struct {
	Store protocol.Words
	Views *view.Cache // where those are who listen
	Now   func() time.Time

	Told func(bytes, dropped int64) // is told what jobs say, and what had to go for it; nil: nobody is
}

// A Board has the speeches of the attempts that this process runs. It is safe for
// concurrent use.
type Board struct {
	c Config

	mu       sync.Mutex // guards the field below
	speeches map[job.ID]*Speech
}

// New returns a board without any.
func New(c Config) *Board { return &Board{c: c, speeches: map[job.ID]*Speech{}} }

// Listen begins to watch a job and to listen to it, whoever's it is. It must be closed.
func (b *Board) Listen(id job.ID) *view.Watch { return b.c.Views.Listen(id) }

// Spoke tells of what a change that was made has added to what a job has said, if it
// has.
func (b *Board) Spoke(ch *protocol.Change) {
	if len(ch.Say.Words) == 0 {
		return
	}
	if b.c.Told != nil {
		b.c.Told(bytesOf(&ch.Say), ch.Dropped+ch.Say.Lost.Bytes)
	}
	b.c.Views.Said(ch.ID)
}

// Look looks whether jobs that are listened to here have said something at another
// server.
func (b *Board) Look(ctx context.Context) error {
	ids := b.c.Views.Listened()
	if len(ids) == 0 {
		return nil
	}
	last, err := b.c.Store.LastWords(ctx, ids)
	for id, position := range last {
		b.c.Views.SaidUpTo(id, position)
	}
	return err
}

// After returns what is kept of what a job has said after a position, and what has
// been said here and is not kept yet; whose the job is, others say.
func (b *Board) After(ctx context.Context, id job.ID, after int64) (job.Said, error) {
	b.mu.Lock()
	s := b.speeches[id]
	b.mu.Unlock()
	var here []job.Word
	from := int64(0)
	if s != nil {
		if here, from = s.after(after); after >= from {
			return job.Said{Words: here}, nil
		}
	}
	said, err := b.c.Store.Words(ctx, id, after)
	if err != nil {
		return job.Said{}, fmt.Errorf("read what job %s has said: %w", id, err)
	}
	if s == nil {
		return said, nil
	}
	kept := said.Words[:0]
	for _, w := range said.Words {
		if w.Seq <= from {
			kept = append(kept, w)
		}
	}
	said.Words = append(kept, here...)
	return said, nil
}

// A Speech is what one attempt says. It is safe for concurrent use.
type Speech struct {
	b       *Board
	id      job.ID
	attempt int

	mu      sync.Mutex // guards the fields below
	words   []job.Word // the latest, at most job.MaxWordsBytes
	size    int        // of their texts
	from    int64      // the position before the first of them
	last    int64      // the position of the last word
	written int64      // the store has it up to here
	given   int64      // what is being written goes up to here
	lost    job.Lost   // went before it was written
	doubt   job.Lost   // went while it was being written: lost only if that fails
}

// Begin returns the speech of an attempt, of which nobody knows before it says
// something. End must be called.
func (b *Board) Begin(id job.ID, attempt int) *Speech {
	before := job.SpokenBefore(attempt)
	return &Speech{b: b, id: id, attempt: attempt, from: before, last: before, written: before}
}

// maxTextBytes is how long one word may be; a piece of the output that is longer is
// several.
const maxTextBytes = 4 << 10

// Of is what is said as words of an attempt, without times or positions: what is empty
// says nothing.
func Of(attempt int, message string, log []string, output string) (list []job.Word) {
	add := func(kind job.WordKind, text string) {
		if text != "" {
			list = append(list, job.Word{Kind: kind, Attempt: attempt, Text: text})
		}
	}
	add(job.Message, message)
	for _, line := range log {
		add(job.Log, line)
	}
	for len(output) > maxTextBytes {
		cut := maxTextBytes
		for !utf8.RuneStart(output[cut]) && cut > maxTextBytes-utf8.UTFMax {
			cut--
		}
		add(job.Piece, output[:cut])
		output = output[cut:]
	}
	add(job.Piece, output)
	return list
}

// Say adds words, which are the speech's from then on, and wakes those who listen.
// What is too much goes, the oldest first.
func (s *Speech) Say(list []job.Word) {
	if len(list) == 0 {
		return
	}
	now := s.b.c.Now()
	for i := range list {
		list[i].At = now
	}
	s.mu.Lock()
	first := s.last == job.SpokenBefore(s.attempt)
	job.Count(s.last, list)
	s.last = list[len(list)-1].Seq
	for i := range list {
		s.size += len(list[i].Text)
	}
	s.words = append(s.words, list...)
	s.trim()
	s.mu.Unlock()
	if first {
		s.b.mu.Lock()
		s.b.speeches[s.id] = s
		s.b.mu.Unlock()
	}
	s.b.c.Views.Said(s.id)
}

// trim lets go what is too much. The caller holds the mutex.
func (s *Speech) trim() {
	gone := 0
	for ; s.size > job.MaxWordsBytes; gone++ {
		w := &s.words[gone]
		s.size -= len(w.Text)
		s.from = w.Seq
		went := job.Lost{Bytes: int64(len(w.Text))}
		if w.Kind == job.Log {
			went.Lines++
		}
		switch {
		case w.Seq > max(s.written, s.given):
			s.lost.Add(went)
		case w.Seq > s.written:
			s.doubt.Add(went)
		}
	}
	if gone > 0 {
		s.words = append([]job.Word(nil), s.words[gone:]...)
	}
}

// after returns what is there after a position, and before which position nothing is.
func (s *Speech) after(position int64) (list []job.Word, from int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.words {
		if w.After(position) {
			list = append(list, w)
		}
	}
	return list, s.from
}

// Unwritten is what is to be written, and whether there is anything. It is asked again
// only once that is written or has failed.
func (s *Speech) Unwritten() (said job.Said, any bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.words {
		if s.words[i].Seq > s.written {
			said.Words = append(said.Words, s.words[i])
		}
	}
	s.lost.Add(s.doubt) // what was given before has not been written
	s.given, s.doubt = s.last, job.Lost{}
	said.Lost = s.lost
	return said, len(said.Words) > 0
}

// Written notes that what Unwritten gave is written.
func (s *Speech) Written(said job.Said) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(said.Words); n > 0 {
		s.written, s.doubt = said.Words[n-1].Seq, job.Lost{}
		s.lost.Add(job.Lost{Lines: -said.Lost.Lines, Bytes: -said.Lost.Bytes})
	}
}

// End forgets the speech: what of it was written the store has.
func (s *Speech) End() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if s.b.speeches[s.id] == s {
		delete(s.b.speeches, s.id)
	}
}
