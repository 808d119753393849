// Package waiting has the rows by which jobs wait: those of the queue as schedulers
// read them, and the allowances of tools, as they are read and written on a connection of the
// embedded store.
package waiting

import (
	"context"
	"math"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/sqlitestore/file"
)

// Columns are those of the queue that [At] reads.
const Columns = "id, owner, tool, priority, input_size, probation, input_sum, strand"

// The statements that read.
const (
	SQLReadyFrom = "SELECT " + Columns + ` FROM ready
		WHERE owner = ? AND tool = ? AND state = 0 AND probation = 0 AND priority < ? ORDER BY priority DESC, seq LIMIT ?`
	SQLReadyRest = "SELECT " + Columns + ` FROM ready
		WHERE owner = ? AND tool = ? AND state = 0 AND probation = 0 AND priority = ? AND seq > ? ORDER BY seq LIMIT ?`
	SQLStrandFrom = "SELECT " + Columns + ` FROM ready INDEXED BY ready_strands
		WHERE owner = ? AND tool = ? AND strand = ? AND state = 0 AND probation = 0 AND strand <> '' AND priority < ? ORDER BY priority DESC, seq LIMIT ?`
	sqlStrandRest = "SELECT " + Columns + ` FROM ready INDEXED BY ready_strands
		WHERE owner = ? AND tool = ? AND strand = ? AND state = 0 AND probation = 0 AND strand <> '' AND priority = ? AND seq > ? ORDER BY seq LIMIT ?`

	SQLDue        = "SELECT " + Columns + " FROM ready WHERE state = 1 AND run_at <= ? ORDER BY run_at LIMIT ?"
	SQLMisdated   = "SELECT " + Columns + " FROM ready WHERE state = 1 AND since > ? AND since > 0 ORDER BY since DESC LIMIT ?"
	sqlBacklog    = "SELECT owner, tool, queued, running FROM counts"
	SQLNextStrand = `SELECT strand FROM ready INDEXED BY ready_strands
		WHERE owner = ? AND tool = ? AND strand > ? AND state = 0 AND probation = 0 AND strand <> '' ORDER BY strand LIMIT 1`
)

// SQLOldest walks the primary key past what is older and not claimable: leased
// jobs, of which there are few, and delayed ones.
const SQLOldest = "SELECT created FROM jobs WHERE seq = (SELECT seq FROM ready WHERE state = 0 ORDER BY seq LIMIT 1)"

// All runs a query of [Columns].
func All(c *file.Conn, sql string, params func(*file.Binder)) (found []job.Candidate, err error) {
	err = c.Each(sql, params, func(st *sqlite.Stmt) { found = append(found, At(c, st)) })
	return found, err
}

// At reads a row of [Columns].
func At(c *file.Conn, st *sqlite.Stmt) job.Candidate {
	is := job.Candidate{
		Owner: c.NameAt(st, 1), Tool: c.NameAt(st, 2), Priority: st.ColumnInt(3), InputSize: st.ColumnInt64(4),
		Probation: job.Probation(st.ColumnInt64(5)), //nolint:gosec // as written
		InputSum:  st.ColumnInt64(6),
		Strand:    c.TextAt(st, 7),
	}
	st.ColumnBytes(0, is.ID[:])
	return is
}

// Ready returns claimable jobs of an owner and tool that are not on probation, those
// after a position; if that has a strand, those of it alone.
func Ready(c *file.Conn, owner, tool string, after job.Candidate, limit int) (found []job.Candidate, err error) {
	if after.Strand != "" {
		return ofStrand(c, owner, tool, after, limit)
	}
	below := int64(math.MaxInt64)
	if after.ID != (job.ID{}) {
		below = int64(after.Priority)
		found, err = All(c, SQLReadyRest, func(b *file.Binder) {
			b.Text(owner).Text(tool).Int(below).Int(after.ID.Seq()).Int(int64(limit))
		})
		if err != nil || len(found) >= limit {
			return found, err
		}
	}
	more, err := All(c, SQLReadyFrom, func(b *file.Binder) {
		b.Text(owner).Text(tool).Int(below).Int(int64(limit - len(found)))
	})
	return append(found, more...), err
}

func ofStrand(c *file.Conn, owner, tool string, after job.Candidate, limit int) (found []job.Candidate, err error) {
	below := int64(math.MaxInt64)
	if after.ID != (job.ID{}) {
		below = int64(after.Priority)
		found, err = All(c, sqlStrandRest, func(b *file.Binder) {
			b.Text(owner).Text(tool).Text(after.Strand).Int(below).Int(after.ID.Seq()).Int(int64(limit))
		})
		if err != nil || len(found) >= limit {
			return found, err
		}
	}
	more, err := All(c, SQLStrandFrom, func(b *file.Binder) {
		b.Text(owner).Text(tool).Text(after.Strand).Int(below).Int(int64(limit - len(found)))
	})
	return append(found, more...), err
}

// Front returns the first jobs of the strand after one, in the order of their names;
// none if there is no such strand.
func Front(c *file.Conn, owner, tool, after string, each int) ([]job.Candidate, error) {
	next := ""
	ok, err := c.One(SQLNextStrand, func(b *file.Binder) { b.Text(owner).Text(tool).Text(after) }, func(st *sqlite.Stmt) { next = c.TextAt(st, 0) })
	if err != nil || !ok {
		return nil, err
	}
	return ofStrand(c, owner, tool, job.Candidate{Strand: next}, each)
}

// Fronts are [Front] of some strands, one after the other.
func Fronts(ctx context.Context, c *file.Conn, owner, tool, after string, strands, each int) (found []job.Candidate, err error) {
	for range strands {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		front, err := Front(c, owner, tool, after, each)
		if err != nil || len(front) == 0 {
			return found, err
		}
		found, after = append(found, front...), front[0].Strand
	}
	return found, nil
}

// Backlog returns the unfinished jobs of all owners and tools.
func Backlog(c *file.Conn) (counts []account.ToolCount, err error) {
	err = c.Each(sqlBacklog, nil, func(st *sqlite.Stmt) {
		counts = append(counts, account.ToolCount{
			Owner: c.NameAt(st, 0), Tool: c.NameAt(st, 1), Queued: st.ColumnInt64(2), Running: st.ColumnInt64(3),
		})
	})
	return counts, err
}
