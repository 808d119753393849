package record

import "claimcheck/internal/store/group"

// Settle is what the caller of a part is told of how its transaction ended: nil
// if what it asked for has happened, and refused if its own decision is why it
// has not. cause is why the transaction ended as it did, failure what a caller is
// told of an error that undid it.
func Settle[O group.Operation](p *group.Part[O], v group.Verdict, cause error, failure func(error) error) (refused bool, err error) {
	switch {
	case v == group.Kept:
		return p.Err != nil, p.Err
	case v == group.Doubted && p.Wrote:
		return false, Unknown(cause)
	case v == group.Undone:
		return false, failure(cause)
	default:
		return false, Refused(cause)
	}
}
