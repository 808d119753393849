package sqlitestore

import (
	"context"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/groups"
)

// Groups returns those of some groups that there are.
func (s *Store) Groups(ctx context.Context, names []job.GroupName) (list []job.Group, err error) {
	err = s.read(ctx, "read groups", func(c conn) error {
		list, err = groups.All(c.Conn, names)
		return err
	})
	return list, err
}

// ListGroups returns groups of an owner, newest first; see protocol.Groups.
func (s *Store) ListGroups(ctx context.Context, owner string, after protocol.GroupCursor, limit int) (list []job.Group, next protocol.GroupCursor, err error) {
	err = s.read(ctx, "list groups", func(c conn) error {
		list, err = groups.List(c.Conn, owner, after, limit+1)
		return err
	})
	list, next = record.GroupPage(list, limit)
	return list, next, err
}

// ChangeGroup lets decide change a group; see protocol.Groups.
func (s *Store) ChangeGroup(ctx context.Context, name job.GroupName, decide func(*job.Group) error) (is job.Group, err error) {
	err = s.write(ctx, "change group", true, func(t *tx) error {
		g, err := t.GroupOf(name)
		if err != nil {
			return err
		}
		finished, err := record.ChangeGroup(g, decide, t.now)
		if err != nil {
			return err
		}
		is = g.Group
		return t.spoilGroup(g, finished)
	})
	if err != nil {
		return job.Group{}, err
	}
	return is, nil
}

// RecountGroups compares what groups count with their jobs; see protocol.Groups.
func (s *Store) RecountGroups(ctx context.Context, after job.GroupName, limit int, repair bool) ([]protocol.GroupRecount, job.GroupName, error) {
	var names []job.GroupName
	err := s.read(ctx, "list groups", func(c conn) (err error) {
		names, err = groups.Names(c.Conn, after, limit)
		return err
	})
	if err != nil {
		return nil, job.GroupName{}, err
	}
	return record.RecountEach(names, limit, func(name job.GroupName) (wrong *protocol.GroupRecount, err error) {
		err = s.write(ctx, "recount group", false, func(t *tx) error {
			g, err := t.GroupOf(name)
			if err != nil {
				return err
			}
			jobs, err := groups.Tally(t.c.Conn, name)
			if err != nil {
				return err
			}
			is, finished := record.Recount(g, jobs, repair, t.now)
			wrong = is
			return t.spoilGroup(g, finished)
		})
		return wrong, err
	})
}

// GroupOf returns a group, this transaction included.
func (t *tx) GroupOf(of job.GroupName) (*record.Group, error) {
	if g := t.tally.groups[of]; g != nil {
		return g, nil
	}
	is, found, err := groups.Get(t.c.Conn, of)
	if err != nil {
		return nil, err
	}
	g := &record.Group{Group: is, Stored: found}
	t.tally.groups[of] = g
	return g, nil
}

// group counts what becomes of a job in its group: was is nil for a new one, is for
// one that goes.
func (t *tx) group(was, is *job.Job) error {
	of := job.GroupNameOf(was, is)
	if of.Name == "" {
		return nil
	}
	g, err := t.GroupOf(of)
	if err != nil {
		return err
	}
	return t.spoilGroup(g, g.Count(was, is, t.now))
}

// spoilGroup notes that a group may have changed, and writes the deliveries that its
// end leads to.
func (t *tx) spoilGroup(g *record.Group, finished bool) error {
	if g.Dirty {
		t.wrote = true
		t.tally.grouped = append(t.tally.grouped, g)
	}
	if !finished {
		return nil
	}
	o, err := t.hooks(g.Owner)
	if err != nil || len(o.list) == 0 {
		return err
	}
	return t.told(o, job.AnnounceGroup(&g.Group, o.list, t.now))
}

// flushGroups writes every group that changed once.
func (y *tally) flushGroups(t *tx) error {
	for _, g := range y.grouped {
		if !g.Dirty { // it was written already
			continue
		}
		if err := groups.Put(t.run, g); err != nil {
			return err
		}
		g.Written()
	}
	y.grouped = y.grouped[:0]
	return nil
}

// number gives a job that ends its number among its owner's ends, if those are
// numbered.
func (t *tx) number(was, is *job.Job) error {
	if was.Ready == nil || is.Ready != nil {
		return nil
	}
	o, err := t.ownerTally(is.Owner)
	if err != nil {
		return err
	}
	if o.Number(was, is); o.Dirty {
		t.tally.spoilOwner(o)
	}
	return nil
}

// Finishes returns the number of the last end of an owner's job; see protocol.Feeds.
func (s *Store) Finishes(ctx context.Context, owner string, begin bool) (last int64, err error) {
	err = s.read(ctx, "read feed", func(c conn) error {
		last, err = groups.Finishes(c.Conn, owner)
		return err
	})
	if err != nil || last > 0 || !begin {
		return last, err
	}
	err = s.write(ctx, "begin feed", true, func(t *tx) error {
		o, err := t.ownerTally(owner)
		if err == nil {
			last, t.wrote = o.Follow(), true
			t.tally.spoilOwner(o)
		}
		return err
	})
	return last, err
}
