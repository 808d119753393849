package record

import (
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Group is a group as a transaction has it in memory. One without jobs is, or is to
// be, no row.
type Group struct {
	job.Group

	Stored bool // it is in the database
	Dirty  bool // it differs from the database
}

// Count counts what becomes of one of its jobs; see job.Group.Count.
func (g *Group) Count(was, is *job.Job, now time.Time) (finished bool) {
	before := g.Kept
	if was == nil && g.Empty() {
		g.Group = job.Group{GroupName: g.GroupName, Version: g.Version, Created: Time(Milli(now))}
	}
	finished = g.Group.Count(was, is)
	if g.Kept != before {
		g.Touch(now)
	}
	return finished
}

// Touch notes that it differs from the database.
func (g *Group) Touch(now time.Time) {
	g.Updated = Time(Milli(now))
	if !g.Dirty {
		g.Dirty = true
		g.Version++
	}
}

// Written notes that it is as the database has it.
func (g *Group) Written() { g.Dirty, g.Stored = false, !g.Empty() }

// ChangeGroup lets decide close a group, and reports whether that finishes it.
func ChangeGroup(g *Group, decide func(*job.Group) error, now time.Time) (finished bool, err error) {
	if g.Empty() {
		return false, GroupNotFound()
	}
	is := g.Group
	if err := Safely("change group", func() error { return decide(&is) }); err != nil {
		return false, err
	}
	before := g.Finished()
	if is.Closed != g.Closed {
		g.Closed = is.Closed
		g.Touch(now)
	}
	return !before && g.Finished(), nil
}

// Recount compares a group with the jobs that there are of it, sets it right if that
// is wanted, and reports whether that finishes it. wrong is nil if it is right.
func Recount(g *Group, jobs job.Tally, repair bool, now time.Time) (wrong *protocol.GroupRecount, finished bool) {
	if g.Kept == jobs {
		return nil, false
	}
	wrong = &protocol.GroupRecount{GroupName: g.GroupName, Counted: g.Kept, Jobs: jobs}
	if !repair {
		return wrong, false
	}
	before := g.Finished()
	if g.Created.IsZero() {
		g.Created = Time(Milli(now))
	}
	g.Kept = jobs
	g.Touch(now)
	return wrong, !before && g.Finished()
}

// GroupNotFound is told of a group that is not there.
func GroupNotFound() error {
	return fault.New(fault.NotFound, "GROUP_NOT_FOUND", "Group not found")
}

// GroupPage is a page of at most limit groups, and where the next begins, of a list
// that has one more if there is a next.
func GroupPage(list []job.Group, limit int) ([]job.Group, protocol.GroupCursor) {
	if len(list) <= limit {
		return list, protocol.GroupCursor{}
	}
	last := &list[limit-1]
	return list[:limit], protocol.GroupCursor{Created: last.Created, Name: last.Name}
}

// RecountEach recounts groups one by one, and says where to go on if there may be more
// than limit.
func RecountEach(names []job.GroupName, limit int, recount func(job.GroupName) (*protocol.GroupRecount, error)) (wrong []protocol.GroupRecount, next job.GroupName, err error) {
	for _, name := range names {
		one, err := recount(name)
		if err != nil {
			return nil, job.GroupName{}, err
		}
		if one != nil {
			wrong = append(wrong, *one)
		}
	}
	if len(names) == limit {
		next = names[limit-1]
	}
	return wrong, next, nil
}
