package unit

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	// GroupColumns are what ScanGroup reads, of a table g, and which transaction wrote it.
	GroupColumns = `g.owner, g.name, g.version, g.queued, g.processing, g.success, g.failed, g.gone_success, g.gone_failed, g.closed,
		g.first_job, g.first_error, g.newest, g.created, g.updated, g.xmin`
	// SQLGroupsOf reads groups by owners and names.
	SQLGroupsOf = "SELECT " + GroupColumns + ` FROM unnest($1::text[], $2::text[]) k (owner, name)
		JOIN claimcheck.groups g ON g.owner = k.owner AND g.name = k.name`
	sqlPutGroup = `INSERT INTO claimcheck.groups (owner, name, version, queued, processing, success, failed, gone_success, gone_failed, closed,
			first_job, first_error, newest, created, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (owner, name) DO UPDATE SET version = excluded.version, queued = excluded.queued, processing = excluded.processing,
			success = excluded.success, failed = excluded.failed, gone_success = excluded.gone_success, gone_failed = excluded.gone_failed,
			closed = excluded.closed, first_job = excluded.first_job, first_error = excluded.first_error, newest = excluded.newest,
			created = excluded.created, updated = excluded.updated`
	sqlDropGroup = "DELETE FROM claimcheck.groups WHERE owner = $1 AND name = $2"
)

// ScanGroup reads a row of GroupColumns.
func ScanGroup(rows pgx.Rows, g *job.Group, tx *uint32) error {
	var first, newest pgtype.UUID
	var created, updated int64
	k, gone := &g.Kept, &g.Gone
	err := rows.Scan(&g.Owner, &g.Name, &g.Version, &k[job.Queued], &k[job.Processing], &k[job.Success], &k[job.Failed], &gone[job.Success], &gone[job.Failed],
		&g.Closed, &first, &g.FirstError, &newest, &created, &updated, tx)
	g.Owner, g.FirstError = pg.Dec(g.Owner), pg.BytesOrNil(g.FirstError)
	g.FirstJob, g.Newest = first.Bytes, newest.Bytes
	g.Created, g.Updated = record.Time(created), record.Time(updated)
	return err
}

// queueGroups reads what is foreseen of groups, whose owners are locked.
func (u *Unit) queueGroups(b *pgx.Batch) {
	if len(u.grouped) == 0 {
		return
	}
	if u.groups == nil {
		u.groups = map[job.GroupName]*record.Group{}
	}
	var owners, names []string
	asked := map[job.GroupName]bool{}
	for _, of := range u.grouped {
		if g := u.groups[of]; asked[of] || g != nil && (g.Stored || g.Dirty) {
			continue
		}
		asked[of] = true
		u.groups[of] = &record.Group{Group: job.Group{GroupName: of}}
		owners, names = append(owners, pg.Enc(of.Owner)), append(names, of.Name)
	}
	b.Queue(SQLGroupsOf, owners, names).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			is := &record.Group{Stored: true}
			var tx uint32
			if err := ScanGroup(rows, &is.Group, &tx); err != nil {
				return err
			}
			u.groups[is.GroupName] = is
		}
		return rows.Err()
	})
}

// GroupOf returns a group, this transaction included.
func (u *Unit) GroupOf(of job.GroupName) (*record.Group, error) {
	if _, err := u.Owner(of.Owner); err != nil { // its lock is the group's
		return nil, err
	}
	if g := u.groups[of]; g != nil {
		return g, nil
	}
	u.grouped = []job.GroupName{of}
	b := u.Start()
	u.queueGroups(b)
	if err := u.Send(b); err != nil {
		return nil, err
	}
	return u.groups[of], nil
}

// group counts what becomes of a job in its group: was is nil for a new one, is for
// one that goes.
func (u *Unit) group(o *Owner, was, is *job.Job) error {
	of := job.GroupNameOf(was, is)
	if of.Name == "" {
		return nil
	}
	g, err := u.GroupOf(of)
	if err != nil {
		return err
	}
	if g.Count(was, is, u.Now) {
		u.GroupFinished(o, g)
	}
	return nil
}

// GroupFinished notes the deliveries that a group's end leads to.
func (u *Unit) GroupFinished(o *Owner, g *record.Group) {
	u.told(o, job.AnnounceGroup(&g.Group, o.Hooks, u.Now))
}

func (u *Unit) flushGroups(b *pgx.Batch) {
	for of, g := range u.groups {
		switch k, gone := &g.Kept, &g.Gone; {
		case !g.Dirty, !g.Stored && g.Empty():
		case g.Empty():
			b.Queue(sqlDropGroup, pg.Enc(of.Owner), of.Name)
		default:
			b.Queue(sqlPutGroup, pg.Enc(of.Owner), of.Name, g.Version, k[job.Queued], k[job.Processing], k[job.Success], k[job.Failed],
				gone[job.Success], gone[job.Failed], g.Closed, pg.UUIDOrNull(g.FirstJob), pg.BlobOrNull(g.FirstError), pg.UUIDOrNull(g.Newest),
				record.Milli(g.Created), record.Milli(g.Updated))
		}
	}
}
