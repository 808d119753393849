package unit

import (
	"slices"

	"claimcheck/internal/store/pgstore/pg"

	"github.com/jackc/pgx/v5"
)

const (
	// sqlLockTool is the lock of a tool's counter, until the transaction ends.
	sqlLockTool = "SELECT pg_advisory_xact_lock(hashtextextended('claimcheck tool ' || $1, 0))"
	sqlRunning  = "SELECT coalesce(sum(running), 0)::bigint FROM claimcheck.counts WHERE tool = $1 AND running > 0"
)

// runningOf returns how many jobs of a tool are under a lease as far as is
// committed, and locks the tool's counter: others that decide by it wait. Who
// only takes away from it does not.
func (u *Unit) runningOf(tool string) (n int64, err error) {
	if _, ok := u.running[tool]; !ok {
		u.limited.Store(tool, true)
		err = u.lockTools([]string{tool})
	}
	return u.running[tool], err
}

// foreseeTools locks the counters that decisions about waiting jobs will ask
// for, as far as such decisions have asked for them before: in the order of
// their names, so that two transactions wait for each other in one order.
func (u *Unit) foreseeTools() error {
	var tools []string
	for _, j := range u.jobs {
		if j.was.Ready == nil || j.was.Ready.Lease.Taken() {
			continue
		}
		if _, limited := u.limited.Load(j.was.Tool); limited {
			tools = append(tools, j.was.Tool)
		}
	}
	if len(tools) == 0 {
		return nil
	}
	slices.Sort(tools)
	return u.lockTools(slices.Compact(tools))
}

func (u *Unit) lockTools(tools []string) error {
	b := u.Start()
	counted := make([]int64, len(tools))
	for i, tool := range tools {
		b.Queue(sqlLockTool, pg.Enc(tool))
		b.Queue(sqlRunning, pg.Enc(tool)).QueryRow(func(row pgx.Row) error { return row.Scan(&counted[i]) })
	}
	if err := u.Send(b); err != nil {
		return err
	}
	for i, tool := range tools {
		u.running[tool] = counted[i]
	}
	return nil
}
