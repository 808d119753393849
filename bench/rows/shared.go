package rows

import (
	"context"
	"errors"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// onFresh does something with a server on an empty database.
func onFresh(ctx context.Context, b *rig.Rig, roles string, do func(s *rig.Server, db string) ([]table.Line, error)) (_ []table.Line, err error) {
	db, err := b.Database(ctx, "bench_fresh", false)
	if err != nil {
		return nil, err
	}
	s, err := b.ServeShared(ctx, db, roles)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return do(s, db)
}
