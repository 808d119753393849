package pgstore

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlListGroups = "SELECT " + unit.GroupColumns + ` FROM claimcheck.groups g
		WHERE owner = $1 AND (created, name) < ($2, $3) ORDER BY created DESC, name DESC LIMIT $4`
	// Of groups and of jobs that say that they are of one: either may be missing.
	sqlGroupNames = `SELECT owner, name FROM claimcheck.groups WHERE (owner, name) > ($1, $2)
		UNION SELECT owner, job_group FROM claimcheck.jobs WHERE job_group IS NOT NULL AND (owner, job_group) > ($1, $2)
		ORDER BY 1, 2 LIMIT $3`
	sqlTally = "SELECT status, count(*) FROM claimcheck.jobs WHERE owner = $1 AND job_group = $2 AND job_group IS NOT NULL GROUP BY status"

	sqlFinishes = "SELECT finishes, xmin FROM claimcheck.owners WHERE owner = $1"
)

// Groups returns those of some groups that there are.
func (s *Store) Groups(ctx context.Context, names []job.GroupName) ([]job.Group, error) {
	owners, of := make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		owners[i], of[i] = pg.Enc(n.Owner), n.Name
	}
	return s.groups(ctx, unit.SQLGroupsOf, owners, of)
}

// groups reads groups. That all jobs of one have ended is told once it is confirmed.
func (s *Store) groups(ctx context.Context, sql string, args ...any) (list []job.Group, err error) {
	open := map[job.ID]uint32{}
	err = s.db.Read(ctx, s.db.Pool, "read groups", func(rows pgx.Rows) error {
		var g job.Group
		var tx uint32
		err := unit.ScanGroup(rows, &g, &tx)
		if err == nil && g.Done() && s.db.Unconfirmed(tx) {
			open[g.Newest] = tx
		}
		list = append(list, g)
		return err
	}, sql, args...)
	if err == nil {
		err = s.db.ConfirmAll(ctx, open)
	}
	return list, err
}

// ListGroups returns groups of an owner, newest first; see protocol.Groups.
func (s *Store) ListGroups(ctx context.Context, owner string, after protocol.GroupCursor, limit int) ([]job.Group, protocol.GroupCursor, error) {
	created := int64(math.MaxInt64)
	if after != (protocol.GroupCursor{}) {
		created = record.Milli(after.Created)
	}
	list, err := s.groups(ctx, sqlListGroups, pg.Enc(owner), created, after.Name, limit+1)
	list, next := record.GroupPage(list, limit)
	return list, next, err
}

// ChangeGroup lets decide change a group; see protocol.Groups.
func (s *Store) ChangeGroup(ctx context.Context, name job.GroupName, decide func(*job.Group) error) (is job.Group, err error) {
	err = s.task(ctx, "change group", []string{name.Owner}, func(u *unit.Unit) error {
		g, err := u.GroupOf(name)
		if err != nil {
			return err
		}
		finished, err := record.ChangeGroup(g, decide, u.Now)
		if err != nil {
			return err
		}
		if finished {
			if err := tellFinished(u, g); err != nil {
				return err
			}
		}
		is = g.Group
		return nil
	})
	if err != nil {
		return job.Group{}, err
	}
	return is, nil
}

func tellFinished(u *unit.Unit, g *record.Group) error {
	o, err := u.Owner(g.Owner)
	if err == nil {
		u.GroupFinished(o, g)
	}
	return err
}

// RecountGroups compares what groups count with their jobs; see protocol.Groups.
func (s *Store) RecountGroups(ctx context.Context, after job.GroupName, limit int, repair bool) (wrong []protocol.GroupRecount, next job.GroupName, err error) {
	var names []job.GroupName
	err = s.db.Read(ctx, s.db.Pool, "list groups", func(rows pgx.Rows) error {
		var n job.GroupName
		err := rows.Scan(&n.Owner, &n.Name)
		n.Owner = pg.Dec(n.Owner)
		names = append(names, n)
		return err
	}, sqlGroupNames, pg.Enc(after.Owner), after.Name, limit)
	if err != nil {
		return nil, next, err
	}
	return record.RecountEach(names, limit, func(name job.GroupName) (*protocol.GroupRecount, error) { return s.recountGroup(ctx, name, repair) })
}

func (s *Store) recountGroup(ctx context.Context, name job.GroupName, repair bool) (wrong *protocol.GroupRecount, err error) {
	err = s.task(ctx, "recount group", []string{name.Owner}, func(u *unit.Unit) error {
		g, err := u.GroupOf(name)
		if err != nil {
			return err
		}
		var jobs job.Tally
		b := u.Start()
		b.Queue(sqlTally, pg.Enc(name.Owner), name.Name).Query(func(rows pgx.Rows) error {
			var status job.Status
			var n int64
			_, err := pgx.ForEachRow(rows, []any{&status, &n}, func() error {
				jobs[status] = n
				return nil
			})
			return err
		})
		if err := u.Send(b); err != nil {
			return err
		}
		var finished bool
		if wrong, finished = record.Recount(g, jobs, repair, u.Now); finished {
			return tellFinished(u, g)
		}
		return nil
	})
	return wrong, err
}

// Finishes returns the number of the last end of an owner's job; see protocol.Feeds.
// What no copy of the database has is not told.
func (s *Store) Finishes(ctx context.Context, owner string, begin bool) (last int64, err error) {
	var tx uint32
	if _, err = s.db.One(ctx, "read feed", []any{&last, &tx}, sqlFinishes, pg.Enc(owner)); err != nil {
		return 0, err
	}
	if last > 0 {
		if s.db.Unconfirmed(tx) {
			err = s.db.ConfirmAll(ctx, map[job.ID]uint32{{}: tx})
		}
		return last, err
	}
	if !begin {
		return 0, nil
	}
	err = s.task(ctx, "begin feed", []string{owner}, func(u *unit.Unit) error {
		o, err := u.Owner(owner)
		if err == nil {
			last = o.Follow()
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return last, nil
}
