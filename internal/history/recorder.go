// Package history counts, by tool and minute, what is accepted and how it ends, and
// keeps it for operators: how much, how long it waits and runs, which errors, whose.
// What was counted is in the store within a few seconds, beside what other servers
// counted in the same minute. It decides nothing, and a job never waits for it.
package history

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/store/protocol"
)

const (
	saveEvery  = 5 * time.Second // what a process counts is lost for so long at most when it is killed
	lastSave   = 2 * time.Second // that a process which ends waits for the store
	maxUnsaved = 256             // times that are over and not in the store, which is away; then the oldest is forgotten
	saveRows   = 512             // rows in one transaction
)

// Config is what a Recorder needs. All fields but Node and Breakers must be set.
type Config struct {
	Store interface {
		protocol.Minutes
		protocol.Notes
	}
	Now    func() time.Time // the store's clock
	Random io.Reader        // crypto/rand.Reader
	Log    *slog.Logger

	Node     string                    // names this server among those that share the store; empty: no other does
	Breakers func() map[string]Breaker // of this server, by tool; nil for none
}

// A Recorder counts. It is safe for concurrent use; what it is told of it counts in
// the minute in which it is told.
type Recorder struct {
	config  Config
	saving  sync.Mutex    // guards told, and lets one save at a time
	told    bool          // the store has a note of this server's breakers
	reading chan struct{} // has room for one reader: see Read

	mu     sync.Mutex // guards the fields below
	writer int64
	minute *span   // that lasts; nil before the first count
	sums   []*span // that last and are longer, without what the minute has
	over   []*span // that are over and not in the store as they are
	forgot int     // of those, since the store took some
}

// A span is what is counted in the time of one row.
type span struct {
	length    int
	at, until time.Time
	writer    int64
	counts    map[string]*counted // by tool, empty for what is not of a tool
	beside    *counted            // that of no tool
	last      string              // the tool that was asked for last
	found     *counted
}

type counted struct {
	Count
	changed bool // since it was last given to the store
}

func (r *Recorder) newSpan(length int, at time.Time) *span {
	s := &span{length: length, at: at, until: at.Add(time.Duration(length) * time.Minute), writer: r.writer, counts: map[string]*counted{}}
	s.beside = s.find("")
	s.found = s.beside
	return s
}

// of is what is counted of a tool; it has changed from then on, and what is not of a
// tool goes with it to the store.
func (s *span) of(tool string) *Count {
	if tool != s.last {
		s.last, s.found = tool, s.find(tool)
	}
	s.found.changed, s.beside.changed = true, true
	return &s.found.Count
}

func (s *span) find(tool string) *counted {
	c := s.counts[tool]
	if c == nil {
		c = &counted{}
		s.counts[tool] = c
	}
	return c
}

// add counts what a minute has counted.
func (s *span) add(minute *span) {
	for tool, c := range minute.counts {
		to := s.find(tool)
		to.add(&c.Count)
		to.changed = to.changed || c.changed
	}
}

// row is what the store has of a tool, or is to have.
func (s *span) row(tool string, c *Count) protocol.Minute {
	return protocol.Minute{
		Length: s.length, At: s.at, Tool: tool, Writer: s.writer,
		Accepted: c.Accepted, Succeeded: c.Succeeded, Failed: c.Failed, Detail: c.detail(),
	}
}

// New returns a recorder; nothing is saved before [Recorder.Run].
func New(c Config) *Recorder {
	r := &Recorder{config: c, reading: make(chan struct{}, 1)}
	r.writer = r.newWriter()
	return r
}

// newWriter names who counts: rows of one name are never counted in by two.
func (r *Recorder) newWriter() int64 {
	var b [8]byte
	_, _ = io.ReadFull(r.config.Random, b[:]) // it never fails
	return int64(binary.LittleEndian.Uint64(b[:]) >> 1)
}

// now returns the span of this minute.
func (r *Recorder) now() *span {
	now := r.config.Now()
	if m := r.minute; m == nil || now.Before(m.at) || !now.Before(m.until) {
		r.turn(now)
	}
	return r.minute
}

// turn begins a minute. Spans that are over are put aside. A clock that was set back
// comes to minutes that have their rows already: what is counted from then on has rows
// of another writer.
func (r *Recorder) turn(now time.Time) {
	at, last := now.Truncate(time.Minute).UTC(), r.minute
	back := last != nil && at.Before(last.at)
	if last != nil {
		for _, s := range r.sums {
			s.add(last)
		}
		r.putAside(last)
	}
	if back {
		r.writer = r.newWriter()
	}
	for i, length := range protocol.MinuteLengths()[1:] {
		switch begins := at.Truncate(time.Duration(length) * time.Minute); {
		case last == nil:
			r.sums = append(r.sums, r.newSpan(length, begins))
		case back || !r.sums[i].at.Equal(begins):
			r.putAside(r.sums[i])
			r.sums[i] = r.newSpan(length, begins)
		}
	}
	r.minute = r.newSpan(1, at)
}

