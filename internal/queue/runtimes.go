package queue

import (
	"context"
	"fmt"

	"claimcheck/internal/store/protocol"
)

// saveRuntimes keeps what was learned of run times since the last time.
func (q *Queue) saveRuntimes(ctx context.Context) error {
	all, err := q.sched.SaveRuns()
	if err != nil {
		return err
	}
	if len(all) > 0 {
		notes := make([]protocol.Note, 0, len(all))
		for tool, data := range all {
			notes = append(notes, protocol.Note{Name: tool, Data: data})
		}
		err = q.config.Store.SaveNotes(ctx, protocol.RuntimeNotes, notes)
	}
	if err != nil || !q.shared() {
		return err
	}
	return q.loadRuntimes(ctx) // of tools that run on other servers
}

// loadRuntimes reads what is noted of how long tools run.
func (q *Queue) loadRuntimes(ctx context.Context) error {
	list, err := q.config.Store.Notes(ctx, protocol.RuntimeNotes)
	if err != nil {
		return fmt.Errorf("read run times: %w", err)
	}
	known := make(map[string][]byte, len(list))
	for _, n := range list {
		known[n.Name] = n.Data
	}
	q.sched.LoadRuns(known)
	return nil
}
