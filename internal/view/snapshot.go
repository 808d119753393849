package view

import (
	"sync/atomic"
	"time"

	"claimcheck/internal/job"
)

// A Snapshot is a job as it was at one version, shared by everybody who asks;
// nothing in it is changed but its memos. What a poll reads comes first, in one line
// of the processor's cache.
type Snapshot struct {
	// Memo is room for the bytes that an answer about this version consists
	// of, so that they are made once.
	Memo  atomic.Pointer[Memo]
	gone  int64        // Job.Expires in Unix nanoseconds, 0 for never
	fresh atomic.Int64 // nanoseconds of a clock that never steps, until when it is believed; 0: until something is published
	Job   job.Job

	others atomic.Pointer[memos] // of the dialects but the first; nil until one is used

	// Due is when clients that keep to the pause they were told ask again, in Unix
	// nanoseconds; 0 while nobody was told of this version.
	Due atomic.Int64
}

// MaxDialects is how many renderings of a snapshot there can be.
const MaxDialects = 8

type memos [MaxDialects - 1]atomic.Pointer[Memo]

// MemoOf is the room for the rendering in one of the dialects: Memo for the
// first, 0. For each of the others it is made when one of them is first used.
func (s *Snapshot) MemoOf(dialect int) *atomic.Pointer[Memo] {
	if dialect == 0 {
		return &s.Memo
	}
	if s.others.Load() == nil {
		s.others.CompareAndSwap(nil, new(memos))
	}
	return &s.others.Load()[dialect-1]
}

// NewSnapshot returns a snapshot of a job.
func NewSnapshot(j *job.Job) *Snapshot {
	s := &Snapshot{Job: *j}
	if !j.Expires.IsZero() {
		s.gone = j.Expires.UnixNano()
	}
	return s
}

// before reports whether the snapshot is of an earlier moment than a job that was
// read: of an older version or, what is the same to clients, before the job was dated
// forward.
func (s *Snapshot) before(j *job.Job) bool {
	return s.Job.Version < j.Version || s.Job.Version == j.Version && j.Expires.Before(s.Job.Expires)
}

// Gone reports whether the job has expired: clients are not to see it any more.
func (s *Snapshot) Gone(now time.Time) bool { return s.gone > 0 && now.UnixNano() >= s.gone }

// Finished is enough for those who wait for a job's end; see [Cache.Await].
func Finished(s *Snapshot) bool { return s.Job.Status.Final() }

// A Memo is a rendered answer.
type Memo struct {
	Made       int64 // Unix nanoseconds, a little before: requests that began earlier take it too
	Until      int64 // the same; to be rendered again from then on, and before Made, when the clock was set back
	Body       []byte
	Tag        []string // the one value of the ETag field
	RetryAfter []string // the one value of that field; nil for a finished job
	Told       *Told    // by a dialect that tells the full view; else nil
}

// Told is what a rendering told beside the job's state. It is read from the store,
// and so more rarely than the rest is made.
type Told struct {
	Full     []byte // what the full view adds, a JSON object
	Progress int    // in percent; 0 while nothing is known
	Message  string // what the current attempt has said last of what it does; empty for nothing
	Until    int64  // Unix nanoseconds; to be read again from then on
}

// Progress is what the rendering told of it, in percent; else 0.
func (m *Memo) Progress() int {
	if m.Told == nil {
		return 0
	}
	return m.Told.Progress
}

// Message is what the rendering told of what is being done, or empty.
func (m *Memo) Message() string {
	if m.Told == nil {
		return ""
	}
	return m.Told.Message
}

// ETag is the tag of the answer.
func (m *Memo) ETag() string { return m.Tag[0] }
