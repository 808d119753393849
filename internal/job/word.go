package job

import "time"

// A WordKind says what a [Word] is.
type WordKind uint8

// The kinds: what is being done now, in one sentence; a line of a log; a piece of the
// output, which is what the pieces of one attempt say one after the other.
const (
	Message WordKind = iota + 1
	Log
	Piece
)

// String is the kind as the API names it.
func (k WordKind) String() string { return [...]string{"", "message", "log", "output"}[k] }

// A Word is something that an attempt at a job said while it ran.
type Word struct {
	Kind    WordKind
	Attempt int
	// Seq is where the word ends among the bytes that the job has said, so that it
	// grows and a piece can be told on from any byte. Each attempt counts from
	// [SpokenBefore], so that what an earlier one said and nobody kept is not taken for
	// what a later one says. 0: the store counts.
	Seq  int64
	At   time.Time // stores keep milliseconds
	Text string    // UTF-8, at least a byte
}

const (
	attemptBytes = 1_000_000_000_000 // more than one attempt says

	// MaxWordsBytes is how much of what a job says is kept; the oldest goes first.
	MaxWordsBytes = 64 << 10
	// MaxMessageRunes is how long a message may be, in characters.
	MaxMessageRunes = 200
)

// SpokenBefore is the position before the first word of an attempt.
func SpokenBefore(attempt int) int64 { return int64(attempt) * attemptBytes }

// Begins is the position before the word.
func (w *Word) Begins() int64 { return w.Seq - int64(len(w.Text)) }

// Count gives words that follow a position, 0 if there is none, theirs.
func Count(after int64, words []Word) {
	for i := range words {
		w := &words[i]
		after = max(after, SpokenBefore(w.Attempt)) + int64(len(w.Text))
		w.Seq = after
	}
}

// maxPieceBytes is how long pieces are that [Join] makes of several.
const maxPieceBytes = 4 << 10

// Join makes one of pieces of the output that follow one another.
func Join(words []Word) (joined []Word) {
	for i := range words {
		w := &words[i]
		if n := len(joined); n > 0 && w.follows(&joined[n-1]) && len(joined[n-1].Text)+len(w.Text) <= maxPieceBytes {
			joined[n-1].Text += w.Text
			joined[n-1].Seq = w.Seq
			continue
		}
		joined = append(joined, *w)
	}
	return joined
}

// follows reports whether a word goes on with the piece before it.
func (w *Word) follows(before *Word) bool {
	return w.Kind == Piece && before.Kind == Piece && w.Attempt == before.Attempt &&
		(w.Seq == 0 && before.Seq == 0 || w.Seq != 0 && w.Begins() == before.Seq)
}

// After makes a word what of it is told to somebody who knows all up to a position:
// a piece from there on, any other as it is. It reports whether there is anything.
func (w *Word) After(position int64) bool {
	if w.Seq <= position {
		return false
	}
	if known := position - w.Begins(); w.Kind == Piece && known > 0 {
		w.Text = w.Text[known:]
	}
	return true
}

// Lost is what was not kept of what a job has said.
type Lost struct {
	Lines int64 // of its log
	Bytes int64 // about, of everything
}

// Add adds to it.
func (l *Lost) Add(more Lost) {
	l.Lines += more.Lines
	l.Bytes += more.Bytes
}

// Said is what is kept of what a job has said: Words from some position on, oldest
// first, and what was Lost of all that it has said.
type Said struct {
	Words []Word
	Lost  Lost
}
