package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/store/pgstore/pg"
)

// sqlSpend adds what was spent of each allowance, in the order of their names,
// so that two servers wait for each other in one order. A row that seems to be
// written in the future says nothing, because the clock was set back since; nor
// does one that owes more than any allowance can: then what the server knows is
// taken, and always where it is more. Three seconds are longer than a statement
// waits for another's.
const sqlSpend = `INSERT INTO claimcheck.allowances AS a (name, tat, at, known)
	SELECT u.name, n.now + u.known + u.cost, n.now, u.known FROM unnest($1::text[], $2::bigint[], $3::bigint[]) u (name, cost, known),
		(SELECT coalesce($4::bigint, (extract(epoch FROM statement_timestamp()) * 1000000)::bigint * 1000) AS now) n ORDER BY u.name
	ON CONFLICT (name) DO UPDATE SET at = excluded.at, known = excluded.known, tat = excluded.tat - excluded.known + greatest(excluded.known,
		CASE WHEN a.at <= excluded.at + 3000000000 AND a.tat <= excluded.at + 120000000000 THEN a.tat - excluded.at ELSE 0 END)
	RETURNING name, tat - at`

// Spend adds to allowances, by their names, what this server let pass of them,
// and returns how long each takes to be whole again; known is what it knew of
// before. A cost of 0 only asks.
func (s *Store) Spend(ctx context.Context, costs, known map[string]time.Duration) (map[string]time.Duration, error) {
	names := make([]string, 0, len(costs))
	spent, before := make([]int64, 0, len(costs)), make([]int64, 0, len(costs))
	for name, cost := range costs {
		names, spent, before = append(names, pg.Enc(name)), append(spent, int64(cost)), append(before, int64(known[name]))
	}
	var now *int64
	if s.o.Now != nil {
		ns := s.o.Now().UnixNano()
		now = &ns
	}
	all := make(map[string]time.Duration, len(costs))
	err := s.db.Read(ctx, s.db.Pool, "exchange allowances", func(rows pgx.Rows) error {
		var name string
		var left int64
		err := rows.Scan(&name, &left)
		all[pg.Dec(name)] = time.Duration(left)
		return err
	}, sqlSpend, names, spent, before, now)
	return all, err
}
