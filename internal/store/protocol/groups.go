package protocol

import (
	"context"
	"time"

	"claimcheck/internal/job"
)

// Groups is what the store knows of groups. What a group counts is changed with its
// jobs, in their transactions: nothing counts rows. A group is made with its first
// job and removed with its last.
type Groups interface {
	// Groups returns those of some groups that there are, in any order.
	Groups(ctx context.Context, names []job.GroupName) ([]job.Group, error)
	// ListGroups returns up to limit groups of an owner, newest first, those that come
	// after a position, or from the first if that is zero; and where to go on, zero
	// after the last.
	ListGroups(ctx context.Context, owner string, after GroupCursor, limit int) ([]job.Group, GroupCursor, error)
	// ChangeGroup lets decide change Closed of a group, and returns it afterwards; if
	// that finishes it, its owner's webhooks that want the event get their deliveries in
	// the same transaction. decide may be called more than once; its error is returned,
	// and nothing is changed. NotFound GROUP_NOT_FOUND.
	ChangeGroup(ctx context.Context, name job.GroupName, decide func(*job.Group) error) (job.Group, error)
	// RecountGroups compares what up to limit groups count with their jobs, and with
	// repair sets it right: each group by itself, while nothing else changes it. Groups
	// are looked at in an order of the store's own, those after the given one, which is
	// zero for the first; next is the last that was looked at, zero when there are no
	// more. It may be slow.
	RecountGroups(ctx context.Context, after job.GroupName, limit int, repair bool) (wrong []GroupRecount, next job.GroupName, err error)
}

// A GroupCursor is a position in a list of groups, whose order is that of Created
// and, of groups of the same millisecond, of Name.
type GroupCursor struct {
	Created time.Time
	Name    string
}

// A GroupRecount is a group that counts other jobs than there are.
type GroupRecount struct {
	job.GroupName

	Counted job.Tally // as it was
	Jobs    job.Tally // that there are
}

// Feeds is how an owner is told of the ends of its jobs in their order.
type Feeds interface {
	// Finishes returns the number (job.Job.FinishNo) of the last end of a job of an
	// owner, whose ends are numbered from then on: each with the next number, in the
	// transaction that makes the job final, and so that whoever sees one of them sees
	// all with smaller numbers whose jobs are still there. With begin unset ends that are not
	// numbered stay so, and the number is 0.
	Finishes(ctx context.Context, owner string, begin bool) (int64, error)
}
