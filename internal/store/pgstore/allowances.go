package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// sqlSpend adds what was spent of each allowance, in the order of their names,
// so that two servers wait for each other in one order.
const sqlSpend = `INSERT INTO claimcheck.allowances AS a (name, tat)
	SELECT u.name, n.now + u.cost FROM unnest($1::text[], $2::bigint[]) u (name, cost),
		(SELECT (extract(epoch FROM statement_timestamp()) * 1000000)::bigint * 1000 AS now) n ORDER BY u.name
	ON CONFLICT (name) DO UPDATE SET tat = greatest(a.tat, (extract(epoch FROM statement_timestamp()) * 1000000)::bigint * 1000) + excluded.tat
		- (extract(epoch FROM statement_timestamp()) * 1000000)::bigint * 1000
	RETURNING name, tat`

// Spend adds to allowances, by their names, what this server let pass of them,
// as the time that it takes to fill up again, and returns when each will be
// whole again, in Unix nanoseconds of the database's clock. A cost of 0 only
// asks.
func (s *Store) Spend(ctx context.Context, costs map[string]time.Duration) (map[string]int64, error) {
	names, spent := make([]string, 0, len(costs)), make([]int64, 0, len(costs))
	for name, cost := range costs {
		names, spent = append(names, enc(name)), append(spent, int64(cost))
	}
	all := make(map[string]int64, len(costs))
	err := s.read(ctx, s.pool, "exchange allowances", func(rows pgx.Rows) error {
		var name string
		var tat int64
		err := rows.Scan(&name, &tat)
		all[dec(name)] = tat
		return err
	}, sqlSpend, names, spent)
	return all, err
}
