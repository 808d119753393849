package sqlitestore

import (
	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"

	"claimcheck/internal/store/record"
)

// maxTallied bounds the owners and usages kept in memory.
const maxTallied = 10_000

// A tally keeps what the database counts, as of the transaction that is being
// written: rows are read on first touch, changed in memory, and written once
// before the commit. The writer alone uses it; a rollback empties it.
type tally struct {
	owners map[string]*ownerTally
	usages map[usageOf]*ownerUsage
	hooks  map[string]*ownerHooks
	tools  map[string]*int64 // jobs of a tool under a lease, over all owners

	// What differs from the database.
	changed []*ownerTally
	charged []*ownerUsage
	counted []*ownerHooks
}

type usageOf struct {
	owner string
	month int
}

type ownerUsage struct {
	account.Usage

	of    usageOf
	dirty bool
}

// An ownerTally is what an owner has.
type ownerTally struct {
	account.Counts

	owner  string
	tools  []toolTally
	dirty  bool
	stored bool // StoredBytes or PendingUploads differs from the database
}

type toolTally struct {
	tool            string
	queued, running int64
	dirty           bool
}

// forget drops everything, to be read again.
func (y *tally) forget() {
	y.owners, y.usages = map[string]*ownerTally{}, map[usageOf]*ownerUsage{}
	y.tools = map[string]*int64{}
	y.hooks, y.counted = map[string]*ownerHooks{}, y.counted[:0]
	y.changed, y.charged = y.changed[:0], y.charged[:0]
}

// trim keeps the memory bounded; nothing may be dirty.
func (y *tally) trim() {
	if len(y.owners) > maxTallied || len(y.usages) > maxTallied || len(y.hooks) > maxTallied || len(y.tools) > maxTallied {
		y.forget()
	}
}

const (
	sqlCounts = "SELECT tool, queued, running FROM counts WHERE owner = ?"
	sqlStored = "SELECT stored_bytes, pending_uploads FROM owners WHERE owner = ?"
	sqlUsage  = "SELECT jobs, lost_refunds FROM usage WHERE owner = ? AND month = ?"

	sqlRunningOf = "SELECT running FROM counts WHERE owner = ? AND tool = ?"
	// sqlRunning reads all of counts, once for each tool that has a limit: after
	// that the number is kept in memory. An index would cost each claim.
	sqlRunning = "SELECT ifnull(sum(running), 0) FROM counts WHERE tool = ? AND running > 0"

	sqlPutCounts = `INSERT INTO counts (owner, tool, queued, running) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET queued = excluded.queued, running = excluded.running`
	sqlDropCounts = "DELETE FROM counts WHERE owner = ? AND tool = ?"
	sqlPutStored  = `INSERT INTO owners (owner, stored_bytes, pending_uploads) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET stored_bytes = excluded.stored_bytes, pending_uploads = excluded.pending_uploads`
	sqlPutUsage = `INSERT INTO usage (owner, month, jobs, lost_refunds) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET jobs = excluded.jobs, lost_refunds = excluded.lost_refunds`
)

// ownerTally returns what an owner has, this transaction included.
func (t *tx) ownerTally(owner string) (*ownerTally, error) {
	if o := t.tally.owners[owner]; o != nil {
		return o, nil
	}
	o := &ownerTally{owner: owner}
	err := t.c.each(sqlCounts, func(b *binder) { b.text(owner) }, func(st *sqlite.Stmt) {
		k := toolTally{tool: t.c.nameAt(st, 0), queued: st.ColumnInt64(1), running: st.ColumnInt64(2)}
		o.tools = append(o.tools, k)
		o.Queued += k.queued
		o.Running += k.running
	})
	if err != nil {
		return nil, err
	}
	_, err = t.c.one(sqlStored, func(b *binder) { b.text(owner) }, func(st *sqlite.Stmt) {
		o.StoredBytes, o.PendingUploads = st.ColumnInt64(0), st.ColumnInt64(1)
	})
	if err != nil {
		return nil, err
	}
	t.tally.owners[owner] = o
	return o, nil
}

// usage returns an owner's usage of a month, this transaction included.
func (t *tx) usage(owner string, month int) (*ownerUsage, error) {
	key := usageOf{owner, month}
	if u := t.tally.usages[key]; u != nil {
		return u, nil
	}
	u := &ownerUsage{of: key}
	_, err := t.c.one(sqlUsage, func(b *binder) { b.text(owner).int(int64(month)) }, func(st *sqlite.Stmt) {
		u.Jobs, u.LostRefunds = st.ColumnInt64(0), st.ColumnInt64(1)
	})
	if err != nil {
		return nil, err
	}
	t.tally.usages[key] = u
	return u, nil
}

