package job

import "slices"

// A Trouble is what may be wrong with an unfinished job.
type Trouble uint8

// The troubles. TroubleStuck is a job for which nothing has happened for a while
// though something should have: it might begin and does not, its worker is silent
// past its lease, or does not stop. TroubleFailing is one of which an attempt has
// failed, or was lost with its worker. TroublePoisoned is one that was seen running
// when a process of ours died: see Probation.
const (
	NoTrouble Trouble = iota
	TroubleStuck
	TroubleFailing
	TroublePoisoned
)

var troubles = [...]string{"", "stuck", "failing", "poisoned"}

// String returns the word of the HTTP contract; empty for none.
func (t Trouble) String() string { return troubles[t] }

// ParseTrouble reads one of the three words.
func ParseTrouble(word string) (Trouble, bool) {
	i := slices.Index(troubles[:], word)
	return Trouble(max(i, 0)), i > 0 //nolint:gosec // three words
}
