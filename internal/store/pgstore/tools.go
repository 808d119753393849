package pgstore

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

const (
	// sqlLockTool is the lock of a tool's counter, until the transaction ends.
	sqlLockTool = "SELECT pg_advisory_xact_lock(hashtextextended('claimcheck tool ' || $1, 0))"
	sqlRunning  = "SELECT coalesce(sum(running), 0)::bigint FROM claimcheck.counts WHERE tool = $1 AND running > 0"

	sqlPoisons     = "SELECT owner, tool, sum, until FROM claimcheck.poisons WHERE until > " + sqlMilli
	sqlDropPoisons = "DELETE FROM claimcheck.poisons WHERE until <= $1"
	sqlAddPoison   = `INSERT INTO claimcheck.poisons (owner, tool, sum, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (owner, tool, sum) DO UPDATE SET until = excluded.until`
)

// runningOf returns how many jobs of a tool are under a lease as far as is
// committed, and locks the tool's counter: others that decide by it wait. Who
// only takes away from it does not.
func (u *unit) runningOf(tool string) (n int64, err error) {
	if _, ok := u.running[tool]; !ok {
		u.s.limited.Store(tool, true)
		err = u.lockTools([]string{tool})
	}
	return u.running[tool], err
}

// foreseeTools locks the counters that decisions about waiting jobs will ask
// for, as far as such decisions have asked for them before: in the order of
// their names, so that two transactions wait for each other in one order.
func (u *unit) foreseeTools() error {
	var tools []string
	for _, j := range u.jobs {
		if j.was.Ready == nil || j.was.Ready.Lease.Held() {
			continue
		}
		if _, limited := u.s.limited.Load(j.was.Tool); limited {
			tools = append(tools, j.was.Tool)
		}
	}
	if len(tools) == 0 {
		return nil
	}
	slices.Sort(tools)
	return u.lockTools(slices.Compact(tools))
}

func (u *unit) lockTools(tools []string) error {
	b := u.start()
	counted := make([]int64, len(tools))
	for i, tool := range tools {
		b.Queue(sqlLockTool, enc(tool))
		b.Queue(sqlRunning, enc(tool)).QueryRow(func(row pgx.Row) error { return row.Scan(&counted[i]) })
	}
	if err := u.send(b); err != nil {
		return err
	}
	for i, tool := range tools {
		u.running[tool] = counted[i]
	}
	return nil
}

// Poisons returns the inputs whose time has not passed.
func (s *Store) Poisons(ctx context.Context) (list []job.Poison, err error) {
	err = s.read(ctx, s.pool, "read poisons", func(rows pgx.Rows) error {
		var p job.Poison
		var until int64
		err := rows.Scan(&p.Owner, &p.Tool, &p.Sum, &until)
		p.Owner, p.Tool, p.Until = dec(p.Owner), dec(p.Tool), record.Time(until)
		list = append(list, p)
		return err
	}, sqlPoisons, s.testMilli())
	return list, err
}

// AddPoison keeps one and forgets those whose time has passed.
func (s *Store) AddPoison(ctx context.Context, p job.Poison) error {
	return s.task(ctx, "add poison", nil, func(u *unit) error {
		if _, err := u.exec(sqlDropPoisons, record.Milli(u.now)); err != nil {
			return err
		}
		_, err := u.exec(sqlAddPoison, enc(p.Owner), enc(p.Tool), p.Sum, record.Milli(p.Until))
		return err
	})
}
