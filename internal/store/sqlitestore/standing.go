package sqlitestore

import (
	"context"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Standing returns where these jobs stand; those that are gone are left out.
func (s *Store) Standing(ctx context.Context, ids []job.ID) (all []protocol.Standing, err error) {
	err = s.read(ctx, "ask where jobs stand", func(c conn) error {
		all = all[:0]
		for i, id := range ids {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			is, err := c.standing(id)
			switch {
			case fault.Is(err, fault.NotFound):
				continue
			case err != nil:
				return err
			}
			all = append(all, is)
		}
		return nil
	})
	return all, err
}

func (c conn) standing(id job.ID) (is protocol.Standing, err error) {
	var j job.Job
	if err := c.job(id, &j); err != nil {
		return is, err
	}
	is.ID, is.Version = id, j.Version
	if j.Status.Final() {
		return is, nil
	}
	var r job.Ready
	found, err := c.ready(id, &r)
	if found {
		is.Ready = &r
	}
	return is, err
}