// runningOf returns how many jobs of a tool are under a lease, this
// transaction included. What the transaction has changed and not written yet
// is in the memory of owners.
func (t *tx) runningOf(tool string) (int64, error) {
	if n := t.tally.tools[tool]; n != nil {
		return *n, nil
	}
	n := new(int64)
	_, err := t.c.one(sqlRunning, func(b *binder) { b.text(tool) }, func(st *sqlite.Stmt) { *n = st.ColumnInt64(0) })
	if err != nil {
		return 0, err
	}
	for _, o := range t.tally.changed {
		if err := t.addUnwritten(o, tool, n); err != nil {
			return 0, err
		}
	}
	t.tally.tools[tool] = n
	return *n, nil
}

// addUnwritten adds what an owner's counts in memory differ from the database.
func (t *tx) addUnwritten(o *ownerTally, tool string, n *int64) error {
	for _, k := range o.tools {
		if k.tool != tool || !k.dirty {
			continue
		}
		*n += k.running
		_, err := t.c.one(sqlRunningOf, func(b *binder) { b.text(o.owner).text(tool) }, func(st *sqlite.Stmt) { *n -= st.ColumnInt64(0) })
		if err != nil {
			return err
		}
	}
	return nil
}

// move counts one job of an owner and tool that went from one place to another.
func (t *tx) move(owner, tool string, from, to record.Place) error {
	if from == to {
		return nil
	}
	o, err := t.ownerTally(owner)
	if err != nil {
		return err
	}
	k, all := o.tool(tool), t.tally.tools[tool]
	for _, step := range []struct {
		at record.Place
		n  int64
	}{{from, -1}, {to, 1}} {
		switch step.at {
		case record.Nowhere:
		case record.Queued:
			k.queued += step.n
			o.Queued += step.n
		case record.Running:
			k.running += step.n
			o.Running += step.n
			if all != nil {
				*all += step.n
			}
		}
	}
	k.dirty = true
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
	o.StoredBytes += bytes
	o.stored = true
	t.tally.spoilOwner(o)
	return nil
}

// countUploads counts uploads that began to be pending, negative ones that
// ceased to be.
func (t *tx) countUploads(owner string, n int64) error {
	if n == 0 {
		return nil
	}
	o, err := t.ownerTally(owner)
	if err != nil {
		return err
	}
	o.PendingUploads += n
	o.stored = true
	t.tally.spoilOwner(o)
	return nil
}

func (o *ownerTally) tool(name string) *toolTally {
	for i := range o.tools {
		if o.tools[i].tool == name {
			return &o.tools[i]
		}
	}
	o.tools = append(o.tools, toolTally{tool: name})
	return &o.tools[len(o.tools)-1]
}

func (y *tally) spoilOwner(o *ownerTally) {
	if !o.dirty {
		o.dirty = true
		y.changed = append(y.changed, o)
	}
}

func (y *tally) spoilUsage(u *ownerUsage) {
	if !u.dirty {
		u.dirty = true
		y.charged = append(y.charged, u)
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
		err := t.run(sqlPutUsage, func(b *binder) {
			b.text(u.of.owner).int(int64(u.of.month)).int(u.Jobs).int(u.LostRefunds)
		})
		if err != nil {
			return err
		}
		u.dirty = false
	}
	y.changed, y.charged = y.changed[:0], y.charged[:0]
	return y.flushHooks(t)
}

func (o *ownerTally) flush(t *tx) error {
	kept := o.tools[:0]
	for _, k := range o.tools {
		if err := k.flush(t, o.owner); err != nil {
			return err
		}
		k.dirty = false
		if k.queued != 0 || k.running != 0 {
			kept = append(kept, k)
		}
	}
	o.tools = kept
	if o.stored {
		err := t.run(sqlPutStored, func(b *binder) { b.text(o.owner).int(o.StoredBytes).int(o.PendingUploads) })
		if err != nil {
			return err
		}
	}
	o.dirty, o.stored = false, false
	return nil
}

func (k toolTally) flush(t *tx, owner string) error {
	switch {
	case !k.dirty:
		return nil
	case k.queued == 0 && k.running == 0:
		return t.run(sqlDropCounts, func(b *binder) { b.text(owner).text(k.tool) })
	default:
		return t.run(sqlPutCounts, func(b *binder) { b.text(owner).text(k.tool).int(k.queued).int(k.running) })
	}
}
