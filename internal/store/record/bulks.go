package record

import (
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// ChangeBulk lets decide change a copy of a bulk and gives it the form in which it
// will be read again.
func ChangeBulk(b *job.Bulk, decide func(*job.Bulk, time.Time) error, now time.Time) error {
	was := *b
	if err := decide(b, now); err != nil {
		return err
	}
	b.ID, b.Owner, b.Operator, b.Action, b.RequestID, b.Created = was.ID, was.Owner, was.Operator, was.Action, was.RequestID, was.Created
	TidyBulk(b)
	return nil
}

// TidyBulk gives a bulk the form in which it will be read again.
func TidyBulk(b *job.Bulk) {
	for _, t := range [...]*time.Time{&b.Created, &b.Updated, &b.Expires, &b.Until} {
		*t = Time(Milli(*t))
	}
	if len(b.Skips) == 0 {
		b.Skips = nil
	}
}

// BulkNotFound says that there is no such bulk.
func BulkNotFound() error {
	return fault.New(fault.NotFound, "BULK_NOT_FOUND", "Bulk not found")
}

// BulkTaken says that a bulk's id is taken.
func BulkTaken(cause error) error {
	return fault.New(fault.Conflict, "BULK_TAKEN", "There is such a bulk already.").Because(cause)
}

// JoinIDs is how a list of ids is kept.
func JoinIDs(ids []job.ID) []byte {
	b := make([]byte, 0, len(ids)*len(job.ID{}))
	for i := range ids {
		b = append(b, ids[i][:]...)
	}
	return b
}

// SplitIDs is the reverse of [JoinIDs].
func SplitIDs(b []byte) []job.ID {
	var ids []job.ID
	for len(b) >= len(job.ID{}) {
		ids = append(ids, job.ID(b[:len(job.ID{})]))
		b = b[len(job.ID{}):]
	}
	return ids
}
