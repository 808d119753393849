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

// Config is what a Recorder needs. All fields but Breakers must be set.
type Config struct {
	Store interface {
		protocol.Minutes
		protocol.Notes
	}
	Now    func() time.Time // the store's clock
	Random io.Reader        // crypto/rand.Reader
	Log    *slog.Logger

	Node     string                    // names this server among those that share the store
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
	spans  []*span // that last, one of each length; empty before the first count
	over   []*span // that are over and not in the store as they are
	forgot int     // of those, since the store took some
}

// A span is what is counted in the time of one row.
type span struct {
	length int
	at     time.Time
	writer int64
	counts map[string]*counted // by tool, empty for what is not of a tool
}

type counted struct {
	Count
	changed bool // since it was last given to the store
}

// of is what is counted of a tool; it has changed from then on, and what is not of a
// tool goes with it to the store.
func (s *span) of(tool string) *Count {
	c := s.find(tool)
	c.changed, s.find("").changed = true, true
	return &c.Count
}

// beside is what is counted of the store itself. It alone is no reason to write: each
// write would be one for the next.
func (s *span) beside() *Count { return &s.find("").Count }

func (s *span) find(tool string) *counted {
	c := s.counts[tool]
	if c == nil {
		c = &counted{}
		s.counts[tool] = c
	}
	return c
}

// row is what the store has of a tool.
func (s *span) row(tool string) protocol.Minute {
	c := s.counts[tool]
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

// now returns the spans of this moment. Those that are over are put aside. A clock
// that was set back comes to minutes that have their rows already: what is counted
// from then on has rows of another writer.
func (r *Recorder) now() []*span {
	at := r.config.Now().Truncate(time.Minute).UTC()
	if len(r.spans) > 0 && r.spans[0].at.Equal(at) {
		return r.spans
	}
	back := len(r.spans) > 0 && at.Before(r.spans[0].at)
	if back {
		r.writer = r.newWriter()
	}
	var spans []*span
	for i, length := range protocol.MinuteLengths() {
		begins := at.Truncate(time.Duration(length) * time.Minute)
		if len(r.spans) > 0 {
			last := r.spans[i]
			if !back && last.at.Equal(begins) {
				spans = append(spans, last)
				continue
			}
			r.putAside(last)
		}
		spans = append(spans, &span{length: length, at: begins, writer: r.writer, counts: map[string]*counted{}})
	}
	r.spans = spans
	return spans
}

// putAside keeps a span that is over until the store has it.
func (r *Recorder) putAside(s *span) {
	if len(s.counts) == 0 {
		return
	}
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
	for _, s := range r.now() {
		s.of(tool).Accepted++
		s.beside().own(owner, 1)
	}
}

// Began counts the first attempt at a job, and how long after the job's acceptance it
// began.
func (r *Recorder) Began(tool string, waited time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.now() {
		s.of(tool).Wait.CountTime(waited)
	}
}

// Ended counts accepted work that is over: with a code for why it failed, empty for
// success, and how long its last attempt ran, 0 for none.
func (r *Recorder) Ended(tool, code string, ran time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.now() {
		c := s.of(tool)
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
}

// Batched counts the operations of a transaction of the store.
func (r *Recorder) Batched(operations int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.now() {
		s.beside().Batch.Count(int64(operations))
	}
}

// Committed counts how long a commit took.
func (r *Recorder) Committed(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.now() {
		s.beside().Commit.CountTime(took)
	}
}

// Notified counts how long a notification of another server was on its way.
func (r *Recorder) Notified(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.now() {
		s.beside().Lag.CountTime(took)
	}
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
	r.now()
	var given []*counted
	for _, s := range slices.Concat(r.over, r.spans) {
		for _, tool := range slices.Sorted(maps.Keys(s.counts)) {
			if c := s.counts[tool]; c.changed {
				c.changed = false
				given = append(given, c)
				rows = append(rows, s.row(tool))
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
	r.now()
	for _, s := range slices.Concat(r.over, r.spans) {
		if s.length == length && !s.at.Before(from) && s.at.Before(before) {
			for tool := range s.counts {
				rows = append(rows, s.row(tool))
			}
		}
	}
	return rows
}
