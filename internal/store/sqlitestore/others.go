package sqlitestore

import (
	"context"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Shared reports that no other process uses the file.
func (s *Store) Shared() bool { return false }

// Leads reports that this process does what one is to do.
func (s *Store) Leads() bool { return true }

// Follow waits until ctx is done: there is nobody else.
func (s *Store) Follow(ctx context.Context, _ func(protocol.News)) { <-ctx.Done() }

// Standing returns where these jobs stand; those that are gone are left out.
func (s *Store) Standing(ctx context.Context, ids []job.ID) (all []protocol.Standing, err error) {
	err = s.read(ctx, "ask where jobs stand", func(c *conn) error {
		all = all[:0]
		for i, id := range ids {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			var j job.Job
			switch err := c.job(id, &j); {
			case fault.Is(err, fault.NotFound):
				continue
			case err != nil:
				return err
			}
			is := protocol.Standing{ID: id, Version: j.Version}
			var r job.Ready
			found, err := c.ready(id, &r)
			if err != nil {
				return err
			}
			if found {
				is.Lease, is.CancelRequested = r.Lease, r.CancelRequested
			}
			all = append(all, is)
		}
		return nil
	})
	return all, err
}
