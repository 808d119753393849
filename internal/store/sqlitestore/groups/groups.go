// Package groups has the rows of groups of jobs, and what is read of the jobs of one:
// how they are read and written on a connection of the embedded store.
package groups

import (
	"math"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const columns = `owner, name, version, queued, processing, success, failed, gone_success, gone_failed, closed,
	first_job, first_error, newest, created, updated`

// The statements that read.
const (
	SQLGet  = "SELECT " + columns + " FROM groups WHERE owner = ? AND name = ?"
	SQLList = "SELECT " + columns + ` FROM groups
		WHERE owner = ?1 AND (created, name) < (?2, ?3) ORDER BY created DESC, name DESC LIMIT ?4`
	SQLTally    = "SELECT status, count(*) FROM jobs WHERE owner = ? AND job_group = ? AND job_group IS NOT NULL GROUP BY status"
	SQLFinishes = "SELECT finishes FROM owners WHERE owner = ?"

	// sqlNames is of groups and of jobs that say that they are of one: either may be missing.
	sqlNames = `SELECT owner, name FROM groups WHERE (owner, name) > (?1, ?2)
		UNION SELECT owner, job_group FROM jobs WHERE job_group IS NOT NULL AND (owner, job_group) > (?1, ?2)
		ORDER BY 1, 2 LIMIT ?3`
)

const (
	sqlPut = `INSERT INTO groups (` + columns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (owner, name) DO UPDATE SET version = excluded.version, queued = excluded.queued, processing = excluded.processing,
			success = excluded.success, failed = excluded.failed, gone_success = excluded.gone_success, gone_failed = excluded.gone_failed,
			closed = excluded.closed, first_job = excluded.first_job, first_error = excluded.first_error, newest = excluded.newest,
			created = excluded.created, updated = excluded.updated`
	sqlDrop = "DELETE FROM groups WHERE owner = ? AND name = ?"
)

// A Run executes a statement of a transaction that writes.
type Run func(sql string, params func(*file.Binder)) error

// Get reads a group; found is whether there is one.
func Get(c *file.Conn, of job.GroupName) (g job.Group, found bool, err error) {
	g.GroupName = of
	found, err = c.One(SQLGet, func(b *file.Binder) { b.Text(of.Owner).Text(of.Name) }, func(st *sqlite.Stmt) { g = at(c, st) })
	return g, found, err
}

// All reads those of some groups that there are.
func All(c *file.Conn, names []job.GroupName) (list []job.Group, err error) {
	for _, n := range names {
		g, found, err := Get(c, n)
		if err != nil {
			return nil, err
		}
		if found {
			list = append(list, g)
		}
	}
	return list, nil
}

// at reads a row of columns.
func at(c *file.Conn, st *sqlite.Stmt) job.Group {
	g := job.Group{
		GroupName: job.GroupName{Owner: c.NameAt(st, 0), Name: c.TextAt(st, 1)}, Version: st.ColumnInt64(2), Closed: st.ColumnInt64(9) != 0,
		FirstError: file.BlobAt(st, 11), Created: record.Time(st.ColumnInt64(13)), Updated: record.Time(st.ColumnInt64(14)),
	}
	for i := range g.Kept {
		g.Kept[i] = st.ColumnInt64(3 + i)
	}
	g.Gone[job.Success], g.Gone[job.Failed] = st.ColumnInt64(7), st.ColumnInt64(8)
	st.ColumnBytes(10, g.FirstJob[:])
	st.ColumnBytes(12, g.Newest[:])
	return g
}

// List reads up to limit groups of an owner, newest first, after a position.
func List(c *file.Conn, owner string, after protocol.GroupCursor, limit int) (list []job.Group, err error) {
	created := int64(math.MaxInt64)
	if after != (protocol.GroupCursor{}) {
		created = record.Milli(after.Created)
	}
	err = c.Each(SQLList, func(b *file.Binder) { b.Text(owner).Int(created).Text(after.Name).Int(int64(limit)) }, func(st *sqlite.Stmt) {
		list = append(list, at(c, st))
	})
	return list, err
}

// Names reads the names of up to limit groups after one, also of those that have no
// row and those that have no job.
func Names(c *file.Conn, after job.GroupName, limit int) (names []job.GroupName, err error) {
	err = c.Each(sqlNames, func(b *file.Binder) { b.Text(after.Owner).Text(after.Name).Int(int64(limit)) }, func(st *sqlite.Stmt) {
		names = append(names, job.GroupName{Owner: c.TextAt(st, 0), Name: c.TextAt(st, 1)})
	})
	return names, err
}

// Tally counts the jobs of a group.
func Tally(c *file.Conn, of job.GroupName) (jobs job.Tally, err error) {
	err = c.Each(SQLTally, func(b *file.Binder) { b.Text(of.Owner).Text(of.Name) }, func(st *sqlite.Stmt) {
		jobs[st.ColumnInt64(0)] = st.ColumnInt64(1)
	})
	return jobs, err
}

// Finishes reads the number of the last end of an owner's job; 0 if they have none.
func Finishes(c *file.Conn, owner string) (last int64, err error) {
	_, err = c.One(SQLFinishes, func(b *file.Binder) { b.Text(owner) }, func(st *sqlite.Stmt) { last = st.ColumnInt64(0) })
	return last, err
}

// Put writes a group as it is, or removes its row if it has no job any more.
func Put(run Run, g *record.Group) error {
	switch {
	case g.Empty() && !g.Stored:
		return nil
	case g.Empty():
		return run(sqlDrop, func(b *file.Binder) { b.Text(g.Owner).Text(g.Name) })
	}
	return run(sqlPut, func(b *file.Binder) {
		b.Text(g.Owner).Text(g.Name).Int(g.Version)
		for _, n := range g.Kept {
			b.Int(n)
		}
		b.Int(g.Gone[job.Success]).Int(g.Gone[job.Failed]).Bool(g.Closed)
		b.BlobOrNull(idOf(&g.FirstJob)).BlobOrNull(g.FirstError).BlobOrNull(idOf(&g.Newest)).Time(g.Created).Time(g.Updated)
	})
}

// idOf is an id's bytes; nil for none.
func idOf(id *job.ID) []byte {
	if *id == (job.ID{}) {
		return nil
	}
	return id[:]
}
