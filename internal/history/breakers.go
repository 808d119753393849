package history

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"claimcheck/internal/store/protocol"
)

// breakersKnown is for how long others believe what a server said of its breakers: it
// says so again with each save.
const breakersKnown = 3 * saveEvery

// A Breaker is how a server's breaker of a tool stands.
type Breaker struct {
	// State is "closed", "half_open" (the tool's target is being probed) or "open"
	// (it is left alone).
	State  string `json:"state"`
	Owners int    `json:"owners"` // whose jobs alone leave the target alone
}

// rank is how much is wrong.
func (b Breaker) rank() int {
	switch b.State {
	case "open":
		return 2
	case "half_open":
		return 1
	default:
		return 0
	}
}

// tellBreakers tells the other servers of breakers that are not closed.
func (r *Recorder) tellBreakers(ctx context.Context) error {
	if r.config.Breakers == nil || r.config.Node == "" {
		return nil
	}
	wrong := r.config.Breakers()
	maps.DeleteFunc(wrong, func(_ string, b Breaker) bool { return b.rank() == 0 && b.Owners == 0 })
	if len(wrong) == 0 && !r.told {
		return nil
	}
	data, err := json.Marshal(wrong)
	if err != nil {
		return fmt.Errorf("tell of breakers: %w", err)
	}
	note := protocol.Note{Name: r.config.Node, Data: data, Until: r.config.Now().Add(breakersKnown)}
	if err := r.config.Store.SaveNotes(ctx, protocol.BreakerNotes, []protocol.Note{note}); err != nil {
		return fmt.Errorf("tell of breakers: %w", err)
	}
	r.told = len(wrong) > 0
	return nil
}

// Breakers are those of all servers, by tool: of each tool the one that is furthest
// from closed. Of other servers it is known up to a few seconds late.
func (r *Recorder) Breakers(ctx context.Context) (map[string]Breaker, error) {
	all := map[string]Breaker{}
	if r.config.Breakers != nil {
		all = r.config.Breakers()
	}
	if r.config.Node == "" {
		return all, nil
	}
	notes, err := r.config.Store.Notes(ctx, protocol.BreakerNotes)
	if err != nil {
		return nil, fmt.Errorf("ask for the breakers of other servers: %w", err)
	}
	for _, n := range notes {
		var of map[string]Breaker
		if n.Name == r.config.Node || json.Unmarshal(n.Data, &of) != nil {
			continue // it is only information
		}
		for tool, b := range of {
			is := all[tool]
			if b.rank() > is.rank() || is.State == "" {
				is.State = b.State
			}
			is.Owners = max(is.Owners, b.Owners)
			all[tool] = is
		}
	}
	return all, nil
}