// putAside keeps a span that is over until the store has it.
func (r *Recorder) putAside(s *span) {
	r.over = append(r.over, s)
	if n := len(r.over) - maxUnsaved; n > 0 {
		r.over = slices.Delete(r.over, 0, n)
		r.forgot += n
	}
}

// Accepted counts an owner's work that was accepted.
func (r *Recorder) Accepted(tool, owner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.now()
	s.of(tool).Accepted++
	s.beside.own(owner, 1)
}

// Began counts the first attempt at a job, and how long after the job's acceptance it
// began.
func (r *Recorder) Began(tool string, waited time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now().of(tool).Wait.CountTime(waited)
}

// Ended counts accepted work that is over: with a code for why it failed, empty for
// success, and how long its last attempt ran, 0 for none.
func (r *Recorder) Ended(tool, code string, ran time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.now().of(tool)
	if code == "" {
		c.Succeeded++
	} else {
		c.Failed++
		c.fail(code, 1)
	}
	if ran > 0 {
		c.Run.CountTime(ran)
	}
}

// Batched counts a transaction of the store: the operations in it, and how long its
// commit took, 0 where Committed is told. What is counted of the store is by itself no
// reason to write: each write would be one for the next.
func (r *Recorder) Batched(operations int, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.now().beside
	c.Batch.Count(int64(operations))
	if took > 0 {
		c.Commit.CountTime(took)
	}
}

// Committed counts how long a commit took.
func (r *Recorder) Committed(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now().beside.Commit.CountTime(took)
}

// Notified counts how long a notification of another server was on its way.
func (r *Recorder) Notified(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now().beside.Lag.CountTime(took)
}

// Run saves again and again what was counted, until ctx is done, and then once more.
func (r *Recorder) Run(ctx context.Context) {
	save := func(ctx context.Context) {
		if err := r.Save(ctx); err != nil && ctx.Err() == nil {
			r.config.Log.WarnContext(ctx, "what was counted for operators cannot be saved", "err", err)
		}
	}
	clock.Every(ctx, saveEvery, save)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
	defer cancel()
	save(last)
}

// Save writes to the store what has changed since the last time.
func (r *Recorder) Save(ctx context.Context) error {
	r.saving.Lock()
	defer r.saving.Unlock()
	rows, undo := r.changed()
	for part := range slices.Chunk(rows, saveRows) {
		if err := r.config.Store.SaveMinutes(ctx, part); err != nil {
			undo()
			return fmt.Errorf("save %d rows: %w", len(rows), err)
		}
	}
	r.saved(ctx)
	return r.tellBreakers(ctx)
}

// changed returns the rows that the store has otherwise, or not at all; undo says
// that it has still.
func (r *Recorder) changed() (rows []protocol.Minute, undo func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	minute := r.now()
	for tool, c := range minute.counts {
		for _, s := range r.sums {
			if c.changed {
				s.find(tool).changed = true
			}
		}
	}
	var given []*counted
	for _, s := range slices.Concat(r.over, []*span{minute}, r.sums) {
		for _, tool := range slices.Sorted(maps.Keys(s.counts)) {
			if c := s.counts[tool]; c.changed {
				c.changed = false
				given = append(given, c)
				rows = append(rows, s.row(tool, r.whole(s, tool)))
			}
		}
	}
	return rows, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range given {
			c.changed = true
		}
	}
}

// whole is what a span has counted of a tool, with what the minute has where the span
// is longer and lasts.
func (r *Recorder) whole(s *span, tool string) *Count {
	c := &s.find(tool).Count
	now := r.minute.counts[tool]
	if now == nil || !slices.Contains(r.sums, s) {
		return c
	}
	sum := &Count{}
	sum.add(c)
	sum.add(&now.Count)
	return sum
}

// saved forgets what is over and in the store.
func (r *Recorder) saved(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = slices.DeleteFunc(r.over, func(s *span) bool {
		for _, c := range s.counts {
			if c.changed { // it ended while others were written
				return false
			}
		}
		return true
	})
	if r.forgot > 0 {
		r.config.Log.WarnContext(ctx, "the store was away for so long that some of what was counted for operators is lost", "rows' times", r.forgot)
		r.forgot = 0
	}
}

// unsaved returns the rows of a length that begin from one time up to another, of what
// this process has not given to the store for good.
func (r *Recorder) unsaved(length int, from, before time.Time) (rows []protocol.Minute) {
	r.mu.Lock()
	defer r.mu.Unlock()
	minute := r.now()
	for _, s := range slices.Concat(r.over, []*span{minute}, r.sums) {
		if s.length != length || s.at.Before(from) || !s.at.Before(before) {
			continue
		}
		if slices.Contains(r.sums, s) {
			for tool := range minute.counts {
				s.find(tool)
			}
		}
		for tool := range s.counts {
			rows = append(rows, s.row(tool, r.whole(s, tool)))
		}
	}
	return rows
}
