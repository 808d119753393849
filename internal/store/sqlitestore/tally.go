package sqlitestore

import (
	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
	"claimcheck/internal/store/sqlitestore/waiting"
)

// maxTallied bounds the owners and usages kept in memory.
const maxTallied = 10_000

// A tally keeps what the database counts, as of the transaction that is being
// written: rows are read on first touch, changed in memory, and written once
// before the commit. The writer alone uses it; a rollback empties it.
type tally struct {
	owners map[string]*ownerTally
	usages map[record.Month]*record.Usage
	hooks  map[string]*ownerHooks
	groups map[job.GroupName]*record.Group
	tools  map[string]*int64 // jobs of a tool under a lease, over all owners
	meters waiting.Meters

	// What differs from the database.
	changed []*ownerTally
	charged []*record.Usage
	counted []*ownerHooks
	grouped []*record.Group
}

// An ownerTally is what an owner has.
type ownerTally struct {
	record.Owner

	listed bool // in changed
}

// forget drops everything, to be read again.
func (y *tally) forget() {
	y.owners, y.usages = map[string]*ownerTally{}, map[record.Month]*record.Usage{}
	y.tools = map[string]*int64{}
	y.groups, y.grouped = map[job.GroupName]*record.Group{}, y.grouped[:0]
	y.meters = waiting.Meters{}
	y.hooks, y.counted = map[string]*ownerHooks{}, y.counted[:0]
	y.changed, y.charged = y.changed[:0], y.charged[:0]
}

// trim keeps the memory bounded; nothing may be dirty.
func (y *tally) trim() {
	if len(y.owners) > maxTallied || len(y.usages) > maxTallied || len(y.hooks) > maxTallied || len(y.tools) > maxTallied || len(y.groups) > maxTallied || y.meters.Len() > maxTallied {
		y.forget()
	}
}

const (
	sqlCounts = "SELECT tool, queued, running FROM counts WHERE owner = ?"
	sqlStored = "SELECT stored_bytes, pending_uploads, finishes FROM owners WHERE owner = ?"
	sqlUsage  = "SELECT jobs, lost_refunds FROM usage WHERE owner = ? AND month = ?"

	// sqlRunning reads all of counts, once for each tool that has a limit: after
	// that the number is kept in memory. An index would cost each claim.
	sqlRunning = "SELECT ifnull(sum(running), 0) FROM counts WHERE tool = ? AND running > 0"

	sqlPutCounts = `INSERT INTO counts (owner, tool, queued, running) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET queued = excluded.queued, running = excluded.running`
	sqlDropCounts = "DELETE FROM counts WHERE owner = ? AND tool = ?"
	sqlPutStored  = `INSERT INTO owners (owner, stored_bytes, pending_uploads, finishes) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET stored_bytes = excluded.stored_bytes, pending_uploads = excluded.pending_uploads, finishes = excluded.finishes`
	sqlPutUsage = `INSERT INTO usage (owner, month, jobs, lost_refunds) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET jobs = excluded.jobs, lost_refunds = excluded.lost_refunds`
)

// ownerTally returns what an owner has, this transaction included.
func (t *tx) ownerTally(owner string) (*ownerTally, error) {
	if o := t.tally.owners[owner]; o != nil {
		return o, nil
	}
	o := &ownerTally{}
	o.Name = owner
	err := t.c.Each(sqlCounts, func(b *file.Binder) { b.Text(owner) }, func(st *sqlite.Stmt) {
		o.Read(t.c.NameAt(st, 0), st.ColumnInt64(1), st.ColumnInt64(2))
	})
	if err != nil {
		return nil, err
	}
	_, err = t.c.One(sqlStored, func(b *file.Binder) { b.Text(owner) }, func(st *sqlite.Stmt) {
		o.StoredBytes, o.PendingUploads, o.Finishes = st.ColumnInt64(0), st.ColumnInt64(1), st.ColumnInt64(2)
	})
	if err != nil {
		return nil, err
	}
	t.tally.owners[owner] = o
	return o, nil
}

// move counts one job of an owner and tool that went from one stage to another.
func (t *tx) move(owner, tool string, from, to record.Stage) error {
	if from == to {
		return nil
	}
	o, err := t.ownerTally(owner)
	if err != nil {
		return err
	}
	running := o.Move(tool, from, to)
	if all := t.tally.tools[tool]; all != nil {
		*all += running
	}
	t.tally.spoilOwner(o)
	return nil
}

// store counts bytes of inputs and outputs kept for an owner, negative ones
// given back.
func (t *tx) store(owner string, bytes int64) error {
	if bytes == 0 {
		return nil
	}
	o, err := t.ownerTally(owner)
	if err != nil {
		return err
	}
	o.Keep(bytes)
	t.tally.spoilOwner(o)
	return nil
}

// pend counts uploads that began to be pending, negative ones that ceased to be.
func (t *tx) pend(owner string, n int64) error {
	if n == 0 {
		return nil
	}
	o, err := t.ownerTally(owner)
	if err != nil {
		return err
	}
	o.Pend(n)
	t.tally.spoilOwner(o)
	return nil
}

func (y *tally) spoilOwner(o *ownerTally) {
	if !o.listed {
		o.listed = true
		y.changed = append(y.changed, o)
	}
}

// flush writes every changed row once.
func (y *tally) flush(t *tx) error {
	for _, o := range y.changed {
		if err := o.flush(t); err != nil {
			return err
		}
	}
	for _, u := range y.charged {
		err := t.run(sqlPutUsage, func(b *file.Binder) {
			b.Text(u.Of.Owner).Int(int64(u.Of.Month)).Int(u.Jobs).Int(u.LostRefunds)
		})
		if err != nil {
			return err
		}
		u.Dirty = false
	}
	y.changed, y.charged = y.changed[:0], y.charged[:0]
	if err := y.flushGroups(t); err != nil {
		return err
	}
	if err := y.meters.Flush(t.run); err != nil {
		return err
	}
	return y.flushHooks(t)
}

func (o *ownerTally) flush(t *tx) error {
	for i := range o.Tools {
		if err := flushTool(t, o.Name, &o.Tools[i]); err != nil {
			return err
		}
	}
	if o.Dirty {
		err := t.run(sqlPutStored, func(b *file.Binder) { b.Text(o.Name).Int(o.StoredBytes).Int(o.PendingUploads).Int(o.Finishes) })
		if err != nil {
			return err
		}
	}
	o.Written()
	o.listed = false
	return nil
}

func flushTool(t *tx, owner string, k *record.Tool) error {
	switch {
	case !k.Dirty:
		return nil
	case k.Queued == 0 && k.Running == 0:
		return t.run(sqlDropCounts, func(b *file.Binder) { b.Text(owner).Text(k.Name) })
	default:
		return t.run(sqlPutCounts, func(b *file.Binder) { b.Text(owner).Text(k.Name).Int(k.Queued).Int(k.Running) })
	}
}
