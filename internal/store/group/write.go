package group

// A Part is one part of an operation on its way through a transaction.
type Part[O Operation] struct {
	Op    O
	I     int   // which part
	Err   error // of its decision
	Wrote bool  // it changed something; for the store's own use
}

// A Verdict is how a transaction ended.
type Verdict uint8

// The verdicts.
const (
	Kept    Verdict = iota // committed, or there was nothing to commit
	Undone                 // rolled back; a smaller one may succeed
	Lost                   // certainly not committed, because of trouble
	Doubted                // not known
)

// Write does all parts in one transaction; if that was undone, though smaller
// ones may succeed, each in one of its own, so that each caller gets its own
// true answer. attempt makes a transaction of the parts, settle tells them how
// it ended.
func Write[O Operation](parts []Part[O], attempt func([]Part[O]) (Verdict, error), settle func([]Part[O], Verdict, error)) {
	v, err := attempt(parts)
	if v != Undone || len(parts) == 1 {
		settle(parts, v, err)
		return
	}
	for i := range parts {
		one := parts[i : i+1]
		v, err := attempt(one)
		settle(one, v, err)
	}
}
