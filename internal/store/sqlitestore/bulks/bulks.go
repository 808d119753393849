// Package bulks has the rows of what is done with many jobs at once, and of their
// jobs' ids: how they are read and written on a connection of the embedded store.
package bulks

import (
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const columns = "id, owner, operator, action, state, version, request_id, matched, next, done, skipped, skips, created, updated, expires, worker, until"

// The statements that read.
const (
	SQLGet     = "SELECT " + columns + " FROM bulks WHERE id = ?"
	SQLCount   = "SELECT count(*) FROM bulks WHERE state < 2 AND owner = ? AND operator = ?"
	SQLUnended = "SELECT " + columns + " FROM bulks WHERE state < 2 ORDER BY updated"
	SQLExpired = "SELECT id FROM bulks WHERE state >= 2 AND expires <= ? ORDER BY expires LIMIT ?"
	SQLJobs    = "SELECT ids FROM bulk_jobs WHERE bulk = ? AND part = ?"
)

const (
	sqlPut = "INSERT INTO bulks (" + columns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	sqlSet = `UPDATE bulks SET state = ?, version = ?, matched = ?, next = ?, done = ?, skipped = ?, skips = ?, updated = ?, expires = ?,
		worker = ?, until = ? WHERE id = ?`
	sqlDrop     = "DELETE FROM bulks WHERE id = ?"
	sqlPutJobs  = "INSERT INTO bulk_jobs (bulk, part, ids) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
	sqlDropJobs = "DELETE FROM bulk_jobs WHERE bulk = ?"
)

// A Run executes a statement of a transaction that writes.
type Run func(sql string, params func(*file.Binder)) error

// Get reads a bulk; NotFound BULK_NOT_FOUND.
func Get(c *file.Conn, id job.ID) (b job.Bulk, err error) {
	found, err := c.One(SQLGet, func(p *file.Binder) { p.Blob(id[:]) }, func(st *sqlite.Stmt) { b = at(c, st) })
	if err == nil && !found {
		err = record.BulkNotFound()
	}
	return b, err
}

// at reads a row of columns.
func at(c *file.Conn, st *sqlite.Stmt) job.Bulk {
	b := job.Bulk{
		Owner: c.NameAt(st, 1), Operator: st.ColumnInt64(2) != 0,
		Action: job.BulkAction(st.ColumnInt64(3)), State: job.BulkState(st.ColumnInt64(4)), //nolint:gosec // as written
		Version: st.ColumnInt64(5), RequestID: c.TextAt(st, 6),
		Matched: st.ColumnInt64(7), Next: st.ColumnInt64(8), Done: st.ColumnInt64(9), Skipped: st.ColumnInt64(10), Skips: file.BlobAt(st, 11),
		Created: record.Time(st.ColumnInt64(12)), Updated: record.Time(st.ColumnInt64(13)), Expires: record.Time(st.ColumnInt64(14)),
		Worker: c.TextAt(st, 15), Until: record.Time(st.ColumnInt64(16)),
	}
	st.ColumnBytes(0, b.ID[:])
	return b
}

// Count returns how many of an owner's are not final.
func Count(c *file.Conn, owner string, operator bool) (n int64, err error) {
	_, err = c.One(SQLCount, func(p *file.Binder) { p.Text(owner).Bool(operator) }, func(st *sqlite.Stmt) { n = st.ColumnInt64(0) })
	return n, err
}

// Unended shows all that are not final, the longest unchanged first.
func Unended(c *file.Conn, each func(job.Bulk)) error {
	return c.Each(SQLUnended, nil, func(st *sqlite.Stmt) { each(at(c, st)) })
}

// Expired returns some that have expired.
func Expired(c *file.Conn, now time.Time, limit int) (ids []job.ID, err error) {
	err = c.Each(SQLExpired, func(p *file.Binder) { p.Time(now).Int(int64(limit)) }, func(st *sqlite.Stmt) {
		ids = append(ids, job.ID{})
		st.ColumnBytes(0, ids[len(ids)-1][:])
	})
	return ids, err
}

// Put writes a new one.
func Put(run Run, b *job.Bulk) error {
	err := run(sqlPut, func(p *file.Binder) {
		p.Blob(b.ID[:]).Text(b.Owner).Bool(b.Operator).Int(int64(b.Action)).Int(int64(b.State)).Int(b.Version).Text(b.RequestID)
		p.Int(b.Matched).Int(b.Next).Int(b.Done).Int(b.Skipped).BlobOrNull(b.Skips).Time(b.Created).Time(b.Updated).Time(b.Expires).Text(b.Worker).Time(b.Until)
	})
	if file.Constraint(err) {
		return record.BulkTaken(err)
	}
	return err
}

// Set writes what became of one.
func Set(run Run, b *job.Bulk) error {
	return run(sqlSet, func(p *file.Binder) {
		p.Int(int64(b.State)).Int(b.Version).Int(b.Matched).Int(b.Next).Int(b.Done).Int(b.Skipped).BlobOrNull(b.Skips)
		p.Time(b.Updated).Time(b.Expires).Text(b.Worker).Time(b.Until).Blob(b.ID[:])
	})
}

// Drop removes one and its jobs' ids.
func Drop(run Run, id job.ID) error {
	for _, sql := range [...]string{sqlDropJobs, sqlDrop} {
		if err := run(sql, func(p *file.Binder) { p.Blob(id[:]) }); err != nil {
			return err
		}
	}
	return nil
}

// PutJobs writes a part of the ids, unless it is there.
func PutJobs(run Run, bulk job.ID, part int64, ids []job.ID) error {
	return run(sqlPutJobs, func(p *file.Binder) { p.Blob(bulk[:]).Int(part).Blob(record.JoinIDs(ids)) })
}

// Jobs reads a part of the ids.
func Jobs(c *file.Conn, bulk job.ID, part int64) (ids []job.ID, err error) {
	_, err = c.One(SQLJobs, func(p *file.Binder) { p.Blob(bulk[:]).Int(part) }, func(st *sqlite.Stmt) { ids = record.SplitIDs(file.BlobAt(st, 0)) })
	return ids, err
}
