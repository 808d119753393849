package job

import "slices"

// A Status is where a job stands. The four words are the only ones that
// clients ever see.
type Status uint8

// The statuses. Success and Failed are final: nothing leaves them.
const (
	Queued Status = iota
	Processing
	Success
	Failed
)

var statusWords = [...]string{"queued", "processing", "success", "failed"}

// moves is the whole life of a job. Processing to Processing is a new attempt
// after a lost one; Processing to Queued a retry or a hand-back.
var moves = map[Status][]Status{
	Queued:     {Processing, Failed},
	Processing: {Queued, Processing, Success, Failed},
	Success:    {},
	Failed:     {},
}

// String returns the word of the HTTP contract.
func (s Status) String() string { return statusWords[s] }

// ParseStatus reads one of the four words.
func ParseStatus(word string) (Status, bool) {
	i := slices.Index(statusWords[:], word)
	return Status(max(i, 0)), i >= 0 //nolint:gosec // four words
}

// CanBecome reports whether a job may go from s to next.
func (s Status) CanBecome(next Status) bool { return slices.Contains(moves[s], next) }

// Final reports whether the job is over.
func (s Status) Final() bool { return s == Success || s == Failed }
